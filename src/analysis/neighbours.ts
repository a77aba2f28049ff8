/** Nearest neighbours by comparing every pair: which codings are alike, and how well neighbours tell the class of a point. */
import { ShapeError, UsageError } from "../errors.js";
import { countOf, squaredDistancesFrom, type Points } from "./points.js";

/** How far apart two codings of one size are. */
export type Distance = (a: ArrayLike<number>, b: ArrayLike<number>) => number;

/** The length of the straight line between them. */
export function euclidean(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] - b[i]) ** 2;
  return Math.sqrt(total);
}

const bitOf = (coding: number): number => (coding < 0.5 ? 0 : 1);

/** The number of bits in which codings in [0, 1] differ when each is rounded to 0 or 1. */
export function hamming(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (bitOf(a[i]) !== bitOf(b[i])) count++;
  return count;
}

/** Codings in [0, 1] as bits, 0 or 1 each: the codes of a hashing autoencoder. 0.5 is 1. */
export const roundToBits = (codings: ArrayLike<number>): Uint8Array => Uint8Array.from(codings, bitOf);

export interface Neighbour {
  /** Number of the row, from 0. */
  readonly index: number;
  readonly distance: number;
}

/** The `count` rows of codings [n, size] that are nearest to the query [size], nearest first; of rows as near, the first come first. A ShapeError when there are no whole rows. */
export function nearest(codings: Float32Array | Uint8Array, query: ArrayLike<number>, count: number, distance: Distance = euclidean): Neighbour[] {
  const size = query.length;
  const rows = codings.length / size;
  if (!Number.isInteger(rows)) throw new ShapeError(`${codings.length} values are not whole codings of the query's ${size}`, "Pass the codings of one model, one row after the other.");
  const wanted = Math.min(count, rows);
  const [indices, distances] = [new Int32Array(wanted), new Float64Array(wanted)];
  keepSmallest(Float64Array.from({ length: rows }, (_, i) => distance(query, codings.subarray(i * size, (i + 1) * size))), indices, distances);
  return Array.from(indices, (index, i) => ({ index, distance: distances[i] }));
}

export interface Neighbours {
  /** Neighbours of each point. */
  readonly k: number;
  /** Numbers of the points [n, k], the nearest first; no point is its own neighbour. */
  readonly indices: Int32Array;
  /** Squared Euclidean distances [n, k]. */
  readonly squaredDistances: Float64Array;
}

/** The k nearest of the other points for each point; of equally near ones that with the lower number. O(n² size): 10,000 codings of 30 values take a few seconds. */
export function nearestNeighbours(points: Points, k: number): Neighbours {
  const count = countOf(points);
  if (!(Number.isInteger(k) && k >= 1 && k < count)) throw new UsageError(`${k} neighbours are wanted of ${count} points`, `Use a whole number from 1 to ${count - 1}, or more points.`);
  const [indices, squaredDistances] = [new Int32Array(count * k), new Float64Array(count * k)];
  const distances = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    squaredDistancesFrom(i, points, distances);
    distances[i] = Infinity;
    keepSmallest(distances, indices.subarray(i * k, (i + 1) * k), squaredDistances.subarray(i * k, (i + 1) * k));
  }
  return { k, indices, squaredDistances };
}

/** The smallest of `distances` with their places, in order, as many as there is room for. */
function keepSmallest(distances: Float64Array, places: Int32Array, smallest: Float64Array): void {
  smallest.fill(Infinity);
  const last = smallest.length - 1;
  for (let j = 0; j < distances.length; j++) {
    const distance = distances[j];
    if (!(distance < smallest[last])) continue;
    let at = last;
    for (; at > 0 && smallest[at - 1] > distance; at--) {
      smallest[at] = smallest[at - 1];
      places[at] = places[at - 1];
    }
    smallest[at] = distance;
    places[at] = j;
  }
}

/** Share of the points whose class is the most frequent one among their neighbours (leave-one-out); of equally frequent ones that with the lower number counts. */
export function neighbourAccuracy({ indices, k }: Neighbours, labels: ArrayLike<number>): number {
  if (labels.length * k !== indices.length) throw new ShapeError(`There are ${indices.length / k} points, but ${labels.length} labels`, "Pass one class number for each point.");
  const votes = new Int32Array(1 + Array.from(labels).reduce((most, label) => Math.max(most, label), 0));
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    votes.fill(0);
    for (const neighbour of indices.subarray(i * k, (i + 1) * k)) votes[labels[neighbour]]++;
    if (votes.indexOf(Math.max(...votes)) === labels[i]) right++;
  }
  return right / labels.length;
}
