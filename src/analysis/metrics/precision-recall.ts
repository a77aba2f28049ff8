/** Whether samples look like data (precision, density), and whether they are everywhere data are (recall, coverage). */
import { quantile } from "../anomaly.js";
import type { Engine } from "../../engines/engine.js";
import { UsageError } from "../../errors.js";
import type { Data } from "../../tensor/index.js";
import { countOf, type Points } from "../points.js";
import { eachDistances } from "./distances.js";

/** Neighbours that say how far around a point its like may be: 5 in both experiments of Naeem et al. */
const NEIGHBOURS = 5;

/** Points and the balls around them that stand for all that is like them. */
export interface Manifold {
  readonly points: Points;
  /** Squared distance of each point to its k-th nearest other one, [n]. */
  readonly squaredRadii: Float64Array;
  readonly k: number;
}

/** The balls around points; a UsageError unless there are more than k points. */
export async function manifoldOf(engine: Engine, points: Points, k = NEIGHBOURS): Promise<Manifold> {
  const count = countOf(points);
  if (!(Number.isInteger(k) && k >= 1 && k < count)) throw new UsageError(`${k} neighbours are wanted of ${count} points`, `Use a whole number from 1 to ${count - 1}, or more points.`);
  const squaredRadii = new Float64Array(count);
  await eachDistances(engine, points, points, (i, distances) => {
    distances[i] = Infinity;
    squaredRadii[i] = Math.max(0, smallest(distances, k));
  });
  return { points, squaredRadii, k };
}

export interface PrecisionRecall {
  /** Share of the samples that lie in the ball of a real example (Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019, equation 1). */
  readonly precision: number;
  /** Share of the real examples that lie in the ball of a sample (there, equation 2). */
  readonly recall: number;
  /** Real balls that a sample lies in, divided by k, averaged (Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020, equation 2); for samples of the data's own distribution it is 1 on average. */
  readonly density: number;
  /** Share of the real balls that a sample lies in (there, equation 3); for as many samples of the data's own distribution 1 - 2^-k on average. */
  readonly coverage: number;
}

/** Both sets as `manifoldOf` makes them; density and coverage use the real balls alone. */
export async function precisionRecall(engine: Engine, real: Manifold, made: Manifold): Promise<PrecisionRecall> {
  const [reals, mades] = [countOf(real.points), countOf(made.points)];
  const [covered, recalled] = [new Uint8Array(reals), new Uint8Array(reals)];
  let [precise, balls] = [0, 0];
  await eachDistances(engine, made.points, real.points, (j, distances) => {
    const radius = made.squaredRadii[j];
    let around = 0;
    for (let i = 0; i < reals; i++) {
      const distance = distances[i];
      if (distance <= real.squaredRadii[i]) {
        around++;
        covered[i] = 1;
      }
      if (distance <= radius) recalled[i] = 1;
    }
    balls += around;
    if (around > 0) precise++;
  });
  const shareOf = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0) / reals;
  return { precision: precise / mades, recall: shareOf(recalled), density: balls / (real.k * mades), coverage: shareOf(covered) };
}

/** The half of the balls with the smaller radii: large ones lie where there are few points, and hold much that is like none of them (as Kynkäänniemi et al. 2019 for their realism score). */
export function densePart({ points: { values, size }, squaredRadii, k }: Manifold): Manifold {
  const median = quantile(squaredRadii, 0.5);
  const kept = Array.from(squaredRadii.keys()).filter((i) => squaredRadii[i] <= median);
  const points = new Float32Array(kept.length * size);
  kept.forEach((from, to) => points.set(values.subarray(from * size, (from + 1) * size), to * size));
  return { points: { values: points, size }, squaredRadii: Float64Array.from(kept, (i) => squaredRadii[i]), k };
}

/**
 * How far points are from the manifold, [n]: from the middle of a ball as a multiple of its radius, the least over all balls; at most 1 within it. One divided by it is the realism score of Kynkäänniemi et al. 2019,
 * there of the dense part.
 */
export async function manifoldDistances(engine: Engine, { points: real, squaredRadii }: Manifold, points: Points): Promise<Float64Array> {
  const least = new Float64Array(countOf(points));
  await eachDistances(engine, points, real, (j, distances) => {
    let ratio = Infinity;
    // A ball without a radius, about points that are there several times, holds these alone.
    for (let i = 0; i < squaredRadii.length; i++) ratio = Math.min(ratio, distances[i] <= 0 ? 0 : distances[i] / squaredRadii[i]);
    least[j] = Math.sqrt(ratio);
  });
  return least;
}

/** The k-th smallest value. */
function smallest(values: Data, k: number): number {
  const kept = new Float64Array(k).fill(Infinity);
  for (let j = 0; j < values.length; j++) {
    const value = values[j];
    if (!(value < kept[k - 1])) continue;
    let at = k - 1;
    for (; at > 0 && kept[at - 1] > value; at--) kept[at] = kept[at - 1];
    kept[at] = value;
  }
  return kept[k - 1];
}
