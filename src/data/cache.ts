/** Keeping fetched files. A file is in the cache whole and checked, or not at all. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { cacheFolder } from "../cache.js";
import { DataError } from "../errors.js";
import { writeWhole } from "../files.js";

/** Keeps a file in the cache; a DataError with the way out when that cannot be. */
export async function storeWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, bytes);
  } catch (error) {
    throw new DataError(`${path} could not be written: ${error instanceof Error ? error.message : String(error)}`, "Free some space, or name another folder with MORPHOGEN_CACHE.", {
      cause: error,
    });
  }
}

/** Lends a folder of the cache to unpack in (made by who uses it), and removes it however the work ends. */
export async function withWorkFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = cacheFolder(`unpacking-${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    return await work(folder);
  } finally {
    // A child that was told to stop may still write for a moment.
    if (existsSync(folder)) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
