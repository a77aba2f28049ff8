/** The folder where fetched files are kept. A file is there whole and checked, or not at all. */
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { DataError } from "../errors.js";
import { writeWhole } from "../files.js";

/** MORPHOGEN_CACHE, else XDG_CACHE_HOME/morphogen, else ~/.cache/morphogen. */
export function cacheFolder(...parts: string[]): string {
  const { MORPHOGEN_CACHE, XDG_CACHE_HOME } = process.env;
  return join(MORPHOGEN_CACHE || (XDG_CACHE_HOME ? join(XDG_CACHE_HOME, "morphogen") : join(homedir(), ".cache", "morphogen")), ...parts);
}

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
