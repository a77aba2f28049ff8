/** Writing into a run folder: a full disk is said in words, and loses nothing. */
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
