/** Distances between all points of two sets, by matrix products on an engine. */
import type { Engine } from "../../engines/engine.js";
import { ShapeError } from "../../errors.js";
import { add, input, matmul, mul, reshape, square, sub, sum, transpose, type Data } from "../../tensor/index.js";
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
  const [a, b] = [input("from", [rows, size]), input("to", [others, size])];
  const lengths = add(sum(square(a), 1, true), reshape(sum(square(b), 1), [1, others]));
  const executable = await engine.compile({ inputs: { from: a, to: b }, outputs: { distances: sub(lengths, mul(2, matmul(a, transpose(b)))) } });
  const middle = meanOf(to);
  const about = (values: Float32Array | Float64Array): Float32Array => Float32Array.from(values, (value, at) => value - middle[at % size]);
  try {
    const references = about(to.values);
    const queries = new Float32Array(rows * size);
    for (let first = 0; first < count; first += rows) {
      const filled = Math.min(rows, count - first);
      queries.set(about(from.values.subarray(first * size, (first + filled) * size)));
      const { distances } = await executable.run({ from: queries, to: references });
      for (let row = 0; row < filled; row++) visit(first + row, distances.subarray(row * others, (row + 1) * others));
    }
  } finally {
    await executable.dispose();
  }
}

function meanOf(points: Points): Float64Array {
  const [total, count] = [new Float64Array(points.size), countOf(points)];
  points.values.forEach((value, at) => (total[at % points.size] += value / count));
  return total;
}
