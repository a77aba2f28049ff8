/** From examples in memory to batches of floats: order, slices, conversion. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { DataError } from "../errors.js";
import type { Examples, PixelRange } from "./dataset.js";

const widthOf = ({ values, count }: Examples): number => values.length / count;

/** Writes the examples at `indices` to `out`, one after the other, as floats in `range`. A DataError for an index outside 0 .. count - 1. */
export function gatherBatch(examples: Examples, indices: ArrayLike<number>, [low, high]: PixelRange, out: Float32Array): void {
  const width = widthOf(examples);
  const { values, count } = examples;
  // Whole images are copied and converted by the array's own `set`, then scaled in one pass: twice as fast as pixel by pixel.
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!(index >= 0 && index < count)) throw new DataError(`There is no example ${index}`, `There are ${count}: 0 to ${count - 1}.`);
    out.set(values.subarray(index * width, (index + 1) * width), i * width);
  }
  const scale = values instanceof Uint8Array ? (high - low) / 255 : high - low;
  for (let i = 0; i < indices.length * width; i++) out[i] = low + out[i] * scale;
}

/** The examples at `indices` as floats in `range`, one after the other. */
export function batchOf(examples: Examples, indices: ArrayLike<number>, range: PixelRange): Float32Array {
  const out = new Float32Array(indices.length * widthOf(examples));
  gatherBatch(examples, indices, range, out);
  return out;
}

/** Writes the class numbers of the examples at `indices` to `out`. */
export function gatherLabels({ labels }: Examples, indices: ArrayLike<number>, out: Int32Array): void {
  if (labels) for (let i = 0; i < indices.length; i++) out[i] = labels[indices[i]];
}

/** Examples from `start` up to, not including, `end`: a view, not a copy. A DataError when they are not all there. */
export function sliceExamples(examples: Examples, start: number, end: number): Examples {
  const width = widthOf(examples);
  const { labels, count } = examples;
  if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= count))
    throw new DataError(`Examples ${start} to ${end} are not among the ${count} that there are`, "Use 0 <= start <= end <= count.");
  return {
    spec: examples.spec,
    count: end - start,
    values: examples.values.subarray(start * width, end * width),
    ...(labels && { labels: labels.subarray(start, end) }),
  };
}

/** The first `count` examples, or all when there are fewer. */
export const takeExamples = (examples: Examples, count: number): Examples => sliceExamples(examples, 0, Math.min(count, examples.count));

/** The finalizer of MurmurHash3: neighbouring seeds and epochs start far apart. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

/** The numbers 0 .. count - 1 in an order that depends on (count, seed, epoch) alone (Fisher & Yates). */
export function shuffledIndices(count: number, seed: number, epoch: number): Uint32Array {
  const generator = xoroshiro128plus(mix(mix(mix(seed % 2 ** 32) ^ Math.floor(seed / 2 ** 32)) + Math.imul(epoch, 0x9e3779b9)));
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(generator, 0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
