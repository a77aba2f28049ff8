/** Does unsupervised pretraining help a classifier that has few labels? The same network with an autoencoder's weights and without them. */
import { confidenceInterval, type Interval } from "../analysis/confidence.js";
import { balancedIndices, selectExamples } from "../data/subset.js";
import type { Examples, Splits } from "../data/dataset.js";
import { DataError, UsageError } from "../errors.js";
import { accuracySvg } from "../figures/accuracy.js";
import { classifierOf } from "../models/classifier.js";
import { evaluator, fit, valuesOf, writeAll, type FitJob } from "../training/index.js";
import type { Trained } from "./abilities.js";

/** Where the encoder's weights come from and whether they are trained: new ones that are, the run's that are, the run's that are not. */
export const pretrainModes = ["scratch", "finetuned", "frozen"] as const;
export type PretrainMode = (typeof pretrainModes)[number];

export interface PretrainRequest {
  /** Numbers of labelled training examples; more than there are means all. Default 100, 500, 1,000, 5,000, 60,000. */
  readonly labels?: readonly number[] | undefined;
  /** Repetitions; number s draws its own labelled examples, new weights and batches, the same in every mode. Default 3. */
  readonly seeds?: number | undefined;
  readonly modes?: readonly PretrainMode[] | undefined;
  /** The same in every mode. Default: Nadam 1e-3, batches of 32, at most 10,000 steps; stops after 10 validations (one each 200 steps) without a better one. */
  readonly training?: Partial<FitJob["config"]> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onResult?: (result: PretrainResult) => void;
}

/** One training. */
export interface PretrainResult {
  readonly labels: number;
  readonly mode: PretrainMode;
  readonly seed: number;
  /** Share of the test examples that are classified rightly. */
  readonly accuracy: number;
  readonly steps: number;
}

/** One mode at one number of labels, over the seeds. */
export interface PretrainRow {
  readonly labels: number;
  readonly mode: PretrainMode;
  readonly accuracy: Interval;
  /** How much more than from scratch, from the differences seed by seed; left out where there is nothing to compare. */
  readonly gain?: Interval;
}

const training: Omit<FitJob["config"], "seed"> = {
  batchSize: 32,
  steps: 10_000,
  validateEvery: 200,
  patience: 10,
  optimizer: { name: "nadam", learningRate: 1e-3, schedule: { kind: "constant", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } },
};

/**
 * Trains a classifier on a trained run's encoder for each number of labels, seed and mode, and tests it. When to stop, and which weights are
 * best, is told by the labels of the validation split, in every mode. The run's weights are in its engine again when it is done. A DataError when
 * the data have no labels or no test examples of their own; a UsageError when the model cannot encode, or learned no encoder to train on.
 */
export async function pretrain(trained: Trained, splits: Splits, request: PretrainRequest = {}): Promise<PretrainResult[]> {
  const { engine, built, model: { name, accepts: { range } } } = trained;
  const { labels = [100, 500, 1000, 5000, 60_000], seeds = 3, modes = pretrainModes, signal, onResult } = request;
  const { train, validation, test } = splits;
  const classes = requireLabels(splits);
  if (!built.abilities.encode) throw new UsageError(`The model "${name}" cannot encode`, `It can ${Object.keys(built.abilities).join(", ")}.`);
  const classifiers = { tuned: classifierOf(built, { classes, frozen: false }), frozen: classifierOf(built, { classes, frozen: true }) };
  const { encoder } = classifiers.tuned;
  const pretrained = await valuesOf(engine, encoder);
  const counts = [...new Set(labels.map((count) => Math.min(count, train.count)))];
  const results: PretrainResult[] = [];
  try {
    for (const count of counts)
      for (let seed = 0; seed < seeds; seed++) {
        const examples = { train: selectExamples(train, balancedIndices(train, count, seed)), validation };
        for (const mode of modes) {
          const model = mode === "frozen" ? classifiers.frozen : classifiers.tuned;
          for (const variable of model.variables) await engine.write(variable, variable.initial(seed));
          if (mode !== "scratch") await writeAll(engine, pretrained);
          const { steps } = await fit({ model, examples, range, engine, config: { ...training, ...request.training, seed }, signal });
          const tester = await evaluator({ model, examples: test, range, engine, seed });
          const { metrics: { error } } = await tester.run();
          await tester.dispose();
          results.push({ labels: count, mode, seed, accuracy: 1 - error, steps });
          onResult?.(results[results.length - 1]);
        }
      }
    return results;
  } finally {
    await writeAll(engine, pretrained);
  }
}

/** Number of classes; a DataError when the data cannot be used. */
function requireLabels({ train, validation, test }: Splits): number {
  const unlabelled = Object.entries({ train, validation, test }).find(([, { labels }]) => !labels);
  if (unlabelled) throw new DataError(`The ${unlabelled[0]} examples have no labels`, "Use data with labels, such as fashion-mnist.");
  if (validation.values === test.values) throw new DataError("The validation examples are also the test examples", "Keep some for the test alone: what decides when to stop must not be tested on.");
  return 1 + Math.max(largestLabel(train), largestLabel(validation), largestLabel(test));
}

function largestLabel({ labels = new Int32Array(0) }: Examples): number {
  let largest = 0;
  for (const label of labels) if (label > largest) largest = label;
  return largest;
}

/** Means and 95% intervals over the seeds, by number of labels and mode. */
export function summarizePretraining(results: readonly PretrainResult[]): PretrainRow[] {
  const of = (labels: number, mode: PretrainMode) => results.filter((result) => result.labels === labels && result.mode === mode);
  const keys = [...new Map(results.map(({ labels, mode }) => [`${labels} ${mode}`, { labels, mode }])).values()];
  return keys.map(({ labels, mode }) => {
    const [own, scratch] = [of(labels, mode), of(labels, "scratch")];
    const accuracy = confidenceInterval(own.map((result) => result.accuracy));
    if (mode === "scratch" || scratch.length === 0) return { labels, mode, accuracy };
    return { labels, mode, accuracy, gain: confidenceInterval(own.map((result, i) => result.accuracy - scratch[i].accuracy)) };
  });
}

/** One line for each training: labels, mode, seed, accuracy, steps. */
export const pretrainingCsv = (results: readonly PretrainResult[]): string =>
  ["labels,mode,seed,accuracy,steps", ...results.map(({ labels, mode, seed, accuracy, steps }) => [labels, mode, seed, accuracy.toPrecision(6), steps].join(",")), ""].join("\n");

/** Accuracy over the number of labels, a line for each mode. */
export const pretrainingSvg = (rows: readonly PretrainRow[], title: string): string =>
  accuracySvg(rows.map(({ labels, mode, accuracy: { mean, margin = 0 } }) => ({ name: mode, count: labels, mean, margin })), { title, xLabel: "labelled training examples", yLabel: "test accuracy" });
