import { join, parse } from "node:path";
import { Option, type Command } from "commander";
import { encodePng } from "../figures/png.js";
import { UsageError } from "../errors.js";
import { classNumber, requireAbility, requireOwnSamples } from "../verbs/abilities.js";
import { sampleFigure, squareFigure } from "../verbs/figures.js";
import { defaultPrior, priorNames, sampleFrom, type PriorName } from "../verbs/priors.js";
import type { TrainedRun } from "../verbs/open.js";
import { requireStrip, samplingStrip } from "../verbs/sampling-strip.js";
import { examplesTable, sampleTable, showsImages } from "../verbs/tables.js";
import { writeWhole } from "../training/index.js";
import { addRunOptions, dataPart, deliver, TABLE_HELP, type RunFlags } from "./run-command.js";
import { addDiffusionOptions, type DiffusionFlags } from "./diffusion-options.js";
import { withDiffusionRun } from "./diffusion-run.js";
import { requirePng } from "./figure-file.js";
import { share, wholeNumber } from "./numbers.js";

const OUT = "figures/samples.png";
/** Of vectors and series. */
const TABLE = "samples.csv";

interface SampleFlags extends RunFlags, DiffusionFlags {
  readonly count: string;
  readonly seed: string;
  readonly label?: string;
  readonly truncation?: string;
  readonly prior?: PriorName;
  readonly strip?: true;
}

export function register(command: Command): void {
  addDiffusionOptions(addRunOptions(command, OUT))
    .option("--count <number>", "how many", "64")
    .option("--seed <number>", "sample i depends on the seed and on i alone", "0")
    .option("--class, --label <class>", "of a conditional model: this class, by its name or number (default: one row for each class)")
    .option("--truncation <psi>", "of a model of styles: how far codings are from their mean, from 0 (all samples alike) to 1 (as they were drawn); 0.7 is usual")
    .addOption(new Option("--strip", "also a picture of the first samples at ten moments on the way from noise, as noisy as they are then, beside the samples: samples-strip.png").helpGroup("Of a diffusion model:"))
    .addOption(
      new Option("--prior <name>", "where codings come from: the model's own distribution, a mixture of normal distributions, or a second variational autoencoder, both fitted to the training data's codings (default: model where it can sample, else mixture)").choices(priorNames),
    )
    .addHelpText("after", TABLE_HELP)
    .action((path: string, flags: SampleFlags) => withDiffusionRun(path, flags, (trained) => deliverSamples(trained, flags)));
}

async function deliverSamples(trained: TrainedRun, flags: SampleFlags): Promise<void> {
  requireOwnSamples(trained);
  if (showsImages(trained)) requirePng(flags.out ?? OUT);
  const [count, seed] = [wholeNumber("--count", flags.count, 1), wholeNumber("--seed", flags.seed, 0)];
  const truncation = flags.truncation === undefined ? undefined : share("--truncation", flags.truncation);
  const prior = flags.prior ?? defaultPrior(trained);
  const label = flags.label === undefined ? undefined : classNumber(trained, flags.label);
  if (label !== undefined && prior !== "model") throw new UsageError(`--class is of the model's own distribution, not of --prior ${prior}`, "Leave out one of them.");
  if (truncation !== undefined) requireAbility(trained, "truncate");
  if (flags.strip) requireStrip(trained);
  const request = { count, seed, truncation, ...(label !== undefined && { labels: new Int32Array(count).fill(label) }) };
  const facts = { count, seed, prior, ...(label !== undefined && { label }), ...(truncation !== undefined && { truncation }) };
  const fitted = () => sampleFrom(trained, { prior, count, seed, examples: () => dataPart(trained, "train"), onProgress: (line) => console.error(line) });
  if (!showsImages(trained)) {
    const out = flags.out ?? TABLE;
    return deliver(trained, flags, TABLE, prior === "model" ? await sampleTable(trained, request, out) : examplesTable(trained, await fitted(), out), facts);
  }
  const figure = prior === "model" ? await sampleFigure(trained, count, seed, { label, truncation }) : squareFigure(trained, await fitted());
  const strip = flags.strip && stripFile(flags.out ?? join(trained.path, OUT));
  if (strip) await writeWhole(strip, encodePng(await samplingStrip(trained, request)));
  return deliver(trained, flags, OUT, encodePng(figure), { ...facts, ...(strip && { strip }) }, strip);
}

/** "samples.png": "samples-strip.png". */
function stripFile(samples: string): string {
  const { dir, name } = parse(samples);
  return join(dir, `${name}-strip.png`);
}
