/** What the commands share that change pictures with a diffusion model: which examples are shown, and what they are to become. */
import type { Command } from "commander";
import type { Examples, PartName } from "../data/dataset.js";
import { classNumber, requireImages } from "../verbs/abilities.js";
import { labelsAt } from "../verbs/figures.js";
import type { TrainedRun } from "../verbs/open.js";
import { addDiffusionOptions, type DiffusionFlags, type DiffusionUse } from "./diffusion-options.js";
import { wholeNumber } from "./numbers.js";
import { FILES_HELP, fitOption, picturesOutOption, throughFolder, type FolderFlags } from "./picture-folder.js";
import { addRunOptions, dataPart, splitOption, type RunFlags } from "./run-command.js";

export interface ChangeFlags extends RunFlags, DiffusionFlags, Pick<FolderFlags, "fit"> {
  readonly label?: string;
  readonly seed: string;
  readonly part: PartName;
  readonly count: string;
  readonly from: string;
}

/** The flags of all of them; `label` says what it means, `count` how many examples are shown, and `own` adds the command's own flags after the files. */
export function addChangeOptions(command: Command, { out, label, count, diffusion, own }: { readonly out: string; readonly label: string; readonly count: number; readonly diffusion: DiffusionUse; readonly own: (command: Command) => Command }): Command {
  return own(addDiffusionOptions(addRunOptions(command, picturesOutOption(out)), diffusion).argument("[files...]", FILES_HELP))
    .option("--class, --label <class>", `of a model trained with --conditional: ${label}, by its name or number (default: files no class, examples their own)`)
    .option("--seed <number>", "of the noise: image i depends on the seed and on i alone", "0")
    .addOption(fitOption())
    .addOption(splitOption())
    .option("--count <number>", "how many examples to show", String(count))
    .option("--from <number>", "number of the first of them", "0");
}

const labelOf = (trained: TrainedRun, { label }: ChangeFlags): number | undefined => (label === undefined ? undefined : classNumber(trained, label));

/** Pictures through `change`, which is told the class of each where one was named. */
export function changeFiles(trained: TrainedRun, files: readonly string[], flags: ChangeFlags, change: (values: Float32Array, labels: Int32Array | undefined) => Promise<Float32Array>): Promise<void> {
  const label = labelOf(trained, flags);
  return throughFolder(trained, files, flags, (values, count) => change(values, label === undefined ? undefined : new Int32Array(count).fill(label)));
}

export interface ShownExamples {
  readonly examples: Examples;
  /** Their numbers. */
  readonly shown: Uint32Array;
  /** What each is to become: the class that was named, or its own. */
  readonly labels: ArrayLike<number> | undefined;
  /** What to say of them in the command's output. */
  readonly facts: { readonly count: number; readonly from: number; readonly part: PartName; readonly label?: number };
}

/** The examples that the flags name, from the first again after the last. */
export async function examplesShown(trained: TrainedRun, flags: ChangeFlags): Promise<ShownExamples> {
  requireImages(trained);
  const [count, from, label] = [wholeNumber("--count", flags.count, 1), wholeNumber("--from", flags.from, 0), labelOf(trained, flags)];
  const examples = await dataPart(trained, flags.part);
  const shown = Uint32Array.from({ length: Math.min(count, examples.count) }, (_, i) => (from + i) % examples.count);
  const labels = label === undefined ? labelsAt(examples, shown) : new Int32Array(shown.length).fill(label);
  return { examples, shown, labels, facts: { count: shown.length, from, part: flags.part, ...(label !== undefined && { label }) } };
}
