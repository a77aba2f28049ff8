import { join } from "node:path";
import { Option, type Command } from "commander";
import { takeExamples } from "../data/batches.js";
import { writeWhole } from "../training/index.js";
import { requireOwnSamples } from "../verbs/abilities.js";
import { evaluate, type Evaluation, type Score } from "../verbs/evaluate.js";
import { classSharesSvg, nearestTrainingSvg } from "../verbs/evaluation-figures.js";
import { scoreNames, type ScoreName } from "../verbs/judge.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { priorNames, type PriorName } from "../verbs/priors.js";
import { addDiffusionOptions, type DiffusionFlags } from "./diffusion-options.js";
import { withDiffusionRun } from "./diffusion-run.js";
import { formatNumber } from "./display.js";
import { figureFormat } from "./figure-file.js";
import { wholeNumber } from "./numbers.js";
import { printTable } from "./print.js";
import { addRunOptions, deliver, type RunFlags } from "./run-command.js";

const OUT = "evaluation.json";

interface EvaluateFlags extends RunFlags, DiffusionFlags {
  readonly samples: string;
  readonly draws: string;
  readonly seed: string;
  readonly prior?: PriorName;
  readonly figures: "svg" | "png";
}

export function register(command: Command): void {
  addDiffusionOptions(addRunOptions(command, OUT))
    .option("--samples <number>", "samples of each draw, and real examples that they are compared with", "10000")
    .option("--draws <number>", "how often so many are drawn", "3")
    .option("--seed <number>", "of the samples", "0")
    .addOption(new Option("--prior <name>", "where codings come from, as for morphogen sample").choices(priorNames))
    .addOption(new Option("--figures <format>", "of the figures in the run folder: figures/nearest-training and figures/classes").choices(["svg", "png"]).default("svg"))
    .addHelpText("after", "\nBeside each score stands that of as many real test examples: the floor. Labelled images are compared by the features of a small classifier, which is trained once for each data set and kept in the cache folder.")
    .action((path: string, flags: EvaluateFlags) => {
      const [samples, draws, seed] = [wholeNumber("--samples", flags.samples, 1), wholeNumber("--draws", flags.draws, 1), wholeNumber("--seed", flags.seed, 0)];
      return withDiffusionRun(path, flags, async (trained) => {
        requireOwnSamples(trained);
        const onProgress = (line: string) => console.error(line);
        // Scores are of the data, whatever part of it the run was trained on.
        const { limit, ...request } = dataOf(trained.config);
        const data = await loadData(request, onProgress);
        const trainedOn = limit === undefined ? data.train : takeExamples(data.train, limit);
        const evaluation = await evaluate(trained, { data, trainedOn, samples, draws, seed, prior: flags.prior, onProgress });
        const figures: string[] = [];
        const write = async (name: string, svg: string): Promise<void> => {
          const file = join(trained.path, "figures", `${name}.${flags.figures}`);
          await writeWhole(file, await figureFormat(file)(svg));
          figures.push(file);
        };
        if (trained.spec.kind === "images") await write("nearest-training", nearestTrainingSvg(evaluation, trained.spec));
        if (evaluation.classes) await write("classes", classSharesSvg(evaluation.classes));
        const { shown: _, ...facts } = evaluation;
        if (!flags.json) report(evaluation);
        await deliver(trained, flags, OUT, `${JSON.stringify({ run: path, seed, sampling: trained.sampling, ...facts }, undefined, 2)}\n`, { ...facts, figures });
        if (!flags.json) for (const figure of figures) console.log(figure);
      });
    });
}

interface Row {
  readonly title: string;
  /** Which way is good; left out where neither is. */
  readonly better?: "lower" | "higher";
  readonly format: (value: number) => string;
  /** Left out: as the value. */
  readonly formatSpread?: (value: number) => string;
}

const percent = (value: number): string => (100 * value).toFixed(1);
const decimals = (count: number) => (value: number): string => value.toFixed(count);
/** What may be of any size. */
const significant = { format: formatNumber, formatSpread: (value: number): string => (value < 10 ? value.toPrecision(2) : value.toFixed(0)) };

const rows: Readonly<Record<ScoreName, Row>> = {
  frechet: { title: "Fréchet distance (FID)", better: "lower", ...significant },
  kernel: { title: "kernel distance (KID)", better: "lower", ...significant },
  kernelError: { title: "  its standard error", ...significant },
  precision: { title: "precision (%)", better: "higher", format: percent },
  density: { title: "density", better: "higher", format: decimals(3) },
  recall: { title: "recall (%)", better: "higher", format: percent },
  coverage: { title: "coverage (%)", better: "higher", format: percent },
  inception: { title: "inception score", better: "higher", format: decimals(2) },
  classDivergence: { title: "KL of class shares (nats)", better: "lower", format: decimals(4) },
  missingClasses: { title: "classes without a sample", better: "lower", format: decimals(1) },
  rareClasses: { title: "classes with few", better: "lower", format: decimals(1) },
  asAsked: { title: "of the class asked for (%)", better: "higher", format: percent },
  nearestTraining: { title: "distance to training data", ...significant },
  nearer: { title: "nearer than test data (%)", format: percent },
  copies: { title: "copies (%)", better: "lower", format: percent },
};

function report({ count, prior, features, scores }: Evaluation): void {
  console.log(features.description);
  const cells = (score: Score, { title, better, format, formatSpread = format }: Row): string[] => {
    const spread = score.standardDeviation === undefined ? "" : `± ${formatSpread(score.standardDeviation)}`;
    return [title, better ?? "", format(score.mean), spread, format(score.floor)];
  };
  const lines = scoreNames.flatMap((name) => {
    const score = scores[name];
    return score ? [cells(score, rows[name])] : [];
  });
  printTable([["", "better", "samples", "", "real test data"], ...lines]);
  const draws = scores.frechet?.draws.length ?? 1;
  console.log(`${count.toLocaleString("en")} samples${prior === "model" ? "" : ` from codings of the prior "${prior}"`}${draws > 1 ? `, mean and standard deviation of ${draws} draws` : ""}.`);
}
