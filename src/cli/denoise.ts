import { dirname, join, parse } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { encodePng } from "../figures/png.js";
import { denoisePicture, denoisingFigure } from "../verbs/denoise.js";
import { firstExamples } from "../verbs/figures.js";
import type { TrainedRun } from "../verbs/open.js";
import { denoisingTable, showsImages } from "../verbs/tables.js";
import { formatNumber } from "./display.js";
import { requirePng } from "./figure-file.js";
import { wholeNumber } from "./numbers.js";
import { fileToWrite } from "./out-file.js";
import { pictureJobs, picturesOutOption, writePicture } from "./picture-folder.js";
import { addRunOptions, dataPart, deliver, splitOption, TABLE_HELP, withRun, type RunFlags } from "./run-command.js";

const OUT = "figures/denoised.png";
/** Of vectors and series. */
const TABLE = "denoised.csv";

interface DenoiseFlags extends RunFlags {
  readonly part: "train" | "validation" | "test";
  readonly count: string;
  readonly from: string;
  readonly seed: string;
  readonly noise?: string;
}

export function register(command: Command): void {
  addRunOptions(command, picturesOutOption(OUT, "beside each: photo.png becomes photo.denoised.png"))
    .argument("[files...]", "PNG, JPEG and WebP files to clean, and folders of them; results are PNG files")
    .option("--noise <stddev>", "of a diffusion model: how noisy the pictures are, the standard deviation of normal noise, for pixels from 0 to 1 (default for examples: 0.3)")
    .addOption(splitOption())
    .option("--count <number>", "how many examples", "20")
    .option("--from <number>", "number of the first example", "0")
    .option("--seed <number>", "of the corruption", "0")
    .addHelpText("after", "\nWithout files: a figure of examples, corrupted as in training or with so much noise, and cleaned, one below the other." + TABLE_HELP)
    .action((path: string, files: readonly string[], flags: DenoiseFlags) => withRun(path, flags, (trained) => (files.length > 0 ? cleanFiles(trained, files, flags) : showExamples(trained, flags))));
}

/** Of a diffusion model, which has none of its own. */
const USUAL_NOISE = 0.3;

function noiseOf({ noise }: DenoiseFlags): number | undefined {
  if (noise !== undefined && !(Number(noise) > 0)) throw new UsageError(`--noise is ${noise}`, "Use a number above 0, such as 0.2.");
  return noise === undefined ? undefined : Number(noise);
}

async function cleanFiles(trained: TrainedRun, paths: readonly string[], flags: DenoiseFlags): Promise<void> {
  const noise = noiseOf(flags);
  const { pictureFiles, pictureReader } = await import("../data/picture-files.js");
  const beside = async () => (await pictureFiles(paths)).map((file) => ({ ...file, target: join(dirname(file.path), `${parse(file.path).name}.denoised.png`) }));
  const jobs = flags.out === undefined ? await beside() : await pictureJobs(paths, flags.out);
  const read = await pictureReader("own");
  for (const job of jobs) await writePicture(job, await denoisePicture(trained, await read(job.path), { noise }), flags.json);
}

async function showExamples(trained: TrainedRun, flags: DenoiseFlags): Promise<void> {
  const { part } = flags;
  if (flags.out !== undefined) fileToWrite(flags.out, showsImages(trained) ? OUT : TABLE);
  if (showsImages(trained)) requirePng(flags.out ?? OUT);
  const [count, from, seed] = [wholeNumber("--count", flags.count, 1), wholeNumber("--from", flags.from, 0), wholeNumber("--seed", flags.seed, 0)];
  const noise = noiseOf(flags) ?? (trained.built.diffusion ? USUAL_NOISE : undefined);
  const originals = firstExamples(trained, await dataPart(trained, part), count, from);
  const facts = { count, from, part, seed, ...(noise !== undefined && { noise }) };
  if (!showsImages(trained)) {
    const { table, ...errors } = await denoisingTable(trained, originals, flags.out ?? TABLE, { seed, noise });
    return deliver(trained, flags, TABLE, table, { ...facts, ...errors });
  }
  const { figure, ...errors } = await denoisingFigure(trained, originals, { seed, noise });
  if (!flags.json) console.log(`Mean squared error for pixels from 0 to 1: ${formatNumber(errors.corruptionError)} corrupted, ${formatNumber(errors.denoisingError)} cleaned`);
  return deliver(trained, flags, OUT, encodePng(figure), { ...facts, ...errors });
}
