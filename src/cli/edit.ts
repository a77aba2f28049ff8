import type { Command } from "commander";
import type { PartName } from "../data/dataset.js";
import { classNumber } from "../verbs/abilities.js";
import { edit, editsSvg } from "../verbs/edit.js";
import { labelsAt } from "../verbs/figures.js";
import type { TrainedRun } from "../verbs/open.js";
import { addDiffusionOptions, type DiffusionFlags } from "./diffusion-options.js";
import { withDiffusionRun } from "./diffusion-run.js";
import { figureFormat } from "./figure-file.js";
import { share, wholeNumber } from "./numbers.js";
import { FILES_HELP, fitOption, throughFolder, type FolderFlags } from "./picture-folder.js";
import { addRunOptions, dataPart, deliver, splitOption, type RunFlags } from "./run-command.js";

const OUT = "figures/edited.png";
const STRENGTHS = [0.25, 0.5, 0.75];

interface EditFlags extends RunFlags, DiffusionFlags, Pick<FolderFlags, "fit"> {
  readonly strength?: string;
  readonly label?: string;
  readonly seed: string;
  readonly part: PartName;
  readonly count: string;
  readonly from: string;
}

export function register(command: Command): void {
  addDiffusionOptions(addRunOptions(command, OUT))
    .argument("[files...]", FILES_HELP)
    .option("--strength <share>", `how much may change, above 0 and at most 1: the share of the levels of noise that are gone through (default 0.5; without files ${STRENGTHS.join(", ")})`)
    .option("--label <class>", "of a model trained with --conditional: what the images are to become, by its name or number (default: files no class, examples their own)")
    .option("--seed <number>", "of the noise: image i depends on the seed and on i alone", "0")
    .addOption(fitOption())
    .addOption(splitOption())
    .option("--count <number>", "how many examples to show", "8")
    .option("--from <number>", "number of the first of them", "0")
    .addHelpText("after", "\nPuts noise on images and takes it off again, with a diffusion model (SDEdit, Meng et al. 2022): drawings and faulty pictures become more like the training images.\nWithout files: a figure of examples, edited (SVG, or PNG, as --out ends).")
    .action((path: string, files: readonly string[], flags: EditFlags) => withDiffusionRun(path, flags, (trained) => (files.length > 0 ? editFiles : showExamples)(trained, flags, files)));
}

const settingsOf = (trained: TrainedRun, { seed, strength, label }: EditFlags) => ({
  seed: wholeNumber("--seed", seed, 0),
  strength: strength === undefined ? undefined : share("--strength", strength),
  label: label === undefined ? undefined : classNumber(trained, label),
});

function editFiles(trained: TrainedRun, flags: EditFlags, files: readonly string[]): Promise<void> {
  const { seed, strength, label } = settingsOf(trained, flags);
  return throughFolder(trained, files, flags, (values, count) => edit(trained, values, { strength, seed, labels: label === undefined ? undefined : new Int32Array(count).fill(label) }));
}

async function showExamples(trained: TrainedRun, flags: EditFlags): Promise<void> {
  const { seed, strength, label } = settingsOf(trained, flags);
  const [count, from] = [wholeNumber("--count", flags.count, 1), wholeNumber("--from", flags.from, 0)];
  const strengths = strength === undefined ? STRENGTHS : [strength];
  const format = figureFormat(flags.out ?? OUT);
  const examples = await dataPart(trained, flags.part);
  const shown = Uint32Array.from({ length: Math.min(count, examples.count) }, (_, i) => (from + i) % examples.count);
  const labels = label === undefined ? labelsAt(examples, shown) : new Int32Array(shown.length).fill(label);
  const words = { title: `Edited by ${trained.model.title}`, subtitle: `${flags.part} examples${label === undefined ? "" : `, to become ${trained.spec.classes?.[label] ?? label}`}; strength above` };
  const figure = await format(await editsSvg(trained, examples, shown, { strengths, seed, labels }, words));
  await deliver(trained, flags, OUT, figure, { count: shown.length, from, part: flags.part, seed, strengths, ...(label !== undefined && { label }) });
}
