/** A user's own files as a dataset: a folder of images, a table, an array. */
import { constants } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { DataError, UsageError } from "../errors.js";
import type { ArrayFile } from "./array-file.js";
import type { Examples, Splits } from "./dataset.js";
import { fileOptions, type FileOptions, type FileOptionsInput, type LoadHooks, type ReadHooks } from "./file-options.js";
import type { Read } from "./folder.js";
import { withTask } from "./pair-tasks.js";
import { splitExamples, trainingIndices, type Shares } from "./splits.js";

interface Kind {
  readonly title: string;
  /** The options that mean something to it, besides those that all share. */
  readonly options: readonly (keyof FileOptions)[];
  readonly read: (path: string, options: FileOptions, hooks: ReadHooks) => Promise<Read>;
}

/** Of a string in Node.js. */
const LONGEST_TEXT = constants.MAX_STRING_LENGTH;

const shared: readonly (keyof FileOptions)[] = ["validation", "test", "skipBad"];

// Readers and their libraries are loaded only when they are needed: most commands start without.
const folder: Kind = {
  title: "a folder of images",
  options: ["size", "fit", "color", "targetFolder", "unpaired", "task", "factor"],
  async read(path, options, hooks) {
    const { readFolder } = await import("./folder.js");
    return readFolder(path, options, hooks);
  },
};

const table: Kind = {
  title: "a CSV file",
  options: ["columns", "labelColumn", "window"],
  async read(path, options, hooks) {
    const { readCsv } = await import("./csv.js");
    const { bytes, name } = await contentOf(path);
    if (bytes.length > LONGEST_TEXT) throw new DataError(`${path} has ${bytes.length} bytes, more than one text can have`, "Save it as NPY: numpy.save(file, x).");
    return { examples: readCsv(textOf(bytes), name, options, hooks), fingerprint: fingerprintOf([bytes]) };
  },
};

/** UTF-8, or UTF-16 where the first bytes are its mark, as spreadsheets write it ("Unicode text"). */
function textOf(bytes: Uint8Array): string {
  const mark = `${bytes[0]} ${bytes[1]}`;
  return new TextDecoder(mark === "255 254" ? "utf-16le" : mark === "254 255" ? "utf-16be" : "utf-8").decode(bytes);
}

const array: Kind = {
  title: "an array of NumPy",
  options: ["kind", "labels", "window", "task", "factor"],
  async read(path, options, hooks) {
    const { readArrays } = await import("./array-file.js");
    const file = await contentOf(path);
    const labels = options.labels === undefined ? undefined : await contentOf(options.labels);
    return { examples: readArrays(file, labels, options, hooks), fingerprint: fingerprintOf([file.bytes, ...(labels ? [labels.bytes] : [])]) };
  },
};

const byEnding: Readonly<Record<string, Kind>> = { ".csv": table, ".tsv": table, ".npy": array, ".npz": array };

/** Whether a name of data means a file or folder: it has a slash or a dot, or there is one of that name. */
export const isPath = (data: string): boolean => /[\\/.]/.test(data) || existsSync(data);

/**
 * Reads a folder of images (PNG, JPEG, WebP; subfolders are classes), or two as pairs (`targetFolder`), a CSV or TSV file, or an NPY or NPZ file, and divides the
 * examples by seed 0. Images become bytes; columns are scaled so that the training
 * examples lie in [0, 1], and their spec keeps how. A DataError names the file and
 * the row that cannot be used, a UsageError the option that does not fit.
 */
export async function loadFiles(path: string, options: FileOptionsInput = {}, hooks: LoadHooks = {}): Promise<Splits> {
  const kind = await kindOf(path);
  const parsed = parseOptions(options, path, kind);
  const { labels, targetFolder } = parsed;
  const origin = { path: resolve(path), options: { ...parsed, ...(labels !== undefined && { labels: resolve(labels) }), ...(targetFolder !== undefined && { targetFolder: resolve(targetFolder) }) } };
  const shares = { validation: parsed.validation, test: parsed.test, seed: 0 };
  const { splits, fingerprint } = targetFolder === undefined ? await readOne(path, kind, parsed, shares, hooks) : await readPairs(path, targetFolder, parsed, shares, hooks);
  return { ...withTask(splits, parsed), origin: { ...origin, fingerprint } };
}

