import { batchOf } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { encode, type Trained } from "./abilities.js";

/** Examples encoded at once: few enough that their floats stay small beside the model. */
const CHUNK = 1000;

/** The codings of all examples as CSV: label (where there is one), z0, z1, ... */
export async function codingsOf(trained: Trained, examples: Examples): Promise<{ readonly csv: string; readonly count: number; readonly size: number }> {
  const { labels, count } = examples;
  const lines: string[] = [];
  let size = 0;
  for (let first = 0; first < count; first += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, count - first) }, (_, i) => first + i);
    const codings = await encode(trained, batchOf(examples, indices, trained.model.accepts.range), labels && { labels: labels.subarray(first, first + indices.length) });
    size = codings.length / indices.length;
    indices.forEach((index, i) => {
      const values = Array.from(codings.subarray(i * size, (i + 1) * size), (z) => z.toPrecision(7));
      lines.push([...(labels ? [labels[index]] : []), ...values].join(","));
    });
  }
  const header = [...(labels ? ["label"] : []), ...Array.from({ length: size }, (_, i) => `z${i}`)].join(",");
  return { csv: `${header}\n${lines.join("\n")}\n`, count, size };
}
