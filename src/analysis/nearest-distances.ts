/** How far images are from the nearest of many others. */
import { batchOf } from "../data/batches.js";
import type { Examples, PixelRange } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { input, matmul, max, mul, square, sub, sum, transpose } from "../tensor/index.js";

/** Examples in memory as floats at once. */
const CHUNK = 1000;

/**
 * Squared distance of each row [n, ...shape] to the nearest of all examples in that range, as the mean over its values: [n]. By matrix products, |q - r|² = |q|² - (2 q·r - |r|²): rows
 * that are there again may be off 0 by the rounding of float32.
 */
export async function nearestDistances(engine: Engine, rows: Float32Array, examples: Examples, range: PixelRange): Promise<Float64Array> {
  const width = examples.values.length / examples.count;
  const count = rows.length / width;
  const closest = new Float64Array(count).fill(-Infinity);
  for (let first = 0; first < examples.count; first += CHUNK) {
    const others = Array.from({ length: Math.min(CHUNK, examples.count - first) }, (_, i) => first + i);
    const [queries, references] = [input("queries", [count, width]), input("references", [others.length, width])];
    const closeness = max(sub(mul(2, matmul(queries, transpose(references))), sum(square(references), 1)), 1);
    const executable = await engine.compile({ inputs: { queries, references }, outputs: { closeness } });
    try {
      const found = await executable.run({ queries: rows, references: batchOf(examples, others, range) });
      found.closeness.forEach((value, i) => (closest[i] = Math.max(closest[i], value)));
    } finally {
      await executable.dispose();
    }
  }
  return closest.map((value, i) => Math.max(0, squaredLength(rows, i * width, width) - value) / width);
}

function squaredLength(values: Float32Array, start: number, length: number): number {
  let total = 0;
  for (let i = start; i < start + length; i++) total += values[i] ** 2;
  return total;
}
