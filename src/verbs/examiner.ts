/** Looking at images with a classifier: what it says of them, what a second opinion says, and whether they are like the real ones. */
import { densePart, manifoldDistances, manifoldOf } from "../analysis/metrics/precision-recall.js";
import { batchOf, shuffledIndices } from "../data/batches.js";
import type { Examples, Splits } from "../data/dataset.js";
import { selectExamples } from "../data/subset.js";
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import { featuresFor, featuresOf, type Features } from "./features.js";
import type { ImageClassifier } from "./onnx-classifier.js";
import { CERTAIN, isPlausible, isWeakness, verdictsOn, type Verdict, type WeaknessName } from "./verdicts.js";

export interface ExaminerRequest {
  /** Images look real beside its training examples, and its test examples are what is usual. */
  readonly data: Splits;
  /** Default: the classifier that `evaluate` compares images by, of which only what it is unsure of can be found. */
  readonly classifier?: ImageClassifier | undefined;
  /** Default "wrong" where a second opinion says what is right, else "unsure". */
  readonly lookFor?: WeaknessName | undefined;
  /** Default: those of `featuresFor`. */
  readonly features?: Features | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
}

export interface Examiner {
  readonly lookFor: WeaknessName;
  readonly classifier: ImageClassifier;
  readonly features: Features;
  /** Names of the classifier's classes: those of the data, or numbers where these are not as many. */
  readonly classes: readonly string[];
  /** A verdict on each of the images [n, ...shape] in [0, 1]; `asked` are the classes [n] that they should be of. */
  readonly judge: (images: Float32Array, asked?: ArrayLike<number>) => Promise<Verdict[]>;
}

/** Real images: those that others are compared with, and those that show what is usual. */
const REAL = 10_000;
const realOf = (examples: Examples): Examples => selectExamples(examples, shuffledIndices(examples.count, 0, 0).subarray(0, REAL));

/** A UsageError when there is nothing to examine, or no second opinion on what is right. */
export async function examinerFor(engine: Engine, request: ExaminerRequest): Promise<Examiner> {
  const { data, onProgress } = request;
  const features = request.features ?? (await featuresFor(engine, data, { onProgress }));
  const classifier = request.classifier ?? ownClassifier(features);
  const hindrance = hindranceOf(features, request.classifier);
  const lookFor = request.lookFor ?? (hindrance ? "unsure" : "wrong");
  if (lookFor === "wrong" && hindrance) throw hindrance;
  const opinion = lookFor === "wrong" ? features.classifier?.probabilities : undefined;
  const manifold = densePart(await manifoldOf(engine, await featuresOf(features, realOf(data.train))));
  const names = data.train.spec.classes;
  return {
    lookFor,
    classifier,
    features,
    classes: names?.length === classifier.classes ? names : Array.from({ length: classifier.classes }, (_, k) => String(k)),
    async judge(images, asked) {
      const points = await features.of(images);
      return verdictsOn({ probabilities: await classifier.probabilities(images), opinions: await opinion?.(points), distances: await manifoldDistances(engine, manifold, points), asked }, classifier.classes);
    },
  };
}

/** The classifier of the features as one to examine. */
function ownClassifier({ classifier, of }: Features): ImageClassifier {
  if (!classifier) throw new UsageError("There is no classifier to examine: the data have no labels to train one on", "Pass one: --classifier FILE.onnx");
  const { classes, probabilities } = classifier;
  return { name: "the classifier of morphogen evaluate", classes: classes.length, probabilities: async (images) => probabilities(await of(images)) };
}

/** Why there is no second opinion on what a classifier says. */
function hindranceOf({ classifier: second }: Features, examined: ImageClassifier | undefined): UsageError | undefined {
  const hint = "Look for images that it is unsure of: --look-for unsure";
  if (!second) return new UsageError("What is wrong is not known: the data have no labels to train a second classifier on", hint);
  if (!examined) return new UsageError("What is wrong is not known: the classifier of morphogen evaluate would judge itself", `Pass another one, --classifier FILE.onnx, or look for images that it is unsure of: --look-for unsure`);
  if (examined.classes !== second.classes.length) return new UsageError(`What is wrong is not known: ${examined.name} knows ${examined.classes} classes, the data have ${second.classes.length}`, hint);
  return undefined;
}

/** Shares of real test images. */
export interface Usual {
  readonly count: number;
  readonly plausible: number;
  /** At which the classifier fails: by their labels, where it is about what is wrong. */
  readonly weaknesses: number;
  /** Of which the second opinion is sure, and of these, of which it is right. */
  readonly opinion?: { readonly sure: number; readonly right: number };
}

/** Test examples in memory as floats at once. */
const CHUNK = 5_000;

/** What an examiner says of real test images. */
export async function usualOf({ judge, lookFor }: Examiner, { test }: Splits): Promise<Usual> {
  const examples = realOf(test);
  const verdicts: Verdict[] = [];
  for (let first = 0; first < examples.count; first += CHUNK)
    verdicts.push(...(await judge(batchOf(examples, Array.from({ length: Math.min(CHUNK, examples.count - first) }, (_, i) => first + i), [0, 1]))));
  const share = (condition: (verdict: Verdict, i: number) => boolean): number => verdicts.filter(condition).length / verdicts.length;
  const { labels } = examples;
  const usual = { count: verdicts.length, plausible: share(isPlausible) };
  if (lookFor === "unsure" || !labels) return { ...usual, weaknesses: share((verdict) => isWeakness(verdict, lookFor)) };
  const sure = share(({ certainty }) => certainty >= CERTAIN);
  return { ...usual, weaknesses: share(({ said }, i) => said !== labels[i]), opinion: { sure, right: share(({ certainty, against }, i) => certainty >= CERTAIN && against === labels[i]) / sure } };
}
