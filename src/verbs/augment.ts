/** Do generated examples help a classifier that has few labels? The same network trained on the labelled examples, and on these and a generator's. */
import { likeliest } from "../analysis/likeliest.js";
import { runRows } from "../analysis/rows.js";
import { batchOf } from "../data/batches.js";
import type { Examples, Splits } from "../data/dataset.js";
import { balancedIndices, labelsOf, selectExamples } from "../data/subset.js";
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import { featureClassifier, type FeatureClassifier } from "../models/feature-classifier.js";
import type { FitJob } from "../training/index.js";
import { isConditional, labelsInTurn, requireSampling, sample, type Trained } from "./abilities.js";
import { toUnitRange } from "./draws.js";
import { requireClasses, summarize, trainAndTest, trainingsCsv, type FewLabelsResult, type FewLabelsRow } from "./few-labels.js";

/** What a classifier is trained on: the labelled examples alone, or generated ones besides. */
export type AugmentMode = "labelled" | "augmented";

export interface AugmentRequest {
  /** Numbers of labelled training examples. Default: 100, 500 and 1,000, as far as there are so many. */
  readonly labels?: readonly number[] | undefined;
  /** Repetitions; number s draws its own labelled and generated examples, new weights and batches, the same in both modes but for what is generated. Default 5. */
  readonly seeds?: number | undefined;
  /** Examples that the generator makes. Default 2,000. */
  readonly generated?: number | undefined;
  /** Of a generator without classes, what it makes is labelled by the classifier of the labelled examples, and used where its probability is so high. Default 0.9. */
  readonly confidence?: number | undefined;
  /** The same in both modes. Default: Adam 2e-3 falling to 0 along a cosine, 1,000 steps of batches of 64. */
  readonly training?: Partial<Pick<FitJob["config"], "batchSize" | "steps" | "optimizer">> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onResult?: (result: AugmentResult) => void;
}

/** What there is of the generator in a training; 0 where there is nothing. */
interface Added {
  /** Generated examples that the classifier is trained on; of rows, their mean over the seeds. */
  readonly generated: number;
  /** Labelled examples that the generator itself was trained on: more than the classifier's own are no help from the generator. */
  readonly generatorLabels: number;
}
export interface AugmentResult extends FewLabelsResult<AugmentMode>, Added {}
/** Gains are over the labelled examples alone. */
export interface AugmentRow extends FewLabelsRow<AugmentMode>, Added {}

const training = {
  batchSize: 64,
  steps: 1000,
  optimizer: { name: "adam", learningRate: 2e-3, schedule: { kind: "cosine", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } },
} as const;

const usualCounts = [100, 500, 1000];

/**
 * Trains a small classifier (convolutional for images, else dense) for each seed and number of labels on labelled examples, and once more on these and generated ones, a quarter
 * of a batch, for as many steps; tests the weights of the last step. Of a conditional generator the classes asked for are the labels, of any other the classifier's own
 * answers (pseudo-labels, Lee 2013). `train` are the examples that the run was trained on, which the labelled ones are drawn from. A DataError when the data have no labels; a
 * UsageError when the model cannot sample, or more labels are asked for than there are.
 */
export async function augment(trained: Trained, { train, test }: Pick<Splits, "train" | "test">, request: AugmentRequest = {}): Promise<AugmentResult[]> {
  const { engine, spec } = trained;
  requireSampling(trained);
  const classes = requireClasses({ train, test });
  const { labels = countsOf(train), seeds = 5, generated = 2000, confidence = 0.9, signal, onResult } = request;
  const tooMany = labels.find((count) => count > train.count);
  if (tooMany !== undefined) throw new UsageError(`There are no ${tooMany} labelled examples`, `They are drawn from those that the run was trained on: ${train.count}.`);
  const [model, generatorLabels] = [featureClassifier(spec.shape, classes), isConditional(trained) ? train.count : 0];
  const results: AugmentResult[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const made = await generate(trained, generated, seed);
    for (const count of labels) {
      const labelled = selectExamples(train, balancedIndices(train, count, seed));
      const config = { ...training, ...request.training, seed };
      // As many examples in a batch in both modes. Nothing is validated, so no label beside these takes part.
      const once = { ...config, batchSize: Math.min(config.batchSize, count), validateEvery: config.steps, patience: Infinity };
      const learn = async (mode: AugmentMode, examples: Examples, added: Added): Promise<void> => {
        for (const variable of model.variables) await engine.write(variable, variable.initial(seed));
        const tested = await trainAndTest({ model, examples: { train: examples }, test, range: [0, 1], engine, config: once, signal });
        results.push({ labels: count, mode, seed, ...tested, ...added });
        onResult?.(results[results.length - 1]);
      };
      await learn("labelled", labelled, { generated: 0, generatorLabels: 0 });
      const added = made.labels ? made : await pseudoLabelled(engine, model, made, confidence);
      await learn("augmented", mixed(labelled, added), { generated: added.count, generatorLabels });
    }
  }
  return results;
}

