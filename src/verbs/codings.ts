import { batchOf } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { encode, type Trained } from "./abilities.js";

/** Examples encoded at once: few enough that their floats stay small beside the model. */
const CHUNK = 1000;

/** The codings of all examples, one row after the other: [count, size]. */
export async function encodeExamples(trained: Trained, examples: Examples): Promise<Float32Array> {
  const { labels } = examples;
  const chunks: Float32Array[] = [];
  for (let first = 0; first < examples.count; first += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, examples.count - first) }, (_, i) => first + i);
    chunks.push(await encode(trained, batchOf(examples, indices, trained.model.accepts.range), labels && { labels: labels.subarray(first, first + indices.length) }));
  }
  const codings = new Float32Array(chunks.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    codings.set(chunk, at);
    at += chunk.length;
  }
  return codings;
}

/** A UsageError unless there is an example of that number. */
export function requireExample({ count }: Examples, index: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < count)) throw new UsageError(`There is no example ${index}`, `There are ${count}: 0 to ${count - 1}.`);
}

/** The codings of all examples as CSV: label (where there is one), z0, z1, ... */
export async function codingsOf(trained: Trained, examples: Examples): Promise<{ readonly csv: string; readonly count: number; readonly size: number }> {
  const { labels, count } = examples;
  const codings = await encodeExamples(trained, examples);
  const size = codings.length / count;
  const lines = Array.from({ length: count }, (_, i) => {
    const values = Array.from(codings.subarray(i * size, (i + 1) * size), (z) => z.toPrecision(7));
    return [...(labels ? [labels[i]] : []), ...values].join(",");
  });
  const header = [...(labels ? ["label"] : []), ...Array.from({ length: size }, (_, i) => `z${i}`)].join(",");
  return { csv: `${header}\n${lines.join("\n")}\n`, count, size };
}
