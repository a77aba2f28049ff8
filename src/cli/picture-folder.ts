/** Pictures from files and folders at the size of a model's images, and what becomes of them in another folder. */
import { existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Option } from "commander";
import type { Fit } from "../data/image-file.js";
import { UsageError } from "../errors.js";
import type { PictureFile } from "../data/picture-files.js";
import { encodePng, rasterOf, type Picture } from "../figures/png.js";
import { writeWhole } from "../training/index.js";
import { requireImages, type Trained } from "../verbs/abilities.js";
import { printJson } from "./print.js";

export interface FolderFlags {
  readonly out?: string;
  readonly fit: Fit;
  readonly json?: true;
}

export const FILES_HELP = "image files, and folders of them; needs --out, the folder where the results are written as PNG files of the same names";

export const fitOption = (): Option => new Option("--fit <how>", "bring files to the size of the training images: cut to their middle, or stretched").choices(["crop", "stretch"]).default("crop");

/** The pictures among files and folders, and the folder where what becomes of them goes. A UsageError without one, for a file in its place, and for two files of one name. */
export async function pictureFolder(paths: readonly string[], out: string | undefined): Promise<{ readonly files: readonly PictureFile[]; readonly folder: string }> {
  if (out === undefined) throw new UsageError("Where the pictures go is not said", "Name a folder: --out changed");
  if (existsSync(out) && !statSync(out).isDirectory()) throw new UsageError(`--out is a file: ${out}`, "Name a folder for the results: --out changed");
  const { pictureFiles } = await import("../data/picture-files.js");
  const files = await pictureFiles(paths);
  const names = files.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`Two of the files are called ${twice}`, "Take them one after the other, each to a folder of its own.");
  return { files, folder: out };
}

/** Writes what became of a file, and says where it is. */
export async function writePicture(folder: string, { path, name }: PictureFile, picture: Picture, json?: true): Promise<void> {
  const target = join(folder, `${name}.png`);
  await mkdir(dirname(target), { recursive: true });
  await writeWhole(target, encodePng(rasterOf(picture)));
  if (json) printJson({ out: target, file: path, shape: picture.shape });
  else console.log(target);
}

/** All pictures at once, in the model's range, [n, ...shape], through `work`; each result is written under the name of its file. Errors as of `pictureFolder`. */
export async function throughFolder(trained: Trained, paths: readonly string[], { out, fit, json }: FolderFlags, work: (values: Float32Array, count: number) => Promise<Float32Array>): Promise<void> {
  const { shape } = requireImages(trained);
  const { files, folder } = await pictureFolder(paths, out);
  const { pictureReader } = await import("../data/picture-files.js");
  const [channels, height, width] = shape;
  const [low, high] = trained.model.accepts.range;
  const read = await pictureReader(channels === 1 ? 1 : 3, { fit, size: { height, width } });
  const size = channels * height * width;
  const values = new Float32Array(files.length * size);
  for (const [i, { path }] of files.entries()) values.set((await read(path)).values.map((value) => low + value * (high - low)), i * size);
  const changed = await work(values, files.length);
  for (const [i, file] of files.entries()) await writePicture(folder, file, { shape, values: changed.subarray(i * size, (i + 1) * size).map((value) => (value - low) / (high - low)) }, json);
}
