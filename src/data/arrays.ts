/** A user's own arrays as a dataset. */
import { DataError } from "../errors.js";
import { batchOf, shuffledIndices, sliceExamples } from "./batches.js";
import type { Examples, ImageSpec, Splits } from "./dataset.js";

export interface ArrayOptions {
  /** [channels, height, width] of one image. */
  readonly shape: ImageSpec["shape"];
  /** One class number for each image. */
  readonly labels?: ArrayLike<number>;
  readonly classes?: readonly string[];
  /** Share of the images that is kept for validation, drawn at random by `seed`. Default 0.1. */
  readonly validation?: number;
  readonly seed?: number;
}

/** Images one after the other, as bytes 0..255 or floats in [0, 1], to train on. The validation images also serve as the test set. */
export function imagesFromArray(values: Uint8Array | Float32Array, { shape, labels, classes, validation = 0.1, seed = 0 }: ArrayOptions): Splits {
  const width = shape.reduce((a, b) => a * b, 1);
  const count = values.length / width;
  if (!Number.isInteger(count) || count < 2)
    throw new DataError(`${values.length} values are not two or more images of [${shape.join(", ")}]`, `One image takes ${width} values.`);
  if (labels && labels.length !== count) throw new DataError(`There are ${count} images, but ${labels.length} labels`);
  if (!(validation > 0 && validation < 1)) throw new DataError(`validation is ${validation}`, "Use a share between 0 and 1, such as 0.1.");
  if (values instanceof Float32Array) requireUnitRange(values);

  const spec: ImageSpec = { kind: "images", shape, ...(classes && { classes }) };
  const all: Examples = { spec, count, values, ...(labels && { labels: Int32Array.from(labels) }) };
  const shuffled = reorder(all, shuffledIndices(count, seed, 0));
  const held = Math.min(count - 1, Math.max(1, Math.round(count * validation)));
  const rest = sliceExamples(shuffled, count - held, count);
  return { train: sliceExamples(shuffled, 0, count - held), validation: rest, test: rest };
}

function requireUnitRange(values: Float32Array): void {
  const wrong = values.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong >= 0) throw new DataError(`Value ${wrong} is ${values[wrong]}, outside [0, 1]`, "Scale floats to [0, 1], or pass bytes 0..255 as a Uint8Array.");
}

function reorder(examples: Examples, order: Uint32Array): Examples {
  const { values, labels } = examples;
  const width = values.length / examples.count;
  const moved = values instanceof Uint8Array ? new Uint8Array(values.length) : batchOf(examples, order, [0, 1]);
  if (values instanceof Uint8Array) order.forEach((from, to) => moved.set(values.subarray(from * width, (from + 1) * width), to * width));
  return { ...examples, values: moved, ...(labels && { labels: Int32Array.from(order, (from) => labels[from]) }) };
}
