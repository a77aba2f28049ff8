/** Distances between all points of two sets, by matrix products on an engine. */
import type { Engine } from "../../engines/engine.js";
import { ShapeError } from "../../errors.js";
import { input, matmul, type Data } from "../../tensor/index.js";
import { countOf, type Points } from "../points.js";

/** Distances in memory at once: few enough to stay small beside the points, many enough for a matrix product to be fast. */
const BLOCK = 4_000_000;

/**
 * Calls `visit` for each point of `from` with its squared Euclidean distances to all points of `to`, which are overwritten by the next. By |a|² + |b|² - 2 a·b about the mean of `to`, in the
 * engine's precision: the distance of a point to itself may be off 0, to either side. At most `block` distances are in memory at once, or those of one point. A ShapeError when the points are of different sizes.
 */
export async function eachDistances(engine: Engine, from: Points, to: Points, visit: (i: number, squaredDistances: Data) => void, block = BLOCK): Promise<void> {
  const [count, others, size] = [countOf(from), countOf(to), to.size];
  if (from.size !== size) throw new ShapeError(`Points of ${from.size} and of ${size} values have no distance`, "Use the same features for both.");
  const rows = Math.min(count, Math.max(1, Math.floor(block / others)));
  // One product of (a, |a|², 1) and (-2 b, 1, |b|²): sums of its own over millions of distances would take longer than it.
  const [a, b] = [input("from", [rows, size + 2]), input("to", [size + 2, others])];
  const executable = await engine.compile({ inputs: { from: a, to: b }, outputs: { distances: matmul(a, b) } });
  const middle = meanOf(to);
  try {
    const [left, right] = [new Float32Array(rows * (size + 2)), columnsOf(to, middle)];
    for (let first = 0; first < count; first += rows) {
      const filled = Math.min(rows, count - first);
      for (let row = 0; row < filled; row++) fillRow(left, row, from, first + row, middle);
      const { distances } = await executable.run({ from: left, to: right });
      for (let row = 0; row < filled; row++) visit(first + row, distances.subarray(row * others, (row + 1) * others));
    }
  } finally {
    await executable.dispose();
  }
}

/** (a, |a|², 1) of point i as a row of `out` [rows, size + 2]. */
function fillRow(out: Float32Array, row: number, { values, size }: Points, i: number, middle: Float64Array): void {
  const start = row * (size + 2);
  let length = 0;
  for (let k = 0; k < size; k++) {
    const value = values[i * size + k] - middle[k];
    out[start + k] = value;
    length += value * value;
  }
  out[start + size] = length;
  out[start + size + 1] = 1;
}

/** (-2 b, 1, |b|²) of each point as a column: [size + 2, n]. */
function columnsOf(points: Points, middle: Float64Array): Float32Array {
  const { values, size } = points;
  const count = countOf(points);
  const columns = new Float32Array((size + 2) * count).fill(1, size * count, (size + 1) * count);
  for (let i = 0; i < count; i++) {
    let length = 0;
    for (let k = 0; k < size; k++) {
      const value = values[i * size + k] - middle[k];
      columns[k * count + i] = -2 * value;
      length += value * value;
    }
    columns[(size + 1) * count + i] = length;
  }
  return columns;
}

function meanOf(points: Points): Float64Array {
  const [total, count] = [new Float64Array(points.size), countOf(points)];
  points.values.forEach((value, at) => (total[at % points.size] += value / count));
  return total;
}
