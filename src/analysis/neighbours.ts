/** Nearest neighbours by comparing every pair, and how well they tell the class of a point. */
import { ShapeError, UsageError } from "../errors.js";
import { countOf, squaredDistancesFrom, type Points } from "./points.js";

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
