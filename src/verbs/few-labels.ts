/** What trainings of classifiers with few labels share: training one and testing it, means and gains over repetitions, a table of all and a figure. */
import { confidenceInterval, type Interval } from "../analysis/confidence.js";
import type { Examples } from "../data/dataset.js";
import { DataError } from "../errors.js";
import { accuracySvg } from "../figures/accuracy.js";
import { evaluator, fit, type FitJob } from "../training/index.js";

/** One training. */
export interface FewLabelsResult<Mode extends string> {
  /** Number of labelled training examples. */
  readonly labels: number;
  readonly mode: Mode;
  readonly seed: number;
  /** Share of the test examples that are classified rightly. */
  readonly accuracy: number;
  readonly steps: number;
}

/** One mode at one number of labels, over the seeds. */
export interface FewLabelsRow<Mode extends string> {
  readonly labels: number;
  readonly mode: Mode;
  readonly accuracy: Interval;
  /** How much more than in the mode that others are compared with, from the differences seed by seed; left out where there is nothing to compare. */
  readonly gain?: Interval;
}

/** Number of classes of the parts, by their names; a DataError when one has no labels. */
export function requireClasses(parts: Readonly<Record<string, Examples>>): number {
  const unlabelled = Object.entries(parts).find(([, { labels }]) => !labels);
  if (unlabelled) throw new DataError(`The ${unlabelled[0]} examples have no labels`, "Use data with labels, such as fashion-mnist.");
  return Math.max(...Object.values(parts).map(({ spec: { classes = [] }, labels = [] }) => Int32Array.from(labels).reduce((most, label) => Math.max(most, label + 1), classes.length)));
}

/** Trains a classifier whose metric `error` is the share of wrong answers, from the values that it has in the engine, and tests it. */
export async function trainAndTest({ test, ...job }: FitJob & { readonly test: Examples }): Promise<Pick<FewLabelsResult<never>, "accuracy" | "steps">> {
  const { model, range, engine, config: { seed } } = job;
  const { steps } = await fit(job);
  const tester = await evaluator({ model, examples: test, range, engine, seed });
  const { metrics: { error } } = await tester.run();
  await tester.dispose();
  return { accuracy: 1 - error, steps };
}

/** Means and 95% intervals over the seeds, by number of labels and mode, and gains over the mode `baseline`. */
export function summarize<Mode extends string>(results: readonly FewLabelsResult<Mode>[], baseline: Mode): FewLabelsRow<Mode>[] {
  const of = (labels: number, mode: Mode) => results.filter((result) => result.labels === labels && result.mode === mode);
  const keys = [...new Map(results.map(({ labels, mode }) => [`${labels} ${mode}`, { labels, mode }])).values()];
  return keys.map(({ labels, mode }) => {
    const [own, compared] = [of(labels, mode), of(labels, baseline)];
    const accuracy = confidenceInterval(own.map((result) => result.accuracy));
    if (mode === baseline || compared.length === 0) return { labels, mode, accuracy };
    return { labels, mode, accuracy, gain: confidenceInterval(own.map((result, i) => result.accuracy - compared[i].accuracy)) };
  });
}

/** One line for each training, with these of its facts. */
export const trainingsCsv = <Result extends FewLabelsResult<string>>(results: readonly Result[], columns: readonly (keyof Result & string)[]): string =>
  [columns.join(","), ...results.map((result) => columns.map((column) => (column === "accuracy" ? result.accuracy.toPrecision(6) : result[column])).join(",")), ""].join("\n");

/** Accuracy over the number of labels, a line for each mode. */
export const trainingsSvg = (rows: readonly FewLabelsRow<string>[], title: string): string =>
  accuracySvg(rows.map(({ labels, mode, accuracy: { mean, margin = 0 } }) => ({ name: mode, count: labels, mean, margin })), { title, xLabel: "labelled training examples", yLabel: "test accuracy" });
