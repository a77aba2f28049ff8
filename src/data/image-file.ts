/** Image files as pixels: what they say they are, decoded, and brought to the size and the channels wanted. */
import { imageSize } from "image-size";
import { DataError, UsageError } from "../errors.js";
import { codecs, resizer, type Decode, type Format, type Pixels } from "./codecs.js";

/** What image files are called; those that are not read are found too, to be refused by name. */
export const IMAGE_FILE = /\.(png|jpe?g|webp|gif|bmp|tiff?|avif|heic|heif|jxl|jp2|svg|psd|ico)$/i;

/** Decoding takes several bytes for each; more than nearly any camera has. */
const MOST_PIXELS = 100e6;

const CONVERT = "Convert it to PNG or JPEG in RGB, or take it away.";

export interface ImageHeader {
  readonly format: Format;
  /** As the image is meant to be seen, upright. */
  readonly width: number;
  readonly height: number;
}

/** What a file says of itself, before anything is allocated for it. A DataError when that is no image to be read; `name` is for errors. */
export function imageHeader(bytes: Uint8Array, name: string): ImageHeader {
  const { type = "", width, height, orientation = 1 } = sizeOf(bytes, name);
  const format = isFormat(type) ? type : undefined;
  if (!format) throw new DataError(`${name} is ${type.toUpperCase()}, which is not read`, CONVERT);
  if (!(width > 0 && height > 0 && width * height <= MOST_PIXELS))
    throw new DataError(`${name} says that it has ${width} x ${height} pixels`, `Images of up to ${MOST_PIXELS / 1e6} million pixels are read: make it smaller, or take it away.`);
  // Orientations 5 to 8 of EXIF lie on their side.
  return orientation >= 5 ? { format, width: height, height: width } : { format, width, height };
}

const isFormat = (type: string): type is Format => Object.hasOwn(codecs, type);

function sizeOf(bytes: Uint8Array, name: string) {
  try {
    return imageSize(bytes);
  } catch (error) {
    throw new DataError(`${name} is no image${bytes.length === 0 ? ": it is empty" : " of a known format, or damaged"}`, CONVERT, { cause: error });
  }
}

/** A decoder that keeps its codecs from image to image. It returns opaque pixels, on white where an image is transparent, or on black; a DataError names the file and the reason. */
export function imageDecoder(behind: "white" | "black" = "white"): (bytes: Uint8Array, name: string) => Promise<Pixels> {
  const loaded = new Map<Format, Decode>();
  return async (bytes, name) => {
    const { format } = imageHeader(bytes, name);
    try {
      const decode = loaded.get(format) ?? (await codecs[format]());
      loaded.set(format, decode);
      return opaque(decode(bytes), behind === "white" ? 255 : 0);
    } catch (error) {
      // A codec that failed may have left something behind: the next image gets a new one.
      loaded.delete(format);
      throw new DataError(`${name} cannot be decoded: ${error instanceof DataError ? error.message : "it is damaged or cut off"}`, CONVERT, { cause: error });
    }
  };
}

function opaque({ width, height, rgba }: Pixels, behind: number): Pixels {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3];
    if (alpha === 255) continue;
    for (let j = i; j < i + 3; j++) rgba[j] = Math.round(behind + ((rgba[j] - behind) * alpha) / 255);
    rgba[i + 3] = 255;
  }
  return { width, height, rgba };
}

/** True when red, green and blue are the same in every pixel. */
export function isGrey({ rgba }: Pixels): boolean {
  for (let i = 0; i < rgba.length; i += 4) if (rgba[i] !== rgba[i + 1] || rgba[i] !== rgba[i + 2]) return false;
  return true;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** "64x48", or "64" for both; a UsageError for anything else. */
export function parseSize(text: string): Size {
  const [, width, height = width] = /^([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?$/.exec(text) ?? [];
  if (width === undefined) throw new UsageError(`The size is ${text}`, "Use width x height in pixels, such as 64x48, or one number for both.");
  return { width: Number(width), height: Number(height) };
}

export type Fit = "crop" | "stretch";

/** Brings images to a size: cut to the middle of the wanted shape first, or stretched. */
export async function fitter(width: number, height: number, fit: Fit): Promise<(image: Pixels) => Pixels> {
  const resize = await resizer();
  return (image) => {
    const cut = fit === "crop" ? middle(image, width / height) : image;
    return cut.width === width && cut.height === height ? cut : resize(cut, width, height);
  };
}

/** The largest part around the middle with this ratio of width to height. */
function middle({ width, height, rgba }: Pixels, ratio: number): Pixels {
  const [w, h] = width > height * ratio ? [Math.max(1, Math.round(height * ratio)), height] : [width, Math.max(1, Math.round(width / ratio))];
  if (w === width && h === height) return { width, height, rgba };
  const [left, top] = [(width - w) >> 1, (height - h) >> 1];
  const part = new Uint8Array(4 * w * h);
  for (let y = 0; y < h; y++) part.set(rgba.subarray(4 * ((top + y) * width + left), 4 * ((top + y) * width + left + w)), 4 * w * y);
  return { width: w, height: h, rgba: part };
}

/** Writes pixels as planes, [channels, height, width], at `start`: red, green and blue, or how bright they are together (ITU-R BT.601). */
export function writePlanes({ width, height, rgba }: Pixels, channels: 1 | 3, out: Uint8Array, start: number): void {
  const plane = width * height;
  for (let i = 0; i < plane; i++)
    if (channels === 1) out[start + i] = Math.round(0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2]);
    else for (let channel = 0; channel < 3; channel++) out[start + channel * plane + i] = rgba[4 * i + channel];
}
