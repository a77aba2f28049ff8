/** Which examples are alike, by their codings. */
import { ShapeError } from "../errors.js";

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

export interface Neighbor {
  /** Number of the row, from 0. */
  readonly index: number;
  readonly distance: number;
}

/** The `count` rows of codings [n, size] that are nearest to the query [size], nearest first; of rows as near, the first come first. A ShapeError when there are no whole rows. */
export function nearest(codings: Float32Array | Uint8Array, query: ArrayLike<number>, count: number, distance: Distance = euclidean): Neighbor[] {
  const size = query.length;
  const rows = codings.length / size;
  if (!Number.isInteger(rows)) throw new ShapeError(`${codings.length} values are not whole codings of the query's ${size}`, "Pass the codings of one model, one row after the other.");
  const all = Array.from({ length: rows }, (_, index) => ({ index, distance: distance(query, codings.subarray(index * size, (index + 1) * size)) }));
  return all.sort((a, b) => a.distance - b.distance || a.index - b.index).slice(0, count);
}
