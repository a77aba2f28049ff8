import { readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { decodePng, encodePng, rasterOf } from "../figures/png.js";
import { denoisePicture, denoisingFigure } from "../verbs/denoise.js";
import { firstExamples } from "../verbs/figures.js";
import type { TrainedRun } from "../verbs/open.js";
import { denoisingTable, showsImages } from "../verbs/tables.js";
import { addRunOptions, dataPart, deliver, splitOption, TABLE_HELP, withRun, type RunFlags } from "./run-command.js";
import { wholeNumber } from "./numbers.js";

const OUT = "figures/denoised.png";
/** Of vectors and series. */
const TABLE = "denoised.csv";

interface DenoiseFlags extends RunFlags {
  readonly part: "train" | "validation" | "test";
  readonly count: string;
  readonly from: string;
  readonly seed: string;
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .argument("[files...]", "PNG files to clean; each is written beside itself: photo.png becomes photo.denoised.png")
    .addOption(splitOption())
    .option("--count <number>", "how many examples", "20")
    .option("--from <number>", "number of the first example", "0")
    .option("--seed <number>", "of the corruption", "0")
    .addHelpText("after", "\nWithout files: a figure of examples, corrupted as in training, and cleaned, one below the other. --out names the figure, or where the one file goes." + TABLE_HELP)
    .action((path: string, files: readonly string[], flags: DenoiseFlags) => {
      if (flags.out !== undefined && files.length > 1) throw new UsageError(`--out is one file, but ${files.length} are to be cleaned`, "Leave it out: each is written beside itself.");
      return withRun(path, flags, (trained) => (files.length > 0 ? cleanFiles(trained, files, flags) : showExamples(trained, flags)));
    });
}

async function cleanFiles(trained: TrainedRun, files: readonly string[], flags: DenoiseFlags): Promise<void> {
  for (const file of files) {
    const bytes = await readFile(file).catch((error: Error) => {
      throw new UsageError(`${file} cannot be read: ${error.message}`);
    });
    const picture = decodePng(bytes, file);
    const { dir, name } = parse(file);
    const out = flags.out ?? join(dir, `${name}.denoised.png`);
    await deliver(trained, { ...flags, out }, OUT, encodePng(rasterOf(await denoisePicture(trained, picture))), { file, shape: picture.shape });
  }
}

async function showExamples(trained: TrainedRun, flags: DenoiseFlags): Promise<void> {
  const { part } = flags;
  const [count, from, seed] = [wholeNumber("--count", flags.count, 1), wholeNumber("--from", flags.from, 0), wholeNumber("--seed", flags.seed, 0)];
  const originals = firstExamples(trained, await dataPart(trained, part), count, from);
  const facts = { count, from, part, seed };
  if (!showsImages(trained)) {
    const { table, ...errors } = await denoisingTable(trained, originals, flags.out ?? TABLE, { seed });
    return deliver(trained, flags, TABLE, table, { ...facts, ...errors });
  }
  const { figure, ...errors } = await denoisingFigure(trained, originals, { seed });
  return deliver(trained, flags, OUT, encodePng(figure), { ...facts, ...errors });
}
