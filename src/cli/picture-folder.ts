/** Pictures from files and folders at the size of a model's images, and what becomes of them in another folder. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Option } from "commander";
import type { Fit } from "../data/image-file.js";
import { UsageError } from "../errors.js";
import type { PictureFile } from "../data/picture-files.js";
import { encodePng, rasterOf, type Picture } from "../figures/png.js";
import { writeWhole } from "../training/index.js";
import { requireImages, type Trained } from "../verbs/abilities.js";
import { isPng } from "./figure-file.js";
import { isFolder } from "./out-file.js";
import { printJson } from "./print.js";

export interface FolderFlags {
  readonly out?: string;
  readonly fit: Fit;
  readonly json?: true;
}

export const FILES_HELP = "PNG, JPEG and WebP files, and folders of them; results are PNG files of the same names, and need --out";

/** `--out` of the commands that take files: what it names depends on whether there are any, and is looked at then. `alone` is where results of files go when nothing is said. */
export const picturesOutOption = (usual: string, alone?: string): Option =>
  new Option("--out <path>", `of files: the folder where results are written, or of a single picture the file, ending in .png${alone === undefined ? "" : ` (default ${alone})`}; without files: the figure (default ${usual} in the run folder)`);

export const fitOption = (): Option => new Option("--fit <how>", "bring files to the size of the training images: cut to their middle, or stretched").choices(["crop", "stretch"]).default("crop");

/** A picture, and the file that what becomes of it is written to. */
export interface PictureJob extends PictureFile {
  readonly target: string;
}

/** The pictures among files and folders, each with its place in the folder `out`, or the only one with the file of that name. A UsageError where there is no place for them, and for two files of one name. */
export async function pictureJobs(paths: readonly string[], out: string | undefined): Promise<readonly PictureJob[]> {
  if (out === undefined) throw new UsageError("Where the pictures go is not said", "Name a folder: --out changed");
  const { pictureFiles } = await import("../data/picture-files.js");
  const files = await pictureFiles(paths);
  if (!isFolder(out) && isPng(out)) {
    if (files.length > 1) throw new UsageError(`--out is one file, but ${files.length} pictures are named`, "Name a folder: --out changed");
    return files.map((file) => ({ ...file, target: out }));
  }
  await requireFolder(out);
  const names = files.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`Two of the files are called ${twice}`, "Take them one after the other, each to a folder of its own.");
  return files.map((file) => ({ ...file, target: join(out, `${file.name}.png`) }));
}

/** A UsageError for what is no folder, and does not look as if it were to be one. */
async function requireFolder(out: string): Promise<void> {
  if (isFolder(out)) return;
  const { IMAGE_FILE } = await import("../data/image-file.js");
  if (IMAGE_FILE.test(out)) throw new UsageError(`--out is ${out}, but results are PNG files`, "Name a folder, or for a single picture a file that ends in .png.");
  if (existsSync(out)) throw new UsageError(`--out is a file: ${out}`, "Name a folder for the results: --out changed");
}

/** Writes what became of a picture, and says where it is. */
export async function writePicture({ path, target }: PictureJob, picture: Picture, json?: true): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await writeWhole(target, encodePng(rasterOf(picture)));
  if (json) printJson({ out: target, file: path, shape: picture.shape });
  else console.log(target);
}

/** All pictures at once, in the model's range, [n, ...shape], through `work`; each result is written to its place. Errors as of `pictureJobs`. */
export async function throughFolder(trained: Trained, paths: readonly string[], { out, fit, json }: FolderFlags, work: (values: Float32Array, count: number) => Promise<Float32Array>): Promise<void> {
  const { shape } = requireImages(trained);
  const jobs = await pictureJobs(paths, out);
  const { pictureReader } = await import("../data/picture-files.js");
  const [channels, height, width] = shape;
  const [low, high] = trained.model.accepts.range;
  const read = await pictureReader(channels === 1 ? 1 : 3, { fit, size: { height, width } });
  const size = channels * height * width;
  const values = new Float32Array(jobs.length * size);
  for (const [i, { path }] of jobs.entries()) values.set((await read(path)).values.map((value) => low + value * (high - low)), i * size);
  const changed = await work(values, jobs.length);
  for (const [i, job] of jobs.entries()) await writePicture(job, { shape, values: changed.subarray(i * size, (i + 1) * size).map((value) => (value - low) / (high - low)) }, json);
}
