/**
 * t-SNE: points in the plane whose neighbours are those of the points given (van der Maaten & Hinton 2008, "Visualizing data using t-SNE"), with the tree of
 * van der Maaten 2014, "Accelerating t-SNE using tree-based algorithms". The start is that of Kobak & Berens 2019, "The art of using t-SNE for single-cell
 * transcriptomics"; exaggeration and learning rate are those of Belkina et al. 2019, "Automated optimized parameters for t-SNE".
 */
import { UsageError } from "../../errors.js";
import { fillNormal, keyOf } from "../../tensor/index.js";
import { nearestNeighbours } from "../neighbours.js";
import { countOf, type Points } from "../points.js";
import { principalComponents } from "../principal-components.js";
import { conditionalProbabilities } from "./affinities.js";
import { addAttraction, addRepulsion } from "./gradient.js";
import { emptyQuadtree, fillQuadtree } from "./quadtree.js";

export interface TsneOptions {
  /** How many neighbours a point has, so to speak: 5 to 50 are usual. Default 30. */
  readonly perplexity?: number;
  /** Steps of gradient descent; the first 250 with exaggerated attraction. Default 1000. */
  readonly steps?: number;
  /** What is far: 0 is exact and slow, 0.7 coarse. Default 0.5. */
  readonly theta?: number;
  /** Moves the start a little. Default 42. */
  readonly seed?: number;
  /** One line now and then. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

const EXAGGERATION = 12;
const EXAGGERATED_STEPS = 250;

/** Spread of the first coordinate at the start, and of what the seed adds: so small that the points are one cluster to begin with. */
const [START, JITTER] = [1e-4, 1e-5];

/** Positions [n, 2] of points [n, size]. The same for the same seed. A UsageError when there are too few points for the perplexity, or an option is out of range. */
export function tsne(points: Points, { perplexity = 30, steps = 1000, theta = 0.5, seed = 42, onProgress }: TsneOptions = {}): Float64Array {
  const count = countOf(points);
  const most = (count - 1) / 3;
  if (!(perplexity > 1 && perplexity <= most)) throw new UsageError(`perplexity is ${perplexity}, for ${count} points`, `Use a number above 1, at most a third of the points${most > 1 ? ` (here ${Math.floor(most)})` : ""}.`);
  if (!(theta >= 0 && theta <= 0.7)) throw new UsageError(`theta is ${theta}`, "Use a number from 0 to 0.7.");
  onProgress?.(`t-SNE: neighbours of ${count} points`);
  const neighbours = nearestNeighbours(points, Math.floor(3 * perplexity));
  const probabilities = conditionalProbabilities(neighbours, perplexity);

  const positions = startOf(points, seed);
  const [velocity, gains] = [new Float64Array(2 * count), new Float64Array(2 * count).fill(1)];
  const [gradient, repulsion, tree] = [new Float64Array(2 * count), new Float64Array(2 * count), emptyQuadtree(count)];
  // A quarter of the gradient of the Kullback-Leibler divergence, as is usual; the learning rate is for that.
  const learningRate = Math.max(count / EXAGGERATION, 12);
  for (let step = 0; step < steps; step++) {
    const early = step < EXAGGERATED_STEPS;
    gradient.fill(0);
    fillQuadtree(tree, positions);
    addAttraction(gradient, positions, neighbours, probabilities, early ? EXAGGERATION : 1);
    addRepulsion(gradient, positions, tree, theta, repulsion);
    descend(positions, gradient, velocity, gains, learningRate, early ? 0.5 : 0.8);
    if ((step + 1) % 250 === 0) onProgress?.(`t-SNE: step ${step + 1} of ${steps}`);
  }
  return positions;
}

/** The first two principal components, which keeps what is far apart on its side of the picture, and a little noise, which parts what is equal. */
function startOf(points: Points, seed: number): Float64Array {
  const positions = principalComponents(points, 2);
  const variance = positions.reduce((sum, x, i) => (i % 2 === 0 ? sum + x * x : sum), 0) / (positions.length / 2);
  const scale = variance > 0 ? START / Math.sqrt(variance) : 0;
  const noise = new Float64Array(positions.length);
  fillNormal(noise, keyOf(seed));
  return positions.map((x, i) => scale * x + JITTER * noise[i]);
}

/** Momentum, and a gain for each coordinate that grows while its direction stays and shrinks when it turns (Jacobs 1988). */
function descend(positions: Float64Array, gradient: Float64Array, velocity: Float64Array, gains: Float64Array, learningRate: number, momentum: number): void {
  for (let i = 0; i < positions.length; i++) {
    gains[i] = gradient[i] * velocity[i] < 0 ? gains[i] + 0.2 : Math.max(0.01, gains[i] * 0.8);
    velocity[i] = momentum * velocity[i] - learningRate * gains[i] * gradient[i];
    positions[i] += velocity[i];
  }
}
