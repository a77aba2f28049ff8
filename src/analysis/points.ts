import { ShapeError } from "../errors.js";

/** Points [n, size], one after the other. */
export interface Points {
  readonly values: Float32Array | Float64Array;
  /** Numbers in one point. */
  readonly size: number;
}

/** How many there are; a ShapeError when the values are not whole points. */
export function countOf({ values, size }: Points): number {
  const count = values.length / size;
  if (!(Number.isInteger(size) && size > 0 && Number.isInteger(count))) throw new ShapeError(`${values.length} values are not whole points of ${size} numbers`);
  return count;
}

/** Writes the squared Euclidean distances from point i to every point to `out` [n]. */
export function squaredDistancesFrom(i: number, { values, size }: Points, out: Float64Array): void {
  const from = values.subarray(i * size, (i + 1) * size);
  for (let j = 0, at = 0; j < out.length; j++) {
    let sum = 0;
    for (let k = 0; k < size; k++, at++) {
      const difference = from[k] - values[at];
      sum += difference * difference;
    }
    out[j] = sum;
  }
}
