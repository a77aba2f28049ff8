import { ShapeError, UsageError } from "../../errors.js";

export interface InceptionScore {
  readonly mean: number;
  /** Over the splits. */
  readonly standardDeviation: number;
}

/**
 * exp(E KL(p(y|x) || p(y))) (Salimans et al., "Improved Techniques for Training GANs", 2016, section 4) of class probabilities [n, classes], averaged over `splits` parts of the
 * samples, each with a p(y) of its own: from 1 to the number of classes, high where a classifier is sure of each sample and all classes appear alike. Samples are taken in their order, which
 * must be random. A ShapeError when the values are not whole rows, a UsageError for fewer samples than splits.
 */
export function inceptionScore(probabilities: ArrayLike<number>, classes: number, splits = 10): InceptionScore {
  const count = probabilities.length / classes;
  if (!Number.isInteger(count)) throw new ShapeError(`${probabilities.length} probabilities are not whole rows of ${classes} classes`);
  if (!(Number.isInteger(splits) && splits >= 1 && splits <= count)) throw new UsageError(`splits is ${splits}, for ${count} samples`, `Use a whole number from 1 to ${count}.`);
  const scores = Array.from({ length: splits }, (_, split) => scoreOf(probabilities, classes, Math.floor((split * count) / splits), Math.floor(((split + 1) * count) / splits)));
  const mean = scores.reduce((sum, score) => sum + score, 0) / splits;
  return { mean, standardDeviation: Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / splits) };
}

/** Of the samples from `first` up to, not including, `end`. The mean divergence is H(y) - H(y|x). */
function scoreOf(probabilities: ArrayLike<number>, classes: number, first: number, end: number): number {
  const marginal = new Float64Array(classes);
  let conditional = 0;
  for (let at = first * classes; at < end * classes; at++) {
    marginal[at % classes] += probabilities[at] / (end - first);
    conditional += surprise(probabilities[at]) / (end - first);
  }
  return Math.exp(marginal.reduce((sum, probability) => sum + surprise(probability), 0) - conditional);
}

const surprise = (probability: number): number => (probability > 0 ? -probability * Math.log(probability) : 0);
