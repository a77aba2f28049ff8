/** The folder where fetched files are kept. A file is there whole and checked, or not at all. */
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { DataError } from "../errors.js";

/** MORPHOGEN_CACHE, else XDG_CACHE_HOME/morphogen, else ~/.cache/morphogen. */
export function cacheFolder(...parts: string[]): string {
  const { MORPHOGEN_CACHE, XDG_CACHE_HOME } = process.env;
  return join(MORPHOGEN_CACHE || (XDG_CACHE_HOME ? join(XDG_CACHE_HOME, "morphogen") : join(homedir(), ".cache", "morphogen")), ...parts);
}

/** Writes a file under a temporary name, brings it to the disk, and only then gives it its name. */
export async function storeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.part`;
  try {
    await mkdir(join(path, ".."), { recursive: true });
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new DataError(`${path} could not be written: ${error instanceof Error ? error.message : String(error)}`, "Free some space, or name another folder with MORPHOGEN_CACHE.", {
      cause: error,
    });
  }
}
