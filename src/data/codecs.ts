/// <reference types="@jsquash/jpeg/emscripten-types.d.ts" />
/** The codecs of the Squoosh project as WebAssembly (packages @jsquash/*): whole files to pixels, and other sizes. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { DataError } from "../errors.js";
import { hasTrueChecksums } from "./png-checksums.js";

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4]: red, green, blue, alpha, 0..255. */
  readonly rgba: Uint8Array | Uint8ClampedArray;
}

/** Throws when the file is damaged; a DataError where the codec knows why. */
export type Decode = (bytes: Uint8Array) => Pixels;

const { resolve } = createRequire(import.meta.url);
const wasmOf = async (file: string): Promise<WebAssembly.Module> => WebAssembly.compile(await readFile(resolve(file)));

const pixelsOf = (image: ImageData | null): Pixels => {
  if (!image) throw new DataError("it is damaged");
  return { width: image.width, height: image.height, rgba: image.data };
};

/** Every depth and kind of colour, interlaced or not, becomes 8 bits a channel. */
async function png(): Promise<Decode> {
  const { decode, initSync } = await import("@jsquash/png/codec/pkg/squoosh_png.js");
  initSync(await wasmOf("@jsquash/png/codec/pkg/squoosh_png_bg.wasm"));
  return (bytes) => {
    if (!hasTrueChecksums(bytes)) throw new DataError("it is damaged: a checksum is wrong");
    return pixelsOf(decode(bytes));
  };
}

/** Turned as the camera says that it was held. */
async function jpeg(): Promise<Decode> {
  const [{ default: factory }, { initEmscriptenModule }] = await Promise.all([import("@jsquash/jpeg/codec/dec/mozjpeg_dec.js"), import("@jsquash/jpeg/utils.js")]);
  /** What the library prints of the image in hand. */
  let complaints: string[] = [];
  const options = { noInitialRun: true, printErr: (line: string) => void complaints.push(line) };
  const codec = await initEmscriptenModule(factory, await wasmOf("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"), options);
  return (bytes) => {
    complaints = [];
    try {
      // The missing half of a file that was cut off comes out grey, with a complaint.
      const pixels = pixelsOf(codec.decode(new Uint8Array(bytes), true));
      if (!complaints.some((line) => line.startsWith("Premature end"))) return pixels;
    } catch (error) {
      if (complaints.includes("Unsupported color conversion request")) throw new DataError("its colours are CMYK, for print", undefined, { cause: error });
      throw error;
    }
    throw new DataError("it is cut off");
  };
}

async function webp(): Promise<Decode> {
  const [{ default: factory }, { initEmscriptenModule }] = await Promise.all([import("@jsquash/webp/codec/dec/webp_dec.js"), import("@jsquash/webp/utils.js")]);
  const codec = await initEmscriptenModule(factory, await wasmOf("@jsquash/webp/codec/dec/webp_dec.wasm"));
  return (bytes) => pixelsOf(codec.decode(new Uint8Array(bytes)));
}

/** By the name that the package image-size has for a format. */
export const codecs = { png, jpg: jpeg, webp } satisfies Readonly<Record<string, () => Promise<Decode>>>;
export type Format = keyof typeof codecs;

/** Makes images of another size: bilinear, averaging over all that becomes one pixel (antialiased). */
export async function resizer(): Promise<(image: Pixels, width: number, height: number) => Pixels> {
  const { initSync, resize } = await import("@jsquash/resize/lib/resize/pkg/squoosh_resize.js");
  initSync(await wasmOf("@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm"));
  const TRIANGLE = 0;
  return ({ rgba, ...from }, width, height) => ({ width, height, rgba: resize(new Uint8Array(rgba), from.width, from.height, width, height, TRIANGLE, false, false) });
}
