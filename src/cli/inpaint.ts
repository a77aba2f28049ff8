import { Option, type Command } from "commander";
import type { PartName } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { classNumber, requireImages } from "../verbs/abilities.js";
import { labelsAt } from "../verbs/figures.js";
import { inpaint, inpaintingSvg, maskOf, missingParts, type InpaintRequest, type MissingPart } from "../verbs/inpaint.js";
import type { TrainedRun } from "../verbs/open.js";
import { addDiffusionOptions, type DiffusionFlags } from "./diffusion-options.js";
import { withDiffusionRun } from "./diffusion-run.js";
import { figureFormat } from "./figure-file.js";
import { wholeNumber } from "./numbers.js";
import { FILES_HELP, fitOption, throughFolder, type FolderFlags } from "./picture-folder.js";
import { addRunOptions, dataPart, deliver, splitOption, type RunFlags } from "./run-command.js";

const OUT = "figures/inpainted.png";

interface InpaintFlags extends RunFlags, DiffusionFlags, Pick<FolderFlags, "fit"> {
  readonly mask?: string;
  readonly missing?: MissingPart;
  readonly resample: string;
  readonly label?: string;
  readonly seed: string;
  readonly part: PartName;
  readonly count: string;
  readonly from: string;
}

export function register(command: Command): void {
  addDiffusionOptions(addRunOptions(command, OUT))
    .argument("[files...]", FILES_HELP)
    .option("--mask <file>", "an image: what is white in it is filled in, what is black is kept; brought to the size of the training images as the files are")
    .addOption(new Option("--missing <part>", "instead of a mask: the left half, the upper half, the square in the middle, or half of the pixels by --seed (default for examples: centre)").choices(missingParts).conflicts("mask"))
    .option("--resample <times>", "how often each step is made: the more, the better what is filled in agrees with the rest, and the longer it takes", "10")
    .option("--label <class>", "of a model trained with --conditional: what the images show, by its name or number (default: files no class, examples their own)")
    .option("--seed <number>", "of the noise: image i depends on the seed and on i alone", "0")
    .addOption(fitOption())
    .addOption(splitOption())
    .option("--count <number>", "how many examples to show", "10")
    .option("--from <number>", "number of the first of them", "0")
    .addHelpText("after", "\nFills in what is missing of images, with a diffusion model (RePaint, Lugmayr et al. 2022); --sampler is ddpm and --steps 50 when nothing is said.\nWithout files: a figure of examples, without a part of them, and filled in (SVG, or PNG, as --out ends).")
    .action((path: string, files: readonly string[], flags: InpaintFlags) => withDiffusionRun(path, flags, (trained) => (files.length > 0 ? inpaintFiles : showExamples)(trained, flags, files)));
}

async function inpaintFiles(trained: TrainedRun, flags: InpaintFlags, files: readonly string[]): Promise<void> {
  if (flags.mask === undefined && flags.missing === undefined) throw new UsageError("What is missing of the files is not said", "Name an image that is white there: --mask mask.png, or a part: --missing left");
  const request = await requestOf(trained, flags);
  const label = labelOf(trained, flags);
  await throughFolder(trained, files, flags, (values, count) => inpaint(trained, values, { ...request, labels: label === undefined ? undefined : new Int32Array(count).fill(label) }));
}

async function showExamples(trained: TrainedRun, flags: InpaintFlags): Promise<void> {
  const [count, from, label] = [wholeNumber("--count", flags.count, 1), wholeNumber("--from", flags.from, 0), labelOf(trained, flags)];
  const format = figureFormat(flags.out ?? OUT);
  const request = await requestOf(trained, flags);
  const examples = await dataPart(trained, flags.part);
  const shown = Uint32Array.from({ length: Math.min(count, examples.count) }, (_, i) => (from + i) % examples.count);
  const labels = label === undefined ? labelsAt(examples, shown) : new Int32Array(shown.length).fill(label);
  const words = { title: `Filled in by ${trained.model.title}`, subtitle: `${flags.part} examples` };
  const figure = await format(await inpaintingSvg(trained, examples, shown, { ...request, labels }, words));
  await deliver(trained, flags, OUT, figure, { count: shown.length, from, part: flags.part, seed: request.seed, resample: request.resample, ...(flags.mask === undefined ? { missing: flags.missing ?? "centre" } : { mask: flags.mask }), ...(label !== undefined && { label }) });
}

const labelOf = (trained: TrainedRun, { label }: InpaintFlags): number | undefined => (label === undefined ? undefined : classNumber(trained, label));

async function requestOf(trained: TrainedRun, { mask, missing = "centre", fit, ...flags }: InpaintFlags): Promise<InpaintRequest> {
  const { shape } = requireImages(trained);
  const [, height, width] = shape;
  const [seed, resample] = [wholeNumber("--seed", flags.seed, 0), wholeNumber("--resample", flags.resample, 1)];
  if (mask === undefined) return { mask: maskOf(missing, shape, seed), seed, resample };
  const { pictureReader } = await import("../data/picture-files.js");
  const read = await pictureReader(1, { fit, size: { height, width } });
  return { mask: (await read(mask)).values, seed, resample };
}
