/** Arrays in files as examples: NPY, and NPZ with x and perhaps y. */
import { unzipSync } from "fflate";
import { DataError, suggest, UsageError } from "../errors.js";
import type { Examples } from "./dataset.js";
import type { FileOptions, ReadHooks } from "./file-options.js";
import { classesOf } from "./labels.js";
import { decodeNpy, type Npy } from "./npy.js";
import { skipping } from "./skips.js";
import { tableExamples } from "./table.js";

/** Unpacked, of one array in an NPZ file. */
const MOST_BYTES = 2 ** 32 - 1;

export interface ArrayFile {
  readonly bytes: Uint8Array;
  /** For errors; its ending tells NPY from NPZ. */
  readonly name: string;
}

/**
 * Examples from an array: with two axes vectors [n, columns], with three grey images [n, height, width] or (kind "series") time
 * series [n, steps, features], with four images [n, height, width, channels] or [n, channels, height, width]. Pixels are bytes, or
 * floats in [0, 1]. A DataError says what is wrong with a file, a UsageError which option does not fit it.
 */
export function readArrays(file: ArrayFile, labelFile: ArrayFile | undefined, options: FileOptions, hooks: ReadHooks): Examples {
  const { x, y } = arraysIn(file);
  const given = labelFile ? arraysIn(labelFile).x : y;
  const labels = given && labelsOf(given, labelFile?.name ?? file.name);
  const { kind = x.shape.length === 2 ? (options.window === undefined ? "vectors" : "series") : "images" } = options;
  const [count, ...rest] = x.shape;
  if (!rest.every((size) => size > 0) || !(count > 0)) throw new DataError(`${file.name} is empty: its shape is [${x.shape.join(", ")}]`);
  if (kind === "images") return imagesOf(x, file.name, labels);
  const shapes = { vectors: "two axes, [n, columns]", series: "three axes, [n, steps, features], or two and a --window" };
  const fits = kind === "vectors" ? rest.length === 1 && options.window === undefined : rest.length === (options.window === undefined ? 2 : 1);
  if (!fits) throw new UsageError(`${file.name} has the shape [${x.shape.join(", ")}], which does not hold ${kind}`, `${kind} take ${shapes[kind]}.`);
  const features = rest[rest.length - 1];
  const names = Array.from({ length: features }, (_, i) => `column ${i + 1}`);
  const values = withoutHoles(x, file.name, rest.reduce((a, b) => a * b, 1), options, hooks);
  return tableExamples({ names, values, ...labels }, kind === "vectors" ? undefined : (options.window ?? rest[0]), hooks);
}

/** NaN and infinite values end the loading, or their items become NaN altogether, which leaves them out. */
function withoutHoles({ values }: Npy, name: string, length: number, { skipBad = false }: FileOptions, { onProgress }: ReadHooks): Float32Array | Float64Array {
  const skips = skipping(name, skipBad, onProgress);
  const whole = values instanceof Uint8Array ? Float32Array.from(values) : values.slice();
  for (let first = 0; first < whole.length; first += length) {
    const item = whole.subarray(first, first + length);
    const wrong = item.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) continue;
    skips.refuse(new DataError(`${name}, item ${first / length}: value ${wrong} is ${item[wrong]}`));
    item.fill(NaN);
  }
  skips.conclude(whole.length / length, "items");
  return whole;
}

type Labels = ReturnType<typeof classesOf>;

function labelsOf({ shape, values }: Npy, name: string): Labels {
  if (shape.length !== 1) throw new DataError(`The labels in ${name} have the shape [${shape.join(", ")}]`, "Labels are one number for each example: [n].");
  return classesOf(Array.from(values, String));
}

function imagesOf({ shape, values, type }: Npy, name: string, labels: Labels | undefined): Examples {
  const layout = layoutOf(shape);
  if (!layout) throw new UsageError(`${name} has the shape [${shape.join(", ")}], which does not hold images`, "Images take [n, height, width], or four axes of which the second or the last is 1 or 3.");
  const { channels, height, width, channelsLast } = layout;
  const [count] = shape;
  if (labels && labels.labels.length !== count) throw new DataError(`${name} has ${count} images, but there are ${labels.labels.length} labels`, "Give one class for each image.");
  const pixels = pixelsOf(values, type, name);
  return {
    spec: { kind: "images", shape: [channels, height, width], ...(labels && { classes: labels.classes }) },
    count,
    values: channelsLast ? channelsFirst(pixels) : pixels,
    ...(labels && { labels: labels.labels }),
  };

  /** [n, height, width, channels] -> [n, channels, height, width] */
  function channelsFirst(from: Uint8Array | Float32Array): Uint8Array | Float32Array {
    const plane = height * width;
    const to = from.slice();
    for (let i = 0; i < count * plane; i++)
      for (let channel = 0; channel < channels; channel++) to[(Math.floor(i / plane) * channels + channel) * plane + (i % plane)] = from[i * channels + channel];
    return to;
  }
}

const isChannels = (size: number): boolean => size === 1 || size === 3;

function layoutOf([, ...sizes]: readonly number[]) {
  if (sizes.length === 2) return { channels: 1, height: sizes[0], width: sizes[1], channelsLast: false };
  if (sizes.length !== 3) return undefined;
  // Where both ends could be the channels, the last is: NumPy's images are mostly so.
  if (isChannels(sizes[2])) return { channels: sizes[2], height: sizes[0], width: sizes[1], channelsLast: true };
  return isChannels(sizes[0]) ? { channels: sizes[0], height: sizes[1], width: sizes[2], channelsLast: false } : undefined;
}

/** Bytes 0..255, or floats in [0, 1]. */
function pixelsOf(values: Npy["values"], type: string, name: string): Uint8Array | Float32Array {
  if (type === "b1") return Float32Array.from(values);
  if (values instanceof Uint8Array) return values;
  const isInteger = type.startsWith("i") || type.startsWith("u");
  const wrong = values.findIndex((value) => !(value >= 0 && value <= (isInteger ? 255 : 1)));
  if (wrong >= 0)
    throw new DataError(`${name} is read as images, but its value ${wrong} is ${values[wrong]}`, "Pixels are whole numbers from 0 to 255 or floats from 0 to 1. Other arrays: --kind series, or two axes.");
  return isInteger ? Uint8Array.from(values) : Float32Array.from(values);
}

/** The arrays of an NPY file (x) or an NPZ file: x and y, or the only one. */
function arraysIn({ bytes, name }: ArrayFile): { readonly x: Npy; readonly y?: Npy } {
  if (!name.toLowerCase().endsWith(".npz")) return { x: decodeNpy(bytes, name) };
  const members = unzip(bytes, name);
  const names = Object.keys(members);
  const array = (member: string) => decodeNpy(members[member], `${member} of ${name}`);
  const only = names.length === 1 ? names[0] : "x.npy";
  if (!names.includes(only)) throw new UsageError(`${name} has no array "x"`, `${suggest("x", names)} Save it as numpy.savez(file, x=..., y=...).`);
  return { x: array(only), ...(names.includes("y.npy") && { y: array("y.npy") }) };
}

function unzip(bytes: Uint8Array, name: string): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes, {
      filter({ name: member, originalSize }) {
        if (originalSize > MOST_BYTES) throw new DataError(`${member} of ${name} unpacks to ${originalSize} bytes, too many`, "Save fewer examples in one file.");
        return member.endsWith(".npy");
      },
    });
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${name} is no whole NPZ file: ${error instanceof Error ? error.message : String(error)}`, "Save it again with numpy.savez.", { cause: error });
  }
}
