/** Do a model's errors find what it has never seen? Each class in turn is kept from training, and looked for among all others. */
import { rocAuc } from "../analysis/anomaly.js";
import { labelsOf, selectExamples } from "../data/subset.js";
import type { Examples, Splits } from "../data/dataset.js";
import { inTemporaryRun, train, valuesOf, writeAll } from "../training/index.js";
import type { Trained } from "./abilities.js";
import { requireTellingErrors } from "./anomaly.js";
import { loadWeights } from "./open.js";
import { compareWithPca } from "./pca-comparison.js";
import { trainingOf, type TrainingInput } from "./prepare.js";
import { reconstructionErrors } from "./reconstruction-errors.js";

export interface HeldOutRequest {
  /** Numbers of the classes to hold out, one training for each. Default: all. */
  readonly classes?: readonly number[] | undefined;
  /** How to train; the model's recipe for what is left out. */
  readonly training?: TrainingInput | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onResult?: (result: HeldOutResult) => void;
}

/** One class that was held out. */
export interface HeldOutResult {
  readonly class: number;
  /** Area under the ROC curve of the model's reconstruction errors on all test examples: those of the class against all others. */
  readonly auc: number;
  /** That of principal component analysis, fitted to the same examples, with codings of the same size; left out where the model's codings have not fewer values than an example, or PCA of such wide examples would take minutes. */
  readonly pcaAuc?: number;
}

/**
 * Trains the model anew as `train` does, from new weights and through all its stages, without each class in turn, on the training examples of all others, and
 * scores the test examples by their reconstruction error. The weights of the best validation, on validation examples without that class, are used, or their
 * averages where the training keeps them. The run's weights are in its engine again when it is done. A DataError when the data have no labels; a UsageError
 * as of `requireTellingErrors`.
 */
export async function heldOut(trained: Trained, splits: Splits, { classes, training, signal, onResult }: HeldOutRequest = {}): Promise<HeldOutResult[]> {
  const { engine, built, model } = trained;
  const { test } = splits;
  requireTellingErrors(trained);
  const config = trainingOf(model, training);
  const own = await valuesOf(engine, built.variables);
  const results: HeldOutResult[] = [];
  try {
    for (const held of classes ?? classesIn(test)) {
      const examples = { train: without(splits.train, held), validation: without(splits.validation, held) };
      await inTemporaryRun(async (run) => {
        await train({ model: built, examples, range: model.accepts.range, engine, config, run, signal });
        signal?.throwIfAborted();
        await loadWeights({ built, engine, path: run.path });
      });
      const auc = aucOf(await reconstructionErrors(trained, test), test, held);
      const pca = await compareWithPca(trained, examples.train, test);
      const result = { class: held, auc, ...("errors" in pca && { pcaAuc: aucOf(pca.errors.perExample, test, held) }) };
      results.push(result);
      onResult?.(result);
    }
    return results;
  } finally {
    await writeAll(engine, own);
  }
}

/** Means over the classes. */
export function meansOf(results: readonly HeldOutResult[]): Omit<HeldOutResult, "class"> {
  const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;
  const baselines = results.flatMap(({ pcaAuc }) => (pcaAuc === undefined ? [] : [pcaAuc]));
  return { auc: mean(results.map(({ auc }) => auc)), ...(baselines.length > 0 && { pcaAuc: mean(baselines) }) };
}

/** One line for each class: class, auc, pcaAuc. */
export const heldOutCsv = (results: readonly HeldOutResult[]): string =>
  ["class,auc,pcaAuc", ...results.map((result) => [result.class, result.auc.toFixed(6), result.pcaAuc?.toFixed(6) ?? ""].join(",")), ""].join("\n");

const classesIn = (examples: Examples): number[] => [...new Set(Array.from(labelsOf(examples)))].sort((a, b) => a - b);

function without(examples: Examples, held: number): Examples {
  const labels = labelsOf(examples);
  return selectExamples(examples, Array.from({ length: examples.count }, (_, i) => i).filter((i) => labels[i] !== held));
}

function aucOf(scores: ArrayLike<number>, examples: Examples, held: number): number {
  const labels = labelsOf(examples);
  return rocAuc(scores, (i) => labels[i] === held);
}
