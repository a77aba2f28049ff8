/** Has a model learned its training examples by heart? */
import type { Engine } from "../../engines/engine.js";
import { quantile, rocAuc } from "../anomaly.js";
import { countOf, type Points } from "../points.js";
import { eachDistances } from "./distances.js";

export interface NearestPoints {
  /** Number of the nearest point, [n]. */
  readonly indices: Uint32Array;
  /** Euclidean distance to it, [n]; exact for those that are found. */
  readonly distances: Float64Array;
}

/** The nearest of `others` for each point. */
export async function nearestPoints(engine: Engine, points: Points, others: Points): Promise<NearestPoints> {
  const count = countOf(points);
  const [indices, distances] = [new Uint32Array(count), new Float64Array(count)];
  await eachDistances(engine, points, others, (i, squared) => {
    let nearest = 0;
    for (let j = 1; j < squared.length; j++) if (squared[j] < squared[nearest]) nearest = j;
    indices[i] = nearest;
    distances[i] = distanceBetween(points, i, others, nearest);
  });
  return { indices, distances };
}

function distanceBetween(a: Points, i: number, b: Points, j: number): number {
  let total = 0;
  for (let k = 0; k < a.size; k++) total += (a.values[i * a.size + k] - b.values[j * b.size + k]) ** 2;
  return Math.sqrt(total);
}

export interface Memorization {
  /** Median distance of a sample to the nearest training example. */
  readonly median: number;
  /**
   * How often a sample is nearer to a training example than a test example is; 0.5 where nothing is copied, 1 where all is: the Mann-Whitney statistic of Meehan et al., "A Non-Parametric
   * Test to Detect Data-Copying in Generative Models" (2020), over the whole of the space at once.
   */
  readonly nearer: number;
  /** Share of the samples that are nearer than all but 1% of the test examples: about 0.01 where nothing is copied. */
  readonly copies: number;
}

/** Test examples as near to a training example as this share of them pass for copies. */
const COPIES = 0.01;

/** From the distances of samples and of test examples to the nearest of the same training examples. */
export function memorization(samples: ArrayLike<number>, tests: ArrayLike<number>): Memorization {
  const [distances, others] = [Float64Array.from(samples), Float64Array.from(tests)];
  const limit = quantile(others, COPIES);
  return {
    median: quantile(distances, 0.5),
    nearer: rocAuc([...others, ...distances], (i) => i < others.length),
    copies: distances.filter((distance) => distance <= limit).length / distances.length,
  };
}
