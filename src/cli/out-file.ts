/** Where one file is written: `--out`. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Option } from "commander";
import { UsageError } from "../errors.js";

/** Whether there is a folder of that name. */
export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** The name of a file that can be written; a UsageError for that of a folder, or in a folder that is not there. `usual` is what the file is called when nothing is said. */
export function fileToWrite(out: string, usual: string): string {
  if (isFolder(out)) throw new UsageError(`--out is a folder: ${out}`, `Name a file: --out ${join(out, basename(usual))}`);
  if (!isFolder(dirname(out))) throw new UsageError(`${out} cannot be written: there is no such folder`, `Make it first: mkdir -p ${dirname(out)}`);
  return out;
}

/** Refused as soon as it is read, not when all is computed. */
export const outOption = (usual: string): Option => new Option("--out <file>", `file to write (default ${usual} in the run folder)`).argParser((out: string) => fileToWrite(out, usual));
