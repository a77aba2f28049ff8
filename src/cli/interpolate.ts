import { Option, type Command } from "commander";
import type { Interpolation } from "../analysis/interpolate.js";
import { takeExamples } from "../data/batches.js";
import { UsageError } from "../errors.js";
import { encodePng } from "../figures/png.js";
import { classNumber, interpolatesDraws, usualInterpolation } from "../verbs/abilities.js";
import { drawnInterpolationFigure, endsOf, interpolationFigure } from "../verbs/figures.js";
import { interpolationsSvg, midpointDistances, type InterpolationsRequest, type MidpointDistances } from "../verbs/interpolations.js";
import type { TrainedRun } from "../verbs/open.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { figureFormat, requirePng } from "./figure-file.js";
import { optionalWholeNumber, wholeNumber } from "./numbers.js";
import { printTable } from "./print.js";
import { withDiffusionRun } from "./diffusion-run.js";
import { addRunOptions, dataPart, deliver, splitOption, type RunFlags } from "./run-command.js";

const OUT = "figures/interpolation.png";
/** Of two runs. */
const BOTH = "figures/interpolations.svg";
/** Training images among which the nearest is looked for. */
const KNOWN = 10_000;

interface InterpolateFlags extends RunFlags {
  readonly levels?: string;
  readonly pairs: string;
  readonly steps: string;
  readonly from?: string;
  readonly method?: Interpolation;
  readonly part: "train" | "validation" | "test";
  readonly seed?: string;
  readonly label?: string;
}

type Wanted = Pick<InterpolationsRequest, "pairs" | "steps">;

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .argument("[other]", "a second run: shows the ways of both between the same examples, and measures what lies on them")
    .option("--pairs <number>", "how many pairs, one row each", "6")
    .option("--steps <number>", "images in a row, both ends included", "10")
    .option("--from <number>", "number of the first example (default 0)")
    .addOption(new Option("--method <name>", "straight through the codings, or along a great circle (default linear between examples, spherical between draws and with diffusion models)").choices(["linear", "spherical"]))
    .option("--seed <number>", "of a model that encodes no examples, such as a GAN: pair i of its draws depends on the seed and on i alone (default 0)")
    .option("--class, --label <class>", "of such a model that is told classes: this class, by its name or number (default: the classes in turn, one row each)")
    .option("--levels <number>", "of a diffusion model, whose codings are the noise that leads to an example: levels of noise on the way there and back (default 50)")
    .addOption(splitOption())
    .addHelpText("after", `\nWith a second run the figure is ${BOTH}, and a table says how far the images halfway between 1,000 pairs of examples are from\nthe nearest of ${KNOWN.toLocaleString("en")} training images (mean squared error), beside the same for reconstructions.`)
    .action((path: string, other: string | undefined, flags: InterpolateFlags) => {
      optionalWholeNumber("--levels", flags.levels, 2);
      const wanted = { pairs: wholeNumber("--pairs", flags.pairs, 1), steps: wholeNumber("--steps", flags.steps, 2) };
      if (other !== undefined) return two(path, other, flags, wanted);
      requirePng(flags.out ?? OUT);
      return open(path, flags, (trained) => (interpolatesDraws(trained) ? betweenDraws : betweenExamples)(trained, flags, wanted));
    });
}

const open = (path: string, { levels, ...flags }: InterpolateFlags, work: (trained: TrainedRun) => Promise<void>): Promise<void> => withDiffusionRun(path, { ...flags, steps: levels }, work);

async function betweenExamples(trained: TrainedRun, flags: InterpolateFlags, { pairs, steps }: Wanted): Promise<void> {
  const { from, method = usualInterpolation(trained) } = amongExamples(flags);
  const ends = endsOf(trained, await dataPart(trained, flags.part), pairs, from);
  await deliver(trained, flags, OUT, encodePng(await interpolationFigure(trained, ends, steps, method)), { pairs, steps, method });
}

async function betweenDraws(trained: TrainedRun, flags: InterpolateFlags, wanted: Wanted): Promise<void> {
  if (flags.from !== undefined) throw new UsageError(`The model "${trained.model.name}" encodes no examples to start --from`, "Leave it out: the ends are draws, others by another --seed.");
  const [seed, method] = [wholeNumber("--seed", flags.seed ?? "0", 0), flags.method ?? "spherical"];
  const label = flags.label === undefined ? undefined : classNumber(trained, flags.label);
  const draws = { ...wanted, seed, method, ...(label !== undefined && { labels: new Int32Array(wanted.pairs).fill(label) }) };
  await deliver(trained, flags, OUT, encodePng(await drawnInterpolationFigure(trained, draws)), { ...wanted, method, seed, ...(label !== undefined && { label }) });
}

/** What is said of ways between examples; a UsageError for what is about draws. */
function amongExamples({ from = "0", method, seed, label }: InterpolateFlags): Pick<InterpolationsRequest, "from" | "method"> {
  for (const [flag, given] of Object.entries({ "--seed": seed, "--class": label }))
    if (given !== undefined) throw new UsageError(`${flag} is for models that encode no examples: this one goes from example to example`, "Leave it out; --from is the first example.");
  return { from: wholeNumber("--from", from, 0), ...(method && { method }) };
}

function two(path: string, other: string, flags: InterpolateFlags, sizes: Wanted): Promise<void> {
  const format = figureFormat(flags.out ?? BOTH);
  return open(path, flags, (first) =>
    open(other, flags, async (second) => {
      const runs = [first, second];
      const { method = runs.some(({ built }) => built.diffusion) ? "spherical" : "linear", ...rest } = amongExamples(flags);
      const wanted = { ...sizes, ...rest, method };
      const splits = await loadData(dataOf(first.config), (line) => console.error(line));
      const figure = await format(await interpolationsSvg(runs, splits[flags.part], { ...wanted, names: namesOf(runs) }));
      const measured: (MidpointDistances & { readonly run: string })[] = [];
      for (const run of runs) measured.push({ run: run.path, ...(await midpointDistances(run, splits[flags.part], takeExamples(splits.train, KNOWN), { method: wanted.method })) });
      if (!flags.json) print(measured);
      await deliver(first, flags, BOTH, figure, { ...wanted, part: flags.part, distances: measured });
    }),
  );
}

/** Titles of the models where they tell the runs apart, else their folders. */
const namesOf = (runs: readonly TrainedRun[]): string[] => runs.map(({ model, path }) => (new Set(runs.map((run) => run.model.title)).size === runs.length ? model.title : path));

const print = (rows: readonly (MidpointDistances & { readonly run: string })[]): void =>
  printTable([["run", "midpoints", "reconstructions", "ratio"], ...rows.map(({ run, midpoints, ends }) => [run, midpoints.toFixed(5), ends.toFixed(5), (midpoints / ends).toFixed(3)])]);
