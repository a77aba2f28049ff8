/** Does unsupervised pretraining help a classifier that has few labels? The same network with an autoencoder's weights and without them. */
import { balancedIndices, selectExamples } from "../data/subset.js";
import type { Splits } from "../data/dataset.js";
import { DataError, UsageError } from "../errors.js";
import { classifierOf } from "../models/classifier.js";
import { valuesOf, writeAll, type FitJob } from "../training/index.js";
import type { Trained } from "./abilities.js";
import { requireClasses, summarize, trainAndTest, trainingsCsv, type FewLabelsResult, type FewLabelsRow } from "./few-labels.js";

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

export type PretrainResult = FewLabelsResult<PretrainMode>;
/** Gains are over new weights. */
export type PretrainRow = FewLabelsRow<PretrainMode>;

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
          const tested = await trainAndTest({ model, examples, test, range, engine, config: { ...training, ...request.training, seed }, signal });
          results.push({ labels: count, mode, seed, ...tested });
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
  const classes = requireClasses({ train, validation, test });
  if (validation.values === test.values) throw new DataError("The validation examples are also the test examples", "Keep some for the test alone: what decides when to stop must not be tested on.");
  return classes;
}

/** Means and 95% intervals over the seeds, by number of labels and mode. */
export const summarizePretraining = (results: readonly PretrainResult[]): PretrainRow[] => summarize(results, "scratch");

/** One line for each training: labels, mode, seed, accuracy, steps. */
export const pretrainingCsv = (results: readonly PretrainResult[]): string => trainingsCsv(results, ["labels", "mode", "seed", "accuracy", "steps"]);

/** Accuracy over the number of labels, a line for each mode. */
export { trainingsSvg as pretrainingSvg } from "./few-labels.js";
