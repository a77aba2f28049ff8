/** A user's own arrays as a dataset. */
import { DataError, UsageError } from "../errors.js";
import type { ImageSpec, Splits } from "./dataset.js";
import { requireShares, splitExamples } from "./splits.js";

export interface ArrayOptions {
  /** [channels, height, width] of one image. */
  readonly shape: ImageSpec["shape"];
  /** One class number for each image, from 0. */
  readonly labels?: ArrayLike<number>;
  readonly classes?: readonly string[];
  /** Share of the images that is kept for validation, drawn at random by `seed`. Default 0.1. */
  readonly validation?: number;
  /** Share that is kept for the test set, drawn likewise. Default 0: the validation images also serve as the test set. */
  readonly test?: number;
  readonly seed?: number;
}

/**
 * Images to train on: bytes 0..255 or floats in [0, 1], one image after the other, or one row of floats for each.
 * A DataError names what is wrong with the values or labels, a UsageError what is wrong with the options.
 */
export function imagesFromArray(
  images: Uint8Array | Float32Array | readonly (readonly number[])[],
  { shape, labels, classes, validation = 0.1, test = 0, seed = 0 }: ArrayOptions,
): Splits {
  requireShape(shape);
  requireShares({ validation, test });
  const width = shape.reduce((a, b) => a * b, 1);
  const values = images instanceof Uint8Array || images instanceof Float32Array ? images : fromRows(images, width);
  const count = values.length / width;
  if (!Number.isInteger(count))
    throw new DataError(`${values.length} values are not whole images of [${shape.join(", ")}]`, `One image takes ${width} values: pass a multiple of that, or another shape.`);
  if (values instanceof Float32Array) requireUnitRange(values);
  if (labels) requireLabels(labels, count, classes);

  const spec: ImageSpec = { kind: "images", shape, ...(classes && { classes }) };
  return splitExamples({ spec, count, values, ...(labels && { labels: Int32Array.from(labels) }) }, { validation, test, seed });
}

function requireShape(shape: ImageSpec["shape"]): void {
  if (shape.length !== 3 || !shape.every((size) => Number.isInteger(size) && size > 0))
    throw new UsageError(`The shape is [${shape.join(", ")}]`, "Use [channels, height, width], such as [1, 28, 28].");
}

function fromRows(rows: readonly (readonly number[])[], width: number): Float32Array {
  const wrong = rows.findIndex((row) => row.length !== width);
  if (wrong >= 0) throw new DataError(`Row ${wrong} has ${rows[wrong].length} values, not ${width}`, "Each row is one whole image.");
  return Float32Array.from(rows.flat());
}

function requireUnitRange(values: Float32Array): void {
  const wrong = values.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong >= 0) throw new DataError(`Value ${wrong} is ${values[wrong]}, outside [0, 1]`, "Scale floats to [0, 1], or pass bytes 0..255 as a Uint8Array.");
}

function requireLabels(labels: ArrayLike<number>, count: number, classes: readonly string[] | undefined): void {
  if (labels.length !== count) throw new DataError(`There are ${count} images, but ${labels.length} labels`, "Pass one class number for each image.");
  const end = classes?.length ?? 2 ** 31;
  const wrong = Array.from(labels).findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < end));
  if (wrong >= 0) throw new DataError(`Label ${wrong} is ${labels[wrong]}`, `Class numbers are whole, from 0${classes ? ` to ${end - 1}: there are ${end} classes` : ""}.`);
}
