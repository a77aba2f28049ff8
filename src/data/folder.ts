/** A folder of images as examples; the names of its subfolders are the classes. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { DataError, UsageError } from "../errors.js";
import type { Pixels } from "./codecs.js";
import type { Examples, Fingerprint } from "./dataset.js";
import type { FileOptions, LoadHooks } from "./file-options.js";
import { fitter, IMAGE_FILE, imageDecoder, imageHeader, isGrey, parseSize, writePlanes, type Size } from "./image-file.js";
import { skipping } from "./skips.js";

/** What was read, and what it was read from. */
export interface Read {
  readonly examples: Examples;
  readonly fingerprint: Fingerprint;
}

export interface ReadFolder extends Read {
  /** Path of each example inside the folder. */
  readonly files: readonly string[];
}

/** Larger images are taken only when the user says so. */
const LARGEST_UNASKED = 256;
/** Of one array of bytes. */
const MOST_BYTES = 2 ** 32 - 1;
/** So many images say whether a folder is grey. */
const SAMPLE = 25;
const TELL_EVERY_MS = 10_000;

/** Every image is decoded into one array of bytes, [count, channels, height, width]. A DataError names a file that cannot be used, a UsageError an option. */
export async function readFolder(path: string, { size, fit = "crop", color, skipBad = false }: FileOptions, { onProgress, signal }: LoadHooks): Promise<ReadFolder> {
  const files = await listImages(path);
  const name = basename(path);
  const decode = imageDecoder();
  const open = async (file: string) => decode(await readImage(path, file), file);
  const { width, height } = size === undefined ? await sharedSize(path, files) : parseSize(size);
  const channels = (color ?? (await mostAreGrey(files, open) ? "grey" : "rgb")) === "grey" ? 1 : 3;
  const length = channels * height * width;
  if (files.length * length > MOST_BYTES)
    throw new UsageError(`${files.length} images of ${width} x ${height} x ${channels} take ${((files.length * length) / 2 ** 30).toFixed(1)} GiB of memory`, "Choose a smaller --size, or --color grey.");

  const fitted = await fitter(width, height, fit);
  const skips = skipping(name, skipBad, onProgress);
  const values = new Uint8Array(files.length * length);
  const used: string[] = [];
  let told = performance.now();
  for (const [i, file] of files.entries()) {
    signal?.throwIfAborted();
    try {
      writePlanes(fitted(await open(file)), channels, values, used.length * length);
      used.push(file);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      skips.refuse(error);
    }
    if (performance.now() - told < TELL_EVERY_MS) continue;
    told = performance.now();
    onProgress?.(`reading ${name}: ${i + 1} of ${files.length} images`);
  }
  skips.conclude(files.length, "images");
  const classes = classesOf(files);
  if (!classes && files.some((file) => file.includes(sep))) onProgress?.(`${name} has images beside its subfolders: they are read without classes`);
  const examples: Examples = {
    spec: { kind: "images", shape: [channels, height, width], ...(classes && { classes }) },
    count: used.length,
    values: values.subarray(0, used.length * length),
    ...(classes && { labels: Int32Array.from(used, (file) => classes.indexOf(classOf(file))) }),
  };
  return { examples, files: used, fingerprint: await fingerprintOf(path, files) };
}

const isHidden = (part: string): boolean => part.startsWith(".") || part === "__MACOSX";

/** Paths inside the folder, in the order of their characters. What is hidden is left alone, and so are the figures of runs that were made there. */
export async function listImages(path: string): Promise<string[]> {
  const names = await readdir(path, { recursive: true });
  const runs = names.filter((name) => basename(name) === "checkpoints").map((name) => join(dirname(name), sep));
  const files = names.filter((name) => IMAGE_FILE.test(name) && !name.split(sep).some(isHidden) && !runs.some((run) => name.startsWith(run))).sort();
  if (files.length === 0) throw new DataError(`${path} has no images`, "Put PNG, JPEG or WebP files in it; those of one subfolder are one class.");
  return files;
}

const readImage = (path: string, file: string): Promise<Buffer> =>
  readFile(join(path, file)).catch((error: Error) => {
    throw new DataError(`${file} cannot be read: ${error.message}`, undefined, { cause: error });
  });

const classOf = (file: string): string => file.split(sep)[0];

/** The subfolders, when all images are in one. */
const classesOf = (files: readonly string[]): readonly string[] | undefined => (files.every((file) => file.includes(sep)) ? [...new Set(files.map(classOf))].sort() : undefined);

/** The size that all images have; a UsageError that asks for one when there is none. */
async function sharedSize(path: string, files: readonly string[]): Promise<Size> {
  let first: (Size & { readonly file: string }) | undefined;
  for (const file of files) {
    const size = await headerOf(path, file);
    // What cannot be read is dealt with when it is decoded.
    if (!size) continue;
    first ??= { ...size, file };
    if (size.width !== first.width || size.height !== first.height)
      throw new UsageError(
        `The images of ${basename(path)} are of different sizes: ${first.file} has ${first.width} x ${first.height} pixels, ${file} ${size.width} x ${size.height}`,
        "Say which size all shall have: --size 64 makes them 64 x 64, cut to their middle (--fit stretch: whole, but out of shape).",
      );
    if (size.width > LARGEST_UNASKED || size.height > LARGEST_UNASKED)
      throw new UsageError(`${file} has ${size.width} x ${size.height} pixels, more than most models can learn`, `Say which size the images shall have: --size 64, or --size ${size.width}x${size.height} to keep theirs.`);
  }
  // Where no header could be read, decoding the first file says why.
  return first ?? { width: 1, height: 1 };
}

async function headerOf(path: string, file: string): Promise<Size | undefined> {
  try {
    return imageHeader(await readImage(path, file), file);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

async function mostAreGrey(files: readonly string[], open: (file: string) => Promise<Pixels>): Promise<boolean> {
  const sample = files.filter((_, i) => i % Math.ceil(files.length / SAMPLE) === 0);
  const seen: boolean[] = [];
  for (const file of sample) {
    const image = await open(file).catch(() => undefined);
    if (image) seen.push(isGrey(image));
  }
  return 2 * seen.filter(Boolean).length > seen.length;
}

async function fingerprintOf(path: string, files: readonly string[]): Promise<Fingerprint> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file.split(sep).join("/")}\t${(await stat(join(path, file))).size}\n`);
  return { files: files.length, sha256: hash.digest("hex") };
}
