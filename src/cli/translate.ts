import { Option, type Command } from "commander";
import { takeExamples } from "../data/batches.js";
import type { PartName } from "../data/dataset.js";
import type { FileOptions } from "../data/file-options.js";
import type { Fit } from "../data/image-file.js";
import { UsageError } from "../errors.js";
import type { TrainedRun } from "../verbs/open.js";
import { kindDistances, LEAST_COMPARED, type KindDistances } from "../verbs/kinds.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { shapeToTranslate, taskOf, translatePicture, translationReport, translationsSvg, type Nearness, type TranslateOptions, type TranslationReport } from "../verbs/translate.js";
import { addDiffusionOptions, DIFFUSION, type DiffusionFlags } from "./diffusion-options.js";
import { withDiffusionRun } from "./diffusion-run.js";
import { formatNumber } from "./display.js";
import { givenFigureFormat } from "./figure-file.js";
import { optionalWholeNumber, wholeNumber } from "./numbers.js";
import { FILES_HELP, pictureJobs, picturesOutOption, writePicture } from "./picture-folder.js";
import { printTable } from "./print.js";
import { addRunOptions, deliver, splitOption, type RunFlags } from "./run-command.js";

type Task = NonNullable<FileOptions["task"]>;

const OUT = "figures/translations.svg";

interface TranslateFlags extends RunFlags, DiffusionFlags {
  readonly part: PartName;
  readonly count: string;
  readonly from: string;
  readonly back?: true;
  readonly fit?: Fit;
  readonly frechet?: true;
  readonly examples?: string;
  readonly seed?: string;
}

/** Examples that a table and distances are about where each takes a diffusion model many steps. */
const FEW = 500;

export const register = registerFor();

/** The commands of single tasks: `translate`, for runs that were trained on that task. */
export const registerTask = (task: Task) => registerFor(task);

function registerFor(task?: Task): (command: Command) => void {
  return (command) => addOptions(command).action((path: string, files: readonly string[], flags: TranslateFlags) =>
    withDiffusionRun(path, flags, (trained) => {
      if (task !== undefined) requireTask(trained, task);
      return files.length > 0 ? translateFiles(trained, files, flags) : showExamples(trained, flags);
    }),
  );
}

const addOptions = (command: Command): Command =>
  addDiffusionOptions(addRunOptions(command, picturesOutOption(OUT)), { suits: ({ jumps }) => !jumps, without: ["guidance"] })
    .argument("[files...]", FILES_HELP)
    .option("--back", "the other way: from the target's kind to the source's (cycle-gan)")
    .addOption(new Option("--fit <how>", "bring files to the size of the images that the model learned to translate (of superres the small ones: results have the size of the training images): cut to their middle, or stretched (default: translate them at their own size)").choices(["crop", "stretch"]))
    .addOption(splitOption())
    .option("--frechet", "also how far the translations of the test examples, all together, are from the kind that is wanted (FID): needs no pairs; trains a small classifier of both kinds, once")
    .option("--examples <number>", `how many of that part the table is about, and how many test examples are translated for --frechet (default all; ${FEW} of a diffusion model)`)
    .option("--count <number>", "how many examples to show", "10")
    .option("--from <number>", "number of the first of them", "0")
    .addOption(new Option("--seed <number>", "each source becomes another image with each seed (default 0)").helpGroup(DIFFUSION))
    .addHelpText("after", "\nWithout files: how near the translations of a part of the data come to their targets, beside copying the source, and a figure of some (SVG, or PNG, as --out ends).");

/** A UsageError for a run that learned something else. */
function requireTask(trained: TrainedRun, task: Task): void {
  const { task: learned } = taskOf(trained);
  if (learned !== task) throw new UsageError(`${trained.path} was not trained with --task ${task}${learned === undefined ? "" : `, but with --task ${learned}`}`, `Train a model for it: morphogen train diffusion-translation --task ${task} --residual; or use morphogen translate.`);
}

/** How to translate. A UsageError for a seed where nothing is drawn. */
function optionsOf({ model, built }: TrainedRun, { back, seed }: TranslateFlags): TranslateOptions {
  if (seed !== undefined && !built.diffusion) throw new UsageError(`"${model.name}" is no diffusion model: each source becomes one image`, "Leave --seed out.");
  return { back: back === true, seed: seed === undefined ? undefined : wholeNumber("--seed", seed, 0) };
}

async function translateFiles(trained: TrainedRun, paths: readonly string[], { out, fit, json, ...flags }: TranslateFlags): Promise<void> {
  const options = optionsOf(trained, flags);
  const jobs = await pictureJobs(paths, out);
  const { pictureReader } = await import("../data/picture-files.js");
  const [channels, height, width] = shapeToTranslate(trained, options);
  const read = await pictureReader(channels === 1 ? 1 : 3, fit && { fit, size: { height, width } });
  for (const job of jobs) await writePicture(job, await translatePicture(trained, await read(job.path), options), json);
}

async function showExamples(trained: TrainedRun, flags: TranslateFlags): Promise<void> {
  const { part } = flags;
  const options = optionsOf(trained, flags);
  const [wanted, from] = [wholeNumber("--count", flags.count, 1), wholeNumber("--from", flags.from, 0)];
  const format = givenFigureFormat(flags.out, OUT);
  const onProgress = (line: string) => console.error(line);
  const splits = await loadData(dataOf(trained.config), onProgress);
  const examples = splits[part];
  const usual = trained.built.diffusion ? FEW : undefined;
  const judged = optionalWholeNumber("--examples", flags.examples, flags.frechet ? LEAST_COMPARED : 1) ?? usual;
  const report = await translationReport(trained, judged === undefined ? examples : takeExamples(examples, judged), options);
  const shown = Uint32Array.from({ length: Math.min(wanted, examples.count) }, (_, i) => (from + i) % examples.count);
  const distances = flags.frechet && (await kindDistances(trained, splits, { ...options, examples: judged, onProgress }));
  if (!flags.json) {
    print(report, part);
    if (distances) printDistances(distances);
  }
  const words = { title: `Translated by ${trained.model.title}`, subtitle: subtitleOf(report, part) };
  const figure = await format(await translationsSvg(trained, examples, shown, words, options));
  await deliver(trained, flags, OUT, figure, { part, from, ...report, ...(distances && { distances }) });
}

const subtitleOf = ({ count, translated }: TranslationReport, part: PartName): string =>
  `${part} examples${translated ? `; PSNR of ${count.toLocaleString("en")}: ${translated.psnr.toFixed(2)} dB` : ""}`;

function print({ count, translated, copied }: TranslationReport, part: PartName): void {
  if (!translated) {
    console.log(`The ${count} ${part} examples are not paired: there is nothing to compare translations with.`);
    return;
  }
  const line = (name: string, { meanAbsoluteError, psnr, ssim }: Nearness): string[] => [meanAbsoluteError.toFixed(4), psnr.toFixed(2), ssim.toFixed(4), name];
  console.log(`${count.toLocaleString("en")} ${part} examples, for pixels in [0, 1]:`);
  printTable([["error", "PSNR", "SSIM", ""], line("translated", translated), ...(copied ? [line("untouched", copied)] : [])], 3);
}

function printDistances({ accuracy, count, ...distances }: KindDistances): void {
  console.log(`Fréchet distances of ${count.toLocaleString("en")} test examples to the kind that is wanted, by the features of a classifier that tells both kinds, right for ${(100 * accuracy).toFixed(1)}%:`);
  printTable([["FID", ""], ...(["translated", "untouched", "floor"] as const).map((name) => [formatNumber(distances[name]), name === "floor" ? "real examples of that kind" : name])], 1);
}
