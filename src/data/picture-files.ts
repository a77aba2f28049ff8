/** Image files one by one, as a model takes them. */
import { readFile, stat } from "node:fs/promises";
import { join, parse } from "node:path";
import { UsageError } from "../errors.js";
import { listImages } from "./folder.js";
import { fitter, imageDecoder, imageHeader, isGrey, writePlanes, type Fit, type Size } from "./image-file.js";

export interface PictureFile {
  readonly path: string;
  /** Its path inside the folder that was named, or its name, without the ending. */
  readonly name: string;
}

/** The image files among these paths, and those in them that are folders. A UsageError for a path that is not there. */
export async function pictureFiles(paths: readonly string[]): Promise<PictureFile[]> {
  const found: PictureFile[] = [];
  for (const path of paths) {
    const entry = await stat(path).catch(refuse(path));
    const files = entry.isDirectory() ? (await listImages(path)).map((file) => ({ path: join(path, file), ...parse(file) })) : [{ path, ...parse(path), dir: "" }];
    found.push(...files.map(({ path: whole, dir, name }) => ({ path: whole, name: join(dir, name) })));
  }
  return found;
}

/** What is wrong with a file that was named, in words. */
const refuse = (path: string) => ({ code, message }: NodeJS.ErrnoException): never => {
  throw new UsageError(`${path} cannot be read: ${code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : message}`, "Name a file of PNG, JPEG or WebP.");
};

const contentOf = (path: string): Promise<Uint8Array> => readFile(path).catch(refuse(path));

/** How large an image is, upright. Errors as of `pictureReader`. */
export const pictureSize = async (path: string): Promise<Size> => imageHeader(await contentOf(path), path);

/**
 * Reads files of PNG, JPEG and WebP as values in [0, 1], [channels, height, width]; brought to a size where one is given. "own": 1 channel where all is grey, else 3. A UsageError for a
 * file that is not there, a DataError for one that is no image. `behind` is what transparent images lie on: white, as on a page, where nothing is said.
 */
export async function pictureReader(wanted: 1 | 3 | "own", fit?: { readonly fit: Fit; readonly size: Size }, behind: "white" | "black" = "white"): Promise<(path: string) => Promise<{ readonly shape: readonly [number, number, number]; readonly values: Float32Array; readonly name: string }>> {
  const decode = imageDecoder(behind);
  const fitted = fit && (await fitter(fit.size.width, fit.size.height, fit.fit));
  return async (path) => {
    const whole = await decode(await contentOf(path), path);
    const pixels = fitted ? fitted(whole) : whole;
    const channels = wanted === "own" ? (isGrey(pixels) ? 1 : 3) : wanted;
    const bytes = new Uint8Array(channels * pixels.width * pixels.height);
    writePlanes(pixels, channels, bytes, 0);
    return { shape: [channels, pixels.height, pixels.width], values: Float32Array.from(bytes, (byte) => byte / 255), name: path };
  };
}
