import { Option, type Command } from "commander";
import { takeExamples } from "../data/batches.js";
import { encodePng } from "../figures/png.js";
import { endsOf, interpolationFigure } from "../verbs/figures.js";
import { interpolationsSvg, midpointDistances, type InterpolationsRequest, type MidpointDistances } from "../verbs/interpolations.js";
import type { TrainedRun } from "../verbs/open.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { figureFormat } from "./figure-file.js";
import { wholeNumber } from "./numbers.js";
import { printTable } from "./print.js";
import { addRunOptions, dataPart, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";

const OUT = "figures/interpolation.png";
/** Of two runs. */
const BOTH = "figures/interpolations.svg";
/** Training images among which the nearest is looked for. */
const KNOWN = 10_000;

interface InterpolateFlags extends RunFlags {
  readonly pairs: string;
  readonly steps: string;
  readonly from: string;
  readonly method: "linear" | "spherical";
  readonly part: "train" | "validation" | "test";
}

type Wanted = Required<Omit<InterpolationsRequest, "names">>;

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .argument("[other]", "a second run: shows the ways of both between the same examples, and measures what lies on them")
    .option("--pairs <number>", "how many pairs of examples, one row each", "6")
    .option("--steps <number>", "images in a row, both ends included", "10")
    .option("--from <number>", "number of the first example", "0")
    .addOption(new Option("--method <name>", "straight through the codings, or along a great circle").choices(["linear", "spherical"]).default("linear"))
    .addOption(splitOption())
    .addHelpText("after", `\nWith a second run the figure is ${BOTH}, and a table says how far the images halfway between 1,000 pairs of examples are from\nthe nearest of ${KNOWN.toLocaleString("en")} training images (mean squared error), beside the same for reconstructions.`)
    .action((path: string, other: string | undefined, flags: InterpolateFlags) => {
      const wanted: Wanted = { pairs: wholeNumber("--pairs", flags.pairs, 1), steps: wholeNumber("--steps", flags.steps, 2), from: wholeNumber("--from", flags.from, 0), method: flags.method };
      return other === undefined ? one(path, flags, wanted) : two(path, other, flags, wanted);
    });
}

const one = (path: string, flags: InterpolateFlags, { pairs, steps, from, method }: Wanted): Promise<void> =>
  withRun(path, flags, async (trained) => {
    const ends = endsOf(trained, await dataPart(trained, flags.part), pairs, from);
    await deliver(trained, flags, OUT, encodePng(await interpolationFigure(trained, ends, steps, method)), { pairs, steps, method });
  });

function two(path: string, other: string, flags: InterpolateFlags, wanted: Wanted): Promise<void> {
  const format = figureFormat(flags.out ?? BOTH);
  return withRun(path, flags, (first) =>
    withRun(other, flags, async (second) => {
      const runs = [first, second];
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
