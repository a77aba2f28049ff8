/** All scores of a set of examples, from their features. */
import { likeliest } from "../analysis/likeliest.js";
import { classShares } from "../analysis/metrics/class-shares.js";
import { frechetDistance, normalOf } from "../analysis/metrics/frechet.js";
import { inceptionScore } from "../analysis/metrics/inception-score.js";
import { kernelDistance } from "../analysis/metrics/kernel.js";
import { memorization, nearestPoints, type NearestPoints } from "../analysis/metrics/memorization.js";
import { manifoldOf, precisionRecall } from "../analysis/metrics/precision-recall.js";
import type { Examples } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { featuresOf, type FeaturePoints, type Features } from "./features.js";

/** Which there are depends on the data (those of classes) and on the model (`asAsked`: of a conditional one). */
export const scoreNames = [
  "frechet", "kernel", "kernelError", "precision", "density", "recall", "coverage", "inception", "classDivergence", "missingClasses", "rareClasses", "asAsked", "nearestTraining", "nearer", "copies",
] as const;
export type ScoreName = (typeof scoreNames)[number];
export type Scores = Readonly<Partial<Record<ScoreName, number>>>;

export interface Judgement {
  readonly scores: Scores;
  /** The nearest of the training examples. */
  readonly nearest: NearestPoints;
  /** As the classifier sees them. */
  readonly classes?: Int32Array | undefined;
}

export interface RealExamples {
  /** What samples should be like. */
  readonly reference: Examples;
  /** As many others, which the model has not seen. */
  readonly tests: Examples;
  /** What it was trained on. */
  readonly trainedOn: Examples;
}

export interface Judge {
  /** Scores of the tests themselves. */
  readonly floor: Judgement;
  /** Scores of as many samples from their features; `asked` are the classes that they should be of. */
  readonly judge: (points: FeaturePoints, asked?: ArrayLike<number>) => Promise<Judgement>;
}

/** What is computed once for all sets that are compared with the same real examples. */
export async function judgeOf(engine: Engine, features: Features, { reference, tests, trainedOn }: RealExamples): Promise<Judge> {
  const { classifier } = features;
  const real = await featuresOf(features, reference);
  const [normal, manifold, known, testPoints] = [normalOf(real), await manifoldOf(engine, real), await featuresOf(features, trainedOn), await featuresOf(features, tests)];
  const usual = await nearestPoints(engine, testPoints, known);

  async function classScores(points: FeaturePoints, asked: ArrayLike<number> | undefined): Promise<{ readonly scores: Scores; readonly classes?: Int32Array }> {
    if (!classifier || !reference.labels) return { scores: {} };
    const probabilities = await classifier.probabilities(points);
    const classes = likeliest(probabilities, classifier.classes.length);
    const { divergence, missing, rare } = classShares(classes, reference.labels, classifier.classes.length);
    const right = asked && classes.filter((label, i) => label === asked[i]).length;
    const scores = { inception: inceptionScore(probabilities, classifier.classes.length).mean, classDivergence: divergence, missingClasses: missing.length, rareClasses: rare.length };
    return { scores: { ...scores, ...(right !== undefined && { asAsked: right / classes.length }) }, classes };
  }

  async function judge(points: FeaturePoints, asked?: ArrayLike<number>): Promise<Judgement> {
    const nearest = points === testPoints ? usual : await nearestPoints(engine, points, known);
    const { mean: kernel, standardError: kernelError } = await kernelDistance(engine, real, points);
    const { median: nearestTraining, nearer, copies } = memorization(nearest.distances, usual.distances);
    const { scores, classes } = await classScores(points, asked);
    return {
      scores: { frechet: frechetDistance(normal, normalOf(points)), kernel, kernelError, ...(await precisionRecall(engine, manifold, await manifoldOf(engine, points))), ...scores, nearestTraining, nearer, copies },
      nearest,
      classes,
    };
  }

  return { floor: await judge(testPoints, tests.labels), judge };
}