interface Loaded {
  readonly splits: Splits;
  readonly fingerprint: Read["fingerprint"];
}

async function readOne(path: string, kind: Kind, parsed: FileOptions, shares: Shares, hooks: LoadHooks): Promise<Loaded> {
  const { examples, fingerprint } = await kind.read(path, parsed, { ...hooks, trains: (count) => trainingIndices(count, shares) });
  hooks.onProgress?.(describe(basename(resolve(path)), examples));
  return { splits: splitExamples(examples, shares), fingerprint };
}

async function readPairs(path: string, target: string, parsed: FileOptions, shares: Shares, hooks: LoadHooks): Promise<Loaded> {
  if ((await kindOf(target)) !== folder) throw new UsageError(`${target} is no folder`, "The target of a folder of images is another folder of images.");
  const { loadFolderPairs } = await import("./folder-pairs.js");
  const loaded = await loadFolderPairs(path, target, parsed, shares, hooks);
  hooks.onProgress?.(describe(`${basename(resolve(path))} and ${basename(resolve(target))}`, loaded.splits.train));
  return loaded;
}

async function kindOf(path: string): Promise<Kind> {
  const found = await stat(path).catch((error: Error) => {
    throw new UsageError(`There is no file or folder ${path}`, "Give the path of a folder of images, or of a CSV, NPY or NPZ file; morphogen datasets lists what needs no path.", { cause: error });
  });
  if (found.isDirectory()) return folder;
  const ending = extname(path).toLowerCase();
  if (Object.hasOwn(byEnding, ending)) return byEnding[ending];
  throw new UsageError(`${path} is no kind of file that can be read as data`, `A folder of images can, and files that end in ${Object.keys(byEnding).join(", ")}.`);
}

/** The options with their defaults; a UsageError names the field that is wrong. */
export function parseFileOptions(options: FileOptionsInput = {}): FileOptions {
  const parsed = fileOptions.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`Data: ${issue.path.join(".") || "the options"}: ${issue.message}`, `There are: ${Object.keys(fileOptions.shape).join(", ")}.`);
}

function parseOptions(options: FileOptionsInput, path: string, { title, options: own }: Kind): FileOptions {
  const parsed = parseFileOptions(options);
  const [stray] = Object.entries(parsed).filter(([name, value]) => value !== undefined && ![...own, ...shared].some((known) => known === name));
  if (stray) throw new UsageError(`"${stray[0]}" says nothing about ${path}, ${title}`, `It takes ${[...own, ...shared].join(", ")}.`);
  if (parsed.unpaired && parsed.targetFolder === undefined) throw new UsageError("Unpaired images need a second folder", "Name it: --target-folder FOLDER.");
  if (parsed.task !== undefined && parsed.targetFolder !== undefined) throw new UsageError("A task makes pairs of one folder, but there is a second", "Leave --task or --target-folder out.");
  return parsed;
}

/** A whole file in memory. */
async function contentOf(path: string): Promise<ArrayFile> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw new DataError(`${path} cannot be read: ${error.message}`, "Files of up to 2 GiB can be read.", { cause: error });
  });
  return { bytes, name: basename(path) };
}

function fingerprintOf(contents: readonly Uint8Array[]): Read["fingerprint"] {
  const hash = createHash("sha256");
  for (const bytes of contents) hash.update(bytes);
  return { files: contents.length, sha256: hash.digest("hex") };
}

/** One line: "photos: 1,200 images of 64 x 48, rgb, 3 classes". */
function describe(name: string, { spec, count }: Examples): string {
  const things = {
    images: (shape: readonly number[]) => `${shape[2]} x ${shape[1]}, ${shape[0] === 1 ? "grey" : "rgb"}`,
    vectors: (shape: readonly number[]) => `${shape[0]} columns`,
    series: (shape: readonly number[]) => `${shape[0]} steps and ${shape[1]} columns`,
    pairs: (shape: readonly number[]) => `${shape[2]} x ${shape[1]} to train on`,
  };
  return `${name}: ${count.toLocaleString("en")} ${spec.kind} of ${things[spec.kind](spec.shape)}${spec.classes ? `, ${spec.classes.length} classes` : ""}`;
}
