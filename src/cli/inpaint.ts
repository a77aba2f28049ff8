import { Option, type Command } from "commander";
import type { ImageSpec } from "../data/dataset.js";
import type { Fit, Size } from "../data/image-file.js";
import { UsageError } from "../errors.js";
import { requireImages } from "../verbs/abilities.js";
import { inpaint, inpaintingSvg, maskOf, missingParts, type InpaintRequest, type MissingPart } from "../verbs/inpaint.js";
import type { TrainedRun } from "../verbs/open.js";
import { addChangeOptions, changeFiles, examplesShown, type ChangeFlags } from "./changed-pictures.js";
import { withDiffusionRun } from "./diffusion-run.js";
import { givenFigureFormat } from "./figure-file.js";
import { wholeNumber } from "./numbers.js";
import { deliver } from "./run-command.js";

const OUT = "figures/inpainted.png";

interface InpaintFlags extends ChangeFlags {
  readonly mask?: string;
  readonly missing?: MissingPart;
  readonly resample: string;
}

const addOwnOptions = (command: Command): Command =>
  command
    .option("--mask <file>", "an image of the files' own size (without files: of that of the training images): what is white in it is filled in, what is black or transparent is kept")
    .addOption(new Option("--missing <part>", "instead of a mask: the left half, the upper half, the square in the middle, or half of the pixels by --seed (default for examples: centre)").choices(missingParts).conflicts("mask"))
    .option("--resample <times>", "how often each step is made: the more, the better what is filled in agrees with the rest, and the longer it takes", "10");

export function register(command: Command): void {
  addChangeOptions(command, { out: OUT, label: "what the images show", count: 10, diffusion: { sampler: "ddpm", steps: 50, suits: ({ memory }) => !memory }, own: addOwnOptions })
    .addHelpText("after", "\nFills in what is missing of images, with a diffusion model (RePaint, Lugmayr et al. 2022).\nWithout files: a figure of examples, without a part of them, and filled in (SVG, or PNG, as --out ends).")
    .action((path: string, files: readonly string[], flags: InpaintFlags) => withDiffusionRun(path, flags, (trained) => (files.length > 0 ? inpaintFiles : showExamples)(trained, flags, files)));
}

async function inpaintFiles(trained: TrainedRun, flags: InpaintFlags, files: readonly string[]): Promise<void> {
  if (flags.mask === undefined && flags.missing === undefined) throw new UsageError("What is missing of the files is not said", "Name an image that is white there: --mask mask.png, or a part: --missing left");
  const request = await requestOf(trained, flags, files);
  await changeFiles(trained, files, flags, (values, labels) => inpaint(trained, values, { ...request, labels }));
}

async function showExamples(trained: TrainedRun, flags: InpaintFlags): Promise<void> {
  const format = givenFigureFormat(flags.out, OUT);
  const request = await requestOf(trained, flags);
  const { examples, shown, labels, facts } = await examplesShown(trained, flags);
  const figure = await format(await inpaintingSvg(trained, examples, shown, { ...request, labels }, { title: `Filled in by ${trained.model.title}`, subtitle: `${facts.part} examples` }));
  const { seed, resample } = request;
  await deliver(trained, flags, OUT, figure, { ...facts, seed, resample, ...(flags.mask === undefined ? { missing: flags.missing ?? "centre" } : { mask: flags.mask }) });
}

async function requestOf(trained: TrainedRun, { mask, missing = "centre", fit, ...flags }: InpaintFlags, files: readonly string[] = []): Promise<InpaintRequest> {
  const { shape } = requireImages(trained);
  const [seed, resample] = [wholeNumber("--seed", flags.seed, 0), wholeNumber("--resample", flags.resample, 1)];
  return { mask: mask === undefined ? maskOf(missing, shape, seed) : await readMask(mask, fit, shape, files), seed, resample };
}

/** A mask from a file, brought to the size of the model's images as the files are that it lies over. A UsageError where it does not lie over them pixel by pixel: cut or stretched by itself, it would be about other parts of them. */
async function readMask(mask: string, fit: Fit, [, height, width]: ImageSpec["shape"], files: readonly string[]): Promise<Float32Array> {
  const { pictureFiles, pictureReader, pictureSize } = await import("../data/picture-files.js");
  const own = await pictureSize(mask);
  const requireSame = (size: Size, name: string): void => {
    if (size.width !== own.width || size.height !== own.height) throw new UsageError(`${mask} has ${own.width} x ${own.height} pixels, but ${name} ${size.width} x ${size.height}`, "Make the mask as large as what it lies over.");
  };
  if (files.length === 0) requireSame({ width, height }, "the training images have");
  for (const { path } of await pictureFiles(files)) requireSame(await pictureSize(path), `${path} has`);
  const read = await pictureReader(1, { fit, size: { height, width } }, "black");
  return (await read(mask)).values;
}
