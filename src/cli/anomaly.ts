import { join } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { writeWhole } from "../training/index.js";
import { classIndex } from "../verbs/abilities.js";
import { anomalies, anomaliesCsv, anomaliesSvg, requireTellingErrors } from "../verbs/anomaly.js";
import { heldOut, heldOutCsv, meansOf, type HeldOutResult } from "../verbs/held-out.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { showsImages } from "../verbs/tables.js";
import { figureFormat } from "./figure-file.js";
import { wholeNumber } from "./numbers.js";
import { printTable } from "./print.js";
import { addRunOptions, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";

const [FIGURE, SCORES, TABLE] = ["figures/anomalies.svg", "anomalies.csv", "held-out.csv"];

interface AnomalyFlags extends RunFlags {
  readonly quantile: string;
  readonly count: string;
  readonly part: "train" | "validation" | "test";
  readonly heldOut?: string;
  readonly epochs: string;
}

export function register(command: Command): void {
  addRunOptions(command, FIGURE)
    .option("--quantile <share>", "share of the validation examples that count as normal", "0.99")
    .option("--count <number>", "how many of the most unusual the figure shows", "20")
    .addOption(splitOption())
    .option("--held-out <classes>", "test the method instead: train the run's model anew without each of these classes (names or numbers, or all), and look for them in the test examples")
    .option("--epochs <number>", "passes over the data of each training of --held-out; stages with a number of their own keep it", "3")
    .addHelpText("after", `\nThe score of an example is the mean squared error of its reconstruction. Beside the figure, ${SCORES} has the score of every example, and is all that a run on vectors or series gets; --held-out writes ${TABLE}.`)
    .action((path: string, flags: AnomalyFlags) => (flags.heldOut === undefined ? score(path, flags) : holdOut(path, flags, flags.heldOut)));
}

function score(path: string, flags: AnomalyFlags): Promise<void> {
  const [count, quantile] = [wholeNumber("--count", flags.count, 1), Number(flags.quantile)];
  if (!(quantile > 0 && quantile < 1)) throw new UsageError(`--quantile is ${flags.quantile}`, "Use a number between 0 and 1, such as 0.99.");
  return withRun(path, flags, async (trained) => {
    requireTellingErrors(trained);
    const format = showsImages(trained) ? figureFormat(flags.out ?? FIGURE) : undefined;
    const splits = await loadData(dataOf(trained.config), (line) => console.error(line));
    const examples = splits[flags.part];
    const found = await anomalies(trained, examples, splits.validation, quantile);
    const { threshold, above } = found;
    console.error(`${above.length} of ${examples.count} (${((100 * above.length) / examples.count).toFixed(2)}%) are above ${threshold.toPrecision(4)}, the error that ${100 * quantile}% of the validation examples do not exceed.`);
    const facts = { part: flags.part, quantile, threshold, count: examples.count, above: above.length };
    if (!format) return deliver(trained, flags, SCORES, anomaliesCsv(examples, found), facts);
    const scores = flags.out?.replace(/[.]\w+$/, ".csv") ?? join(trained.path, SCORES);
    await writeWhole(scores, anomaliesCsv(examples, found));
    await deliver(trained, flags, FIGURE, await format(await anomaliesSvg(trained, examples, found, count)), { scores, ...facts }, scores);
  });
}

function holdOut(path: string, flags: AnomalyFlags, wanted: string): Promise<void> {
  const epochs = wholeNumber("--epochs", flags.epochs, 1);
  return withRun(path, flags, async (trained) => {
    requireTellingErrors(trained);
    const classes = wanted === "all" ? undefined : wanted.split(",").map((name) => classIndex(trained.spec, name.trim()));
    const splits = await loadData(dataOf(trained.config), (line) => console.error(line));
    const nameOf = (number: number): string => trained.spec.classes?.[number] ?? String(number);
    const results = await heldOut(trained, splits, { classes, training: { ...trained.config.training, epochs }, onResult: (result) => console.error(`without ${nameOf(result.class)}: ROC-AUC ${percent(result.auc)}%`) });
    const rows: [string, Omit<HeldOutResult, "class">][] = [...results.map((result): [string, HeldOutResult] => [nameOf(result.class), result]), ["mean", meansOf(results)]];
    if (!flags.json) printTable([["held out", "ROC-AUC (%)", "of PCA (%)"], ...rows.map(([name, { auc, pcaAuc }]) => [name, percent(auc), pcaAuc === undefined ? "" : percent(pcaAuc)])]);
    await deliver(trained, flags, TABLE, heldOutCsv(results), { epochs, results, mean: meansOf(results) });
  });
}

const percent = (share: number): string => (100 * share).toFixed(2);
