/** Files that are there whole or not at all. */
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { RunError } from "../errors.js";

const FULL = new Set(["ENOSPC", "EFBIG", "EDQUOT"]);

/**
 * Writes under a temporary name in the same folder, brings file and folder to the disk, and renames in between: whoever looks,
 * and whenever the power fails, sees the old file or the new one. A full disk leaves the old one and is a RunError.
 */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.part`;
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw asRunError(error, path);
  }
}

/** A full disk as a RunError that says so; any other error as it is. */
export function asRunError(error: unknown, path: string): unknown {
  if (!FULL.has((error as NodeJS.ErrnoException).code ?? "")) return error;
  return new RunError(`The disk is full: ${path} could not be written`, "Nothing written before is lost. Free some space and go on with: morphogen resume RUN", { cause: error });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch {
    // Some systems cannot sync a folder; the rename itself has happened.
  } finally {
    await folder.close();
  }
}
