/** What the commands on a trained run share: its folder, the engine, where the result goes, which data it is about. */
import { join } from "node:path";
import { Option, type Command } from "commander";
import type { Examples, PartName } from "../data/dataset.js";
import { writeWhole } from "../training/index.js";
import { openTrained, type TrainedRun } from "../verbs/open.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { addEngineOptions, engineOf, type EngineFlags } from "./engine-options.js";
import { outOption } from "./out-file.js";
import { printJson } from "./print.js";

export interface RunFlags extends EngineFlags {
  readonly out?: string;
  readonly checkpoint?: "best" | "newest";
  readonly json?: true;
}

/** `out` is the option `--out`, or what is written when it is not given. */
export const addRunOptions = (command: Command, out: string | Option): Command =>
  addEngineOptions(command.argument("<run>", "run folder, such as runs/variational-1"))
    .addOption(typeof out === "string" ? outOption(out) : out)
    .addOption(new Option("--checkpoint <which>", "weights of the best validation, or the newest").choices(["best", "newest"]).default("best"))
    .option("--json", "print the result's path and facts as JSON");

export const splitOption = (): Option => new Option("--part <name>", "which part of the data").choices(["train", "validation", "test"]).default("test");

export const TABLE_HELP = "\nA run on vectors or series gets a table in the units of its data: CSV, or NPY where --out ends in .npy.";

/** Opens the run, does the work, frees the engine. */
export async function withRun(path: string, flags: RunFlags, work: (trained: TrainedRun) => Promise<void>): Promise<void> {
  const trained = await openTrained(path, { ...engineOf(flags), checkpoint: flags.checkpoint, onProgress: (line) => console.error(line) });
  try {
    await work(trained);
  } finally {
    await trained.dispose();
  }
}

/** A part of the data that the run was trained on. */
export async function dataPart(trained: TrainedRun, part: PartName): Promise<Examples> {
  const splits = await loadData(dataOf(trained.config), (line) => console.error(line));
  return splits[part];
}

/** Writes the result and says where it is; `beside` is another file, written already. */
export async function deliver(trained: TrainedRun, flags: RunFlags, defaultOut: string, bytes: Uint8Array | string, facts: Readonly<Record<string, unknown>>, beside?: string): Promise<void> {
  const out = flags.out ?? join(trained.path, defaultOut);
  await writeWhole(out, bytes);
  if (flags.json) printJson({ out, ...facts });
  else for (const file of [out, ...(beside === undefined ? [] : [beside])]) console.log(file);
}
