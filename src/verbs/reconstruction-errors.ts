/** How badly a model rebuilds each example. */
import { batchOf } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { reconstruct, type Trained } from "./abilities.js";

/** Examples reconstructed at once: few enough that their floats stay small beside the model. */
const CHUNK = 5000;

/**
 * Mean squared error of each example's reconstruction, [count], for values in [0, 1] whatever range the model works in. A conditional model is told
 * the examples' labels. A UsageError when the model cannot reconstruct.
 */
export async function reconstructionErrors(trained: Trained, examples: Examples): Promise<Float32Array> {
  const { labels, count } = examples;
  const [low, high] = trained.model.accepts.range;
  const errors = new Float32Array(count);
  for (let first = 0; first < count; first += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, count - first) }, (_, i) => first + i);
    const values = batchOf(examples, indices, [low, high]);
    const reconstructions = await reconstruct(trained, values, labels && { labels: labels.subarray(first, first + CHUNK) });
    const width = values.length / indices.length;
    for (const i of indices) errors[i] = meanSquare(values, reconstructions, (i - first) * width, width) / (high - low) ** 2;
  }
  return errors;
}

function meanSquare(a: Float32Array, b: Float32Array, start: number, length: number): number {
  let total = 0;
  for (let i = start; i < start + length; i++) total += (a[i] - b[i]) ** 2;
  return total / length;
}