function countsOf({ count }: Examples): readonly number[] {
  const counts = usualCounts.filter((usual) => usual <= count);
  return counts.length > 0 ? counts : [count];
}

/** What a generator makes, in [0, 1]; with the classes asked for where it is told classes. */
async function generate(trained: Trained, count: number, seed: number): Promise<Examples> {
  const labels = labelsInTurn(trained, count);
  const values = toUnitRange(trained, await sample(trained, { count, seed, labels }));
  return { spec: trained.spec, count, values, ...(isConditional(trained) && { labels }) };
}

/** Those examples that the classifier in the engine is sure of, with its answers as their labels. */
async function pseudoLabelled(engine: Engine, { features, classify }: FeatureClassifier, examples: Examples, confidence: number): Promise<Examples> {
  const { count, values } = examples;
  const described = await runRows(engine, features, { count, values });
  const probabilities = await runRows(engine, classify, { count, values: described });
  const classes = probabilities.length / count;
  const labels = likeliest(probabilities, classes);
  const sure = Array.from(labels.keys()).filter((i) => probabilities[i * classes + labels[i]] >= confidence);
  return selectExamples({ ...examples, labels }, sure);
}

/** Of generated examples in a batch, on average: what was best on validation images (docs/augment.md). */
const SHARE = 0.25;

/** Both kinds of examples in their shares, each again and again until none is left out. */
function mixed(labelled: Examples, added: Examples): Examples {
  if (added.count === 0) return labelled;
  const count = Math.ceil(Math.max(labelled.count / (1 - SHARE), added.count / SHARE));
  const made = Math.round(SHARE * count);
  const indices = Int32Array.from({ length: count }, (_, i) => (i < made ? labelled.count + (i % added.count) : (i - made) % labelled.count));
  return selectExamples(joined(labelled, added), indices);
}

/** The examples of both, as floats. */
function joined(labelled: Examples, added: Examples): Examples {
  const values = new Float32Array(labelled.values.length + added.values.length);
  for (const { part, at } of [{ part: labelled, at: 0 }, { part: added, at: labelled.values.length }]) values.set(batchOf(part, Array.from({ length: part.count }, (_, i) => i), [0, 1]), at);
  return { spec: labelled.spec, count: labelled.count + added.count, values, labels: Int32Array.from([...labelsOf(labelled), ...labelsOf(added)]) };
}

/** Means and 95% intervals over the seeds, by number of labels and mode. */
export const summarizeAugmentation = (results: readonly AugmentResult[]): AugmentRow[] =>
  summarize(results, "labelled").map((row) => {
    const own = results.filter(({ labels, mode }) => labels === row.labels && mode === row.mode);
    return { ...row, generated: own.reduce((sum, { generated }) => sum + generated / own.length, 0), generatorLabels: own[0].generatorLabels };
  });

/** What is to be kept in mind where the generator has seen more labels than the classifier; undefined where it has not. */
export function labelsWarning(rows: readonly AugmentRow[]): string | undefined {
  const fewer = rows.filter(({ labels, generatorLabels }) => generatorLabels > labels);
  if (fewer.length === 0) return undefined;
  const [{ generatorLabels }] = fewer;
  return `the generator saw ${generatorLabels.toLocaleString("en")} labels: the classifier's ${fewer.map(({ labels }) => labels.toLocaleString("en")).join(", ")} are not few then, and whoever has ${generatorLabels.toLocaleString("en")} should train the classifier on them`;
}

/** One line for each training: labels, mode, seed, accuracy, steps, generated, generatorLabels. */
export const augmentationCsv = (results: readonly AugmentResult[]): string => trainingsCsv(results, ["labels", "mode", "seed", "accuracy", "steps", "generated", "generatorLabels"]);

/** Accuracy over the number of labels, a line for each mode. */
export { trainingsSvg as augmentationSvg } from "./few-labels.js";
