/** A classifier of images in an ONNX file, made by whatever framework: what it takes, and probabilities from what it gives. */
import { basename } from "node:path";
import type { ImageSpec } from "../data/dataset.js";
import { openOnnx, type OnnxFile } from "../engines/onnx/index.js";
import { EngineError, suggest, UsageError } from "../errors.js";
import { sizeOf, type Shape } from "../tensor/index.js";

export interface ImageClassifier {
  /** What it is called in words for people. */
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  /** Images [n, channels, height, width] in [0, 1], one after the other -> probabilities [n, classes]. */
  readonly probabilities: (images: Float32Array) => Promise<Float32Array>;
}

export interface OnnxClassifierOptions {
  /** [channels, height, width] of the images that it is given. */
  readonly shape: ImageSpec["shape"];
  /** What it wants black and white to be. Default [0, 1]. */
  readonly range?: readonly [black: number, white: number];
  /** Name of the output, where there are several. */
  readonly output?: string | undefined;
  /** Default 1. */
  readonly threads?: number;
}

/** Images at once where the file leaves that open. */
const BATCH = 250;
/** By how much probabilities may miss a sum of 1: those of files in half precision do. */
const ROUNDING = 1e-2;

/**
 * The classifier in an ONNX file with one float32 input, [N, C, H, W], [N, H, W, C], [N, H, W] (one channel) or [N, features], and one output [N, classes]: logits, or probabilities, which are known by
 * rows from 0 to 1 that sum to 1. An EngineError when the file cannot be loaded, a UsageError when it is not such a classifier of such images.
 */
export async function onnxClassifier(path: string, options: OnnxClassifierOptions): Promise<ImageClassifier & { readonly dispose: () => Promise<void> }> {
  const file = await openOnnx(path, options.threads ?? 1);
  try {
    return { ...(await classifierIn(file, basename(path), options)), dispose: () => file.dispose() };
  } catch (error) {
    await file.dispose();
    throw error;
  }
}

async function classifierIn(file: OnnxFile, name: string, { shape, range: [black, white] = [0, 1], output }: OnnxClassifierOptions): Promise<ImageClassifier> {
  const [taken, given] = [inputOf(file, name), outputOf(file, name, output)];
  if (taken.type !== "float32") throw new UsageError(`The input "${taken.name}" of ${name} is of ${taken.type ?? "no tensor"}, not of float32`, "Export the classifier with an input of float32.");
  const layout = layoutsOf(shape).find(({ sizes }) => fits(sizes, taken.shape));
  if (!layout) {
    const others = layoutsOf(shape).map(({ sizes }) => written(["N", ...sizes]));
    throw new UsageError(`${name} takes ${written(taken.shape)}, but the images are of ${written(shape)}`, `It may take ${others.join(" or ")}: use a classifier of such images, or a generator trained on images of its size (morphogen train --size).`);
  }
  const [images, fixed] = [sizeOf(shape), openSize(taken.shape[0]) ? undefined : Number(taken.shape[0])];
  const batch = fixed ?? BATCH;
  const scaled = (values: Float32Array): Float32Array => inOrder(values.map((value) => black + value * (white - black)), shape, layout.channelsLast);

  /** Rows of one run; a file for a fixed number of images gets as many, the last of them black. */
  async function rowsOf(values: Float32Array): Promise<{ readonly rows: Float32Array; readonly width: number }> {
    const count = values.length / images;
    const whole = new Float32Array((fixed ?? count) * images);
    whole.set(values);
    const result = await file.run({ name: taken.name, values: scaled(whole), shape: [fixed ?? count, ...layout!.sizes] }, given.name);
    const [rows, width] = result.shape;
    if (result.shape.length !== 2 || rows !== (fixed ?? count) || width < 2)
      throw new UsageError(`The output "${given.name}" of ${name} is ${written(result.shape)} for ${fixed ?? count} images, not [${fixed ?? count}, classes]`, "The classifier needs an output of one number for each of two or more classes; --output names another one.");
    return { rows: floats(result.values, `The output "${given.name}" of ${name}`).subarray(0, count * width), width };
  }

  const { width: classes } = await rowsOf(new Float32Array(images));
  return {
    name,
    classes,
    async probabilities(values) {
      const all = new Float32Array((values.length / images) * classes);
      for (let first = 0; first * images < values.length; first += batch) all.set((await rowsOf(values.subarray(first * images, (first + batch) * images))).rows, first * classes);
      return asProbabilities(all, classes);
    },
  };
}

