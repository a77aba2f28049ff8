import type { Neighbours } from "../neighbours.js";

/**
 * Conditional probabilities p(j|i) [n, k] of picking neighbour j under a Gaussian around point i (van der Maaten & Hinton 2008, equation 1). Each Gaussian is as
 * wide as makes the distribution's entropy that of a uniform one over `perplexity` points.
 */
export function conditionalProbabilities({ indices, squaredDistances, k }: Neighbours, perplexity: number): Float64Array {
  const probabilities = new Float64Array(indices.length);
  for (let i = 0; i < indices.length; i += k) fitGaussian(squaredDistances.subarray(i, i + k), Math.log(perplexity), probabilities.subarray(i, i + k));
  return probabilities;
}

/** Enough halvings to fix the width to within rounding. */
const HALVINGS = 64;

/** Bisects the precision β of exp(-β d), from small to large: the entropy falls as it grows. */
function fitGaussian(distances: Float64Array, entropy: number, probabilities: Float64Array): void {
  const mean = distances.reduce((sum, d) => sum + d - distances[0], 0) / distances.length;
  let [low, high, beta] = [0, Infinity, mean > 0 ? 1 / mean : 1];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const difference = fill(distances, beta, probabilities) - entropy;
    if (Math.abs(difference) < 1e-5) break;
    if (difference > 0) low = beta;
    else high = beta;
    beta = high === Infinity ? 2 * beta : (low + high) / 2;
  }
}

/** p ∝ exp(-β d), which sum to 1; returns their entropy in nats. Distances are taken from the nearest, so that not all vanish. */
function fill(distances: Float64Array, beta: number, probabilities: Float64Array): number {
  let [total, expected] = [0, 0];
  for (let j = 0; j < distances.length; j++) {
    const scaled = beta * (distances[j] - distances[0]);
    probabilities[j] = Math.exp(-scaled);
    total += probabilities[j];
    expected += scaled * probabilities[j];
  }
  for (let j = 0; j < distances.length; j++) probabilities[j] /= total;
  return Math.log(total) + expected / total;
}
