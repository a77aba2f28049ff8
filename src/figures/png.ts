import { convertIndexedToRgb, decode, encode, type DecodedPng } from "fast-png";
import type { ImageSpec } from "../data/dataset.js";
import { DataError } from "../errors.js";
import type { Raster } from "./grid.js";

/** A raster as the bytes of a PNG file, 8 bits a channel. */
export const encodePng = ({ width, height, channels, pixels }: Raster): Uint8Array => encode({ width, height, channels, data: pixels, depth: 8 });

/** One image in memory: values in [0, 1], one channel after the other. */
export interface Picture {
  readonly shape: ImageSpec["shape"];
  readonly values: Float32Array;
  /** The file that it was read from: what errors call it. */
  readonly name?: string;
}

/**
 * The picture in a PNG file of any kind: 1 channel (grey) or 3 (RGB). An alpha channel is left out; a DataError when it hides anything, or when
 * the bytes are no PNG. `name` is what errors call the file.
 */
export function decodePng(bytes: Uint8Array, name: string): Picture {
  const { width, height, channels, data, depth } = unpacked(bytes, name);
  const highest = 2 ** depth - 1;
  const colours = channels < 3 ? 1 : 3;
  const pixels = width * height;
  if (colours < channels)
    for (let i = 0; i < pixels; i++)
      if (data[i * channels + colours] < highest) throw new DataError(`${name} is transparent in places`, "Save it without transparency: what is behind it is not known.");
  const values = new Float32Array(colours * pixels);
  for (let channel = 0; channel < colours; channel++) for (let i = 0; i < pixels; i++) values[channel * pixels + i] = data[i * channels + channel] / highest;
  return { shape: [colours, height, width], values };
}

/** Width, height, and one number for each channel of each pixel, of 8 or 16 bits. */
function unpacked(bytes: Uint8Array, name: string): Pick<DecodedPng, "width" | "height" | "channels" | "data" | "depth"> {
  try {
    const png = decode(bytes, { checkCrc: true });
    const { width, height, depth, palette } = png;
    if (!palette && depth >= 8) return png;
    // Greys of less than 8 bits lie several to a byte, as numbers of colours do.
    const colours = palette ?? Array.from({ length: 2 ** depth }, (_, i) => [(255 * i) / (2 ** depth - 1)]);
    return { width, height, depth: 8, channels: colours[0].length, data: convertIndexedToRgb({ ...png, palette: colours }) };
  } catch (error) {
    throw new DataError(`${name} is not a PNG file that can be read: ${error instanceof Error ? error.message : String(error)}`, "Convert it, for example with ImageMagick: magick FILE FILE.png.", { cause: error });
  }
}

/** A picture as a raster: values outside [0, 1] are clipped, others rounded to 8 bits. A picture has 1 or 3 channels. */
export function rasterOf({ shape: [colours, height, width], values }: Picture): Raster {
  const pixels = new Uint8Array(values.length);
  const area = width * height;
  for (let channel = 0; channel < colours; channel++)
    for (let i = 0; i < area; i++) pixels[i * colours + channel] = Math.round(255 * Math.min(1, Math.max(0, values[channel * area + i])));
  return { width, height, channels: colours === 1 ? 1 : 3, pixels };
}
