/** Writing into a run folder: a full disk is said in words, and loses nothing. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { RunError } from "../errors.js";
import * as files from "../files.js";

const FULL = new Set(["ENOSPC", "EFBIG", "EDQUOT"]);

/** A full disk as a RunError that says so; any other error as it is. */
export function asRunError(error: unknown, path: string): unknown {
  if (!FULL.has((error as NodeJS.ErrnoException).code ?? "")) return error;
  return new RunError(`The disk is full: ${path} could not be written`, "Nothing written before is lost. Free some space and go on with: morphogen resume RUN", { cause: error });
}

/** Writes a file whole or not at all. */
export const writeWhole = (path: string, bytes: Uint8Array | string): Promise<void> =>
  files.writeWhole(path, bytes).catch((error: unknown) => {
    throw asRunError(error, path);
  });

/** What `writeWhole` was writing when its process was killed. */
const PART = /\.\d+-[0-9a-f]{8}\.part$/;

/** Removes what killed processes left half written. Only for a folder that no other process writes to. */
export async function removeParts(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (PART.test(name)) await rm(join(folder, name), { force: true });
}
