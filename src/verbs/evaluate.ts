/** How good the samples of a trained model are. Beside each score stands that of as many real test examples, which no model can be expected to beat. */
import { sharesOf } from "../analysis/metrics/class-shares.js";
import { batchOf, shuffledIndices } from "../data/batches.js";
import type { Examples, Splits } from "../data/dataset.js";
import { selectExamples } from "../data/subset.js";
import { UsageError } from "../errors.js";
import { sizeOf } from "../tensor/index.js";
import { isConditional, requireOwnSamples, type Trained } from "./abilities.js";
import { drawSamples, type Draw } from "./draws.js";
import { featuresFor, type Features } from "./features.js";
import { judgeOf, scoreNames, type Judgement, type ScoreName } from "./judge.js";
import type { TrainedRun } from "./open.js";
import { defaultPrior, type PriorName } from "./priors.js";

export interface EvaluateRequest {
  /** What samples are compared with: training examples are the reference, test examples the floor. */
  readonly data: Splits;
  /** The examples that the model was trained on, which it may have copied. Default: all training examples. */
  readonly trainedOn?: Examples | undefined;
  /** Samples of each draw; at most as many as there are training and test examples. Default 10,000. */
  readonly samples?: number | undefined;
  /** How often so many are drawn. Default 3. */
  readonly draws?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** As for `sampleFrom`. */
  readonly prior?: PriorName | undefined;
  /** Default: those of `featuresFor`. */
  readonly features?: Features | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Score {
  /** Over the draws. */
  readonly mean: number;
  /** Over the draws; left out where there is one. It tells the chance of sampling, not that of training. */
  readonly standardDeviation?: number;
  readonly draws: readonly number[];
  /** The same of real test examples. */
  readonly floor: number;
}

export interface Evaluation {
  /** Samples of each draw, as many as the training examples that they are compared with and as the test examples of the floor. */
  readonly count: number;
  readonly prior: PriorName;
  readonly features: Pick<Features, "kind" | "description" | "size"> & { readonly accuracy?: number; readonly classifier?: string };
  readonly scores: Readonly<Partial<Record<ScoreName, Score>>>;
  /** Of data with classes. */
  readonly classes?: readonly ClassRow[];
  readonly shown: Shown;
}

/** Shares of one class. */
export interface ClassRow {
  readonly name: string;
  /** Among the samples of all draws, as the classifier sees them. */
  readonly samples: number;
  /** Among the test examples, likewise. */
  readonly tests: number;
  /** Among the training examples that they are compared with, by their labels. */
  readonly data: number;
}

/** Some samples of the first draw: its first ones, then those that are nearest to a training example. */
export interface Shown {
  /** In [0, 1], one after the other. */
  readonly samples: Float32Array;
  /** The nearest training example of each, likewise. */
  readonly nearest: Float32Array;
  /** From one to the other, between features. */
  readonly distances: readonly number[];
}

/** Fewer say nothing about a distribution. */
const LEAST = 20;
/** Samples shown of either kind. */
const SHOWN = 10;

/** Draws samples and scores them. A UsageError where there are too few examples, or the model cannot sample. */
export async function evaluate(trained: Trained & Pick<TrainedRun, "path">, request: EvaluateRequest): Promise<Evaluation> {
  const { data: { train, test }, trainedOn = train, samples = 10_000, draws = 3, seed = 0, prior = defaultPrior(trained), onProgress = () => undefined, signal } = request;
  requireOwnSamples(trained);
  for (const [name, value] of Object.entries({ samples, draws })) if (!(Number.isInteger(value) && value >= 1)) throw new UsageError(`${name} is ${value}`, "Use a whole number from 1.");
  const count = Math.min(samples, train.count, test.count);
  if (count < LEAST) throw new UsageError(`Scores of ${count} samples say nothing`, `Use ${LEAST} or more, and as many training and test examples.`);
  if (count < samples) onProgress(`Of the ${samples.toLocaleString("en")} samples, ${count.toLocaleString("en")} are drawn: there are ${test.count.toLocaleString("en")} test and ${train.count.toLocaleString("en")} training examples, and scores of fewer would be others.`);

  const features = request.features ?? (await featuresFor(trained.engine, request.data, { onProgress, signal }));
  onProgress(`Comparing with ${count.toLocaleString("en")} training examples, and ${count.toLocaleString("en")} test examples for the floor.`);
  const [reference, tests] = [train, test].map((examples) => selectExamples(examples, shuffledIndices(examples.count, 0, 0).subarray(0, count)));
  const { floor, judge } = await judgeOf(trained.engine, features, { reference, tests, trainedOn });
  const labels = isConditional(trained) ? reference.labels : undefined;
  const results: Judgement[] = [];
  const shown: Shown[] = [];
  for (let i = 0; i < draws; i++) {
    signal?.throwIfAborted();
    onProgress(`Draw ${i + 1} of ${draws}: ${count.toLocaleString("en")} samples.`);
    const draw = await drawSamples(trained, features, { count, prior, seed: seed + i, stride: draws, trainedOn, labels, onProgress });
    results.push(await judge(draw.points, labels));
    if (i === 0) shown.push(shownOf(draw, results[0], trainedOn));
  }
  const { kind, description, size, classifier } = features;
  return {
    count,
    prior,
    features: { kind, description, size, ...(classifier && { accuracy: classifier.accuracy, classifier: classifier.file }) },
    scores: summaryOf(results, floor),
    ...(classifier && reference.labels && { classes: classRows(classifier.classes, results, floor, reference.labels) }),
    shown: shown[0],
  };
}

/** Mean and spread of each score that the samples have. */
function summaryOf(results: readonly Judgement[], floor: Judgement): Evaluation["scores"] {
  const summaries = scoreNames.flatMap((name): [ScoreName, Score][] => {
    const [draws, least] = [results.flatMap(({ scores }) => scores[name] ?? []), floor.scores[name]];
    if (draws.length === 0 || least === undefined) return [];
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws.length - 1);
    return [[name, { mean, ...(draws.length > 1 && { standardDeviation: Math.sqrt(variance) }), draws, floor: least }]];
  });
  return Object.fromEntries(summaries);
}

function classRows(names: readonly string[], results: readonly Judgement[], floor: Judgement, labels: ArrayLike<number>): ClassRow[] {
  const made = results.flatMap(({ classes }) => Array.from(classes ?? []));
  const [samples, tests, data] = [made, floor.classes ?? [], labels].map((all) => sharesOf(all, names.length));
  return names.map((name, k) => ({ name, samples: samples[k], tests: tests[k], data: data[k] }));
}

/** The first samples, and those nearest to what the model was trained on. */
function shownOf({ examples }: Draw, { nearest: { indices, distances } }: Judgement, trainedOn: Examples): Shown {
  const width = sizeOf(trainedOn.spec.shape);
  const numbers = Array.from({ length: examples.length / width }, (_, i) => i);
  const chosen = [...numbers.slice(0, SHOWN), ...[...numbers].sort((a, b) => distances[a] - distances[b]).slice(0, SHOWN)];
  const samples = new Float32Array(chosen.length * width);
  chosen.forEach((from, to) => samples.set(examples.subarray(from * width, (from + 1) * width), to * width));
  return { samples, nearest: batchOf(trainedOn, chosen.map((i) => indices[i]), [0, 1]), distances: chosen.map((i) => distances[i]) };
}
