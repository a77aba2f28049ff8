/** Some of the examples: as many of each class, drawn by a seed. */
import { DataError, UsageError } from "../errors.js";
import { shuffledIndices } from "./batches.js";
import type { Examples } from "./dataset.js";

/** The examples at `indices`, in that order: a copy. */
export function selectExamples({ spec, count, values, labels }: Examples, indices: ArrayLike<number>): Examples {
  const width = values.length / count;
  const selected = values instanceof Uint8Array ? new Uint8Array(indices.length * width) : new Float32Array(indices.length * width);
  for (let i = 0; i < indices.length; i++) selected.set(values.subarray(indices[i] * width, (indices[i] + 1) * width), i * width);
  return { spec, count: indices.length, values: selected, ...(labels && { labels: Int32Array.from(indices, (index) => labels[index]) }) };
}

/** The class numbers, one for each example; a DataError when there are none. */
export function labelsOf({ labels }: Examples): Uint8Array | Int32Array {
  if (!labels) throw new DataError("The examples have no labels", "Use data with labels, such as fashion-mnist.");
  return labels;
}

/**
 * Numbers of `count` examples, as many of each class as of any other, or one more; all of a class that has too few. The draw depends on the
 * seed alone, and a larger one begins with the smaller. A DataError without labels, a UsageError when there are not so many examples.
 */
export function balancedIndices(examples: Examples, count: number, seed: number): Uint32Array {
  const [labels, all] = [labelsOf(examples), examples.count];
  if (!(Number.isInteger(count) && count >= 1 && count <= all)) throw new UsageError(`${count} labels of ${all}`, `Use a whole number from 1 to ${all}.`);
  const taken = new Map<number, number>();
  // An example's turn is its number within its class: all first ones come first, then all second ones.
  const turns = Array.from(shuffledIndices(all, seed, 0), (index) => {
    const turn = taken.get(labels[index]) ?? 0;
    taken.set(labels[index], turn + 1);
    return { index, turn };
  });
  return Uint32Array.from(turns.sort((a, b) => a.turn - b.turn).slice(0, count), ({ index }) => index);
}
