import { ShapeError, UsageError } from "../errors.js";
import { nearestNeighbours } from "./neighbours.js";
import { countOf, squaredDistancesFrom, type Points } from "./points.js";

/**
 * How far the neighbours in a picture are neighbours in truth, from 0 to 1 (Venna & Kaski 2001, "Neighborhood preservation in nonlinear projection methods"):
 * 1 - 2 / (n k (2n - 3k - 1)) Σᵢ Σⱼ max(0, r(i, j) - k) over the k nearest neighbours j of i in the picture, where j is the r(i, j)-th nearest of i originally.
 * The definition of scikit-learn, Euclidean. A UsageError when k is not below half the number of points.
 */
export function trustworthiness(original: Points, embedded: Points, k: number): number {
  const count = countOf(original);
  if (countOf(embedded) !== count) throw new ShapeError(`There are ${count} points, but ${countOf(embedded)} in the picture of them`);
  if (!(k < count / 2)) throw new UsageError(`Trustworthiness of ${k} neighbours needs more than ${2 * k} points, not ${count}`);
  const { indices } = nearestNeighbours(embedded, k);
  const distances = new Float64Array(count);
  let excess = 0;
  for (let i = 0; i < count; i++) {
    squaredDistancesFrom(i, original, distances);
    distances[i] = Infinity;
    for (const j of indices.subarray(i * k, (i + 1) * k)) excess += Math.max(0, rankOf(j, distances) - k);
  }
  return 1 - (2 * excess) / (count * k * (2 * count - 3 * k - 1));
}

/** 1 for the smallest; of equal ones that with the lower number comes first. */
function rankOf(j: number, distances: Float64Array): number {
  const distance = distances[j];
  let rank = 1;
  for (let l = 0; l < distances.length; l++) if (distances[l] < distance || (distances[l] === distance && l < j)) rank++;
  return rank;
}
