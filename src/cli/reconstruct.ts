import { Option, type Command } from "commander";
import { batchOf, takeExamples } from "../data/batches.js";
import type { PartName } from "../data/dataset.js";
import { encodePng } from "../figures/png.js";
import { labelsAt, reconstructionFigure } from "../verbs/figures.js";
import { labelledReconstructions } from "../verbs/labelled-reconstructions.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { orderedExamples, orders, reconstructionReport, type Order, type ReconstructionReport } from "../verbs/reconstruction-report.js";
import { reconstructionTable, showsImages } from "../verbs/tables.js";
import { formatNumber } from "./display.js";
import { figureFormat, requirePng } from "./figure-file.js";
import { optionalWholeNumber, wholeNumber } from "./numbers.js";
import { counted, printTable } from "./print.js";
import { addDiffusionOptions, type DiffusionFlags } from "./diffusion-options.js";
import { withDiffusionRun } from "./diffusion-run.js";
import { addRunOptions, deliver, splitOption, TABLE_HELP, type RunFlags } from "./run-command.js";

/** What is written: of images a figure, with words where it is about errors; of vectors and series a table. */
const OUT: Readonly<Record<Order, { readonly figure: string; readonly table: string }>> = {
  first: { figure: "figures/reconstructions.png", table: "reconstructions.csv" },
  random: { figure: "figures/reconstructions.png", table: "reconstructions.csv" },
  worst: { figure: "figures/worst.svg", table: "worst.csv" },
  best: { figure: "figures/best.svg", table: "best.csv" },
};

/** Of a diffusion model each takes as long as two samples. */
const AMONG_FOR_DIFFUSION = 100;

interface ReconstructFlags extends RunFlags, DiffusionFlags {
  readonly among?: string;
  readonly count: string;
  readonly from: string;
  readonly which: Order;
  readonly seed: string;
  readonly part: PartName;
}

export function register(command: Command): void {
  addDiffusionOptions(addRunOptions(command, OUT.first.figure), { steps: 50, suits: (sampler) => sampler.follows(sampler.options.parse({})), without: ["sampler-set"] })
    .option("--count <number>", "how many", "20")
    .addOption(new Option("--which <examples>", "which to show: by their place in the data, by their error, or drawn by --seed").choices(orders).default("first"))
    .option("--from <number>", "how many of these to pass over", "0")
    .option("--seed <number>", "seed of --which random", "0")
    .option("--among <number>", `rebuild only the first so many of the part (default: all; with a diffusion model ${AMONG_FOR_DIFFUSION})`)
    .addOption(splitOption())
    .addHelpText("after", `\nPrints the mean squared error over the part and for each class, beside that of exact PCA with codings of the same size.\nThe worst and the best are shown with class, number and error, in ${OUT.worst.figure} and ${OUT.best.figure}: SVG, or PNG where --out ends in .png.${TABLE_HELP}`)
    .action((path: string, flags: ReconstructFlags) => {
      const [wanted, from, seed] = [wholeNumber("--count", flags.count, 1), wholeNumber("--from", flags.from, 0), wholeNumber("--seed", flags.seed, 0)];
      const { which, part } = flags;
      const among = optionalWholeNumber("--among", flags.among, 1);
      const { figure, table } = OUT[which];
      return withDiffusionRun(path, flags, async (trained) => {
        const ofErrors = which === "worst" || which === "best";
        const format = showsImages(trained) && ofErrors ? figureFormat(flags.out ?? figure) : undefined;
        if (showsImages(trained) && !format) requirePng(flags.out ?? figure);
        const whole = await loadData(dataOf(trained.config), (line) => console.error(line));
        const examples = takeExamples(whole[part], among ?? (trained.built.diffusion ? AMONG_FOR_DIFFUSION : Infinity));
        const splits = { ...whole, [part]: examples };
        const { errors, ...report } = await reconstructionReport(trained, splits, part);
        const order = orderedExamples(which, errors, seed);
        const shown = Uint32Array.from({ length: Math.min(wanted, order.length) }, (_, i) => order[(from + i) % order.length]);
        const facts = { count: shown.length, from, which, ...(which === "random" && { seed }), part, examples: Array.from(shown), report };
        if (!flags.json) print(report, part, whole.train.count);
        const originals = batchOf(examples, shown, trained.model.accepts.range);
        if (!showsImages(trained)) return deliver(trained, flags, table, await reconstructionTable(trained, originals, flags.out ?? table), facts);
        if (!format) return deliver(trained, flags, figure, encodePng(await reconstructionFigure(trained, originals, 10, labelsAt(examples, shown))), facts);
        const words = { title: `Rebuilt ${which}: ${trained.model.title.toLowerCase()}`, subtitle: `${shown.length} of ${report.count.toLocaleString("en")} ${part} examples, each with its number and mean squared error; mean of all: ${report.meanSquaredError.toFixed(4)}` };
        return deliver(trained, flags, figure, await format(await labelledReconstructions(trained, examples, shown, errors, words)), facts);
      });
    });
}

/** One line for each class and one for all, then what PCA is, and the numbers of the worst and the best. */
function print({ count, meanSquaredError, pca, classes = [], worst, best }: Omit<ReconstructionReport, "errors">, part: PartName, trainingExamples: number): void {
  const compared = "size" in pca;
  const line = (name: string, n: number, own: number, ofPca: number | undefined): string[] => [String(n), formatNumber(own), ...(compared ? [ofPca === undefined ? "" : formatNumber(ofPca)] : []), name];
  const rows = [
    ["examples", "error", ...(compared ? ["of PCA"] : []), classes.length > 0 ? "class" : ""],
    ...classes.map(({ name, count: n, meanSquaredError: own, pcaMeanSquaredError }) => line(name, n, own, pcaMeanSquaredError)),
    line("all", count, meanSquaredError, compared ? pca.meanSquaredError : undefined),
  ];
  console.log(`Mean squared error of the ${part} examples, for values in [0, 1]:`);
  printTable(rows, compared ? 3 : 2);
  console.log(compared ? `PCA: exact, with as many codings (${counted(pca.size, "real number")}), fitted to the ${trainingExamples.toLocaleString("en")} training examples. Reconstructions are limited to [0, 1].` : `Not compared with PCA: ${pca.reason}.`);
  for (const [name, examples] of Object.entries({ worst, best })) console.log(`${name}: ${examples.map(({ example, meanSquaredError: own }) => `no. ${example} (${formatNumber(own)})`).join(", ")}`);
}