const listed = (values: OnnxFile["inputs"]): string => values.map(({ name }) => name).join(", ") || "none";

function inputOf({ inputs }: OnnxFile, name: string): OnnxFile["inputs"][number] {
  if (inputs.length !== 1) throw new UsageError(`${name} has ${inputs.length} inputs: ${listed(inputs)}`, "A classifier of images alone is needed: export it with the other inputs as constants.");
  return inputs[0];
}

/** The only one, or that of the name that is asked for. */
function outputOf({ outputs }: OnnxFile, name: string, wanted: string | undefined): OnnxFile["outputs"][number] {
  if (wanted === undefined && outputs.length > 1) throw new UsageError(`${name} has ${outputs.length} outputs: ${listed(outputs)}`, `Name that of the logits or probabilities: --output ${outputs[0].name}`);
  const found = wanted === undefined ? outputs[0] : outputs.find((value) => value.name === wanted);
  if (!found) throw new UsageError(`${name} has no output "${wanted}"`, suggest(wanted ?? "", outputs.map((value) => value.name)));
  return found;
}

interface Layout {
  /** Of one image. */
  readonly sizes: Shape;
  readonly channelsLast: boolean;
}

/** How a classifier may want images, the likeliest first. */
const layoutsOf = ([channels, height, width]: ImageSpec["shape"]): readonly Layout[] => [
  { sizes: [channels, height, width], channelsLast: false },
  { sizes: [height, width, channels], channelsLast: true },
  ...(channels === 1 ? [{ sizes: [height, width], channelsLast: false }] : []),
  { sizes: [channels * height * width], channelsLast: false },
];

const openSize = (size: number | string | undefined): boolean => typeof size !== "number" || size < 1;

/** Whether images of such sizes are what a file declares; one that declares nothing takes them as they are. */
const fits = (sizes: Shape, declared: readonly (number | string)[]): boolean =>
  declared.length === 0 || (declared.length === sizes.length + 1 && sizes.every((size, axis) => openSize(declared[axis + 1]) || declared[axis + 1] === size));

const written = (sizes: readonly (number | string)[]): string => `[${sizes.join(", ")}]`;

/** Images [n, channels, height, width] with the channels of a pixel side by side, if that is wanted. */
function inOrder(values: Float32Array, [channels, height, width]: ImageSpec["shape"], channelsLast: boolean): Float32Array {
  if (!channelsLast || channels === 1) return values;
  const area = height * width;
  return values.map((_, at) => {
    const [image, pixel, channel] = [Math.floor(at / (area * channels)), Math.floor(at / channels) % area, at % channels];
    return values[(image * channels + channel) * area + pixel];
  });
}

function floats(values: unknown, name: string): Float32Array {
  if (!(values instanceof Float32Array)) throw new UsageError(`${name} is not of float32`, "Export the classifier with an output of float32: its logits or probabilities.");
  if (values.some(Number.isNaN)) throw new EngineError(`${name} has values that are no numbers (NaN)`, "Look at --range: the classifier may want other values than it is given.");
  return values;
}

/** Rows [n, classes] of probabilities as they are; of logits, their softmax. */
export function asProbabilities(values: Float32Array, classes: number): Float32Array {
  const rows = Array.from({ length: values.length / classes }, (_, i) => values.subarray(i * classes, (i + 1) * classes));
  const sum = (row: Float32Array): number => row.reduce((total, value) => total + value, 0);
  if (rows.every((row) => row.every((value) => value >= 0 && value <= 1 + ROUNDING) && Math.abs(sum(row) - 1) <= ROUNDING)) return values;
  const result = new Float32Array(values.length);
  rows.forEach((row, i) => {
    const most = row.reduce((largest, value) => Math.max(largest, value), -Infinity);
    const exponentials = row.map((value) => Math.exp(value - most));
    const total = sum(exponentials);
    result.set(exponentials.map((value) => value / total), i * classes);
  });
  return result;
}
