/** A mixture of normal distributions with full covariances, fitted by expectation maximization (Dempster, Laird & Rubin 1977; Bishop 2006, section 9.2). */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { DataError, UsageError } from "../errors.js";
import { fillNoise, noise } from "../tensor/index.js";

/** One normal distribution and its share. */
export interface Component {
  readonly weight: number;
  /** [size]. */
  readonly mean: readonly number[];
  /** Lower triangular L [size, size], row by row; the covariance is L Lᵀ. */
  readonly factor: readonly number[];
}

/** Components whose weights add up to 1. */
export type Mixture = readonly Component[];

export interface MixtureOptions {
  /** Default 10. */
  readonly components?: number;
  /** Of EM at most. Default 100. */
  readonly iterations?: number;
  /** Stops when the mean log-likelihood rises by less, in nats. Default 1e-3. */
  readonly tolerance?: number;
  /** Added to the variances, so that no component collapses. Default 1e-6. */
  readonly regularization?: number;
  /** Decides the start. Default 0. */
  readonly seed?: number;
  /** Where to start, instead of a random choice of centres. */
  readonly start?: Mixture;
}

export interface FittedMixture {
  readonly mixture: Mixture;
  /** Mean log-likelihood of a point in nats, under the start and after each iteration. */
  readonly logLikelihoods: readonly number[];
}

/** Fits a mixture to points [n, size], one after the other. A UsageError when there are fewer points than components, a DataError when values are not finite. */
export function fitMixture(points: ArrayLike<number>, size: number, options: MixtureOptions = {}): FittedMixture {
  const { components = 10, iterations = 100, tolerance = 1e-3, regularization = 1e-6, seed = 0, start } = options;
  const data = Float64Array.from(points);
  const count = data.length / size;
  if (!(Number.isInteger(components) && components >= 1 && components <= count)) throw new UsageError(`${components} components for ${count} points`, "Use a whole number from 1, and no more than there are points.");
  if (!data.every(Number.isFinite)) throw new DataError("Some codings are not finite", "Train the model anew, with a smaller learning rate.");
  let mixture = start ?? maximize(data, size, responsibilitiesOfNearest(data, size, chooseCentres(data, size, components, seed)), regularization);
  let expected = expect(data, size, mixture);
  const logLikelihoods = [expected.logLikelihood];
  for (let i = 0; i < iterations; i++) {
    mixture = maximize(data, size, expected.responsibilities, regularization);
    expected = expect(data, size, mixture);
    logLikelihoods.push(expected.logLikelihood);
    if (expected.logLikelihood - logLikelihoods[i] < tolerance) break;
  }
  return { mixture, logLikelihoods };
}

/** Mean log-likelihood of points [n, size] in nats. */
export const meanLogLikelihood = (mixture: Mixture, points: ArrayLike<number>, size: number): number => expect(Float64Array.from(points), size, mixture).logLikelihood;

/** `count` points [count, size]. Point i depends on the seed and on i alone. */
export function sampleMixture(mixture: Mixture, count: number, seed: number): Float32Array {
  const size = mixture[0].mean.length;
  const [choice, normal] = [new Float64Array(count), new Float64Array(count * size)];
  fillNoise(noise.uniform([count, 1]), 0, { seed }, choice);
  fillNoise(noise.normal([count, size]), 1, { seed }, normal);
  const points = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const { mean, factor } = componentAt(mixture, choice[i]);
    for (let row = 0; row < size; row++) {
      let value = mean[row];
      for (let column = 0; column <= row; column++) value += factor[row * size + column] * normal[i * size + column];
      points[i * size + row] = value;
    }
  }
  return points;
}

/** The component in whose share of [0, 1) the number lies. */
function componentAt(mixture: Mixture, at: number): Component {
  let end = 0;
  return mixture.find(({ weight }) => at < (end += weight)) ?? mixture[mixture.length - 1];
}

interface Expected {
  /** p(component | point): [n, components]. */
  readonly responsibilities: Float64Array;
  readonly logLikelihood: number;
}

/** The E step (equation 9.23). */
function expect(data: Float64Array, size: number, mixture: Mixture): Expected {
  const [count, components] = [data.length / size, mixture.length];
  const responsibilities = new Float64Array(count * components);
  mixture.forEach(({ weight, mean, factor }, k) => {
    let logScale = Math.log(weight) - (size / 2) * Math.log(2 * Math.PI);
    for (let row = 0; row < size; row++) logScale -= Math.log(factor[row * (size + 1)]);
    const solved = new Float64Array(size);
    for (let i = 0; i < count; i++) responsibilities[i * components + k] = logScale - squaredLength(data, i * size, mean, factor, solved) / 2;
  });
  let total = 0;
  for (let i = 0; i < count; i++) {
    const logs = responsibilities.subarray(i * components, (i + 1) * components);
    const largest = Math.max(...logs);
    const logSum = largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
    total += logSum;
    for (let k = 0; k < components; k++) logs[k] = Math.exp(logs[k] - logSum);
  }
  return { responsibilities, logLikelihood: total / count };
}

/** |L⁻¹ (x - mean)|², the squared Mahalanobis distance, by forward substitution; `solved` is scratch. */
function squaredLength(data: Float64Array, at: number, mean: readonly number[], factor: readonly number[], solved: Float64Array): number {
  const size = mean.length;
  let length = 0;
  for (let row = 0; row < size; row++) {
    let value = data[at + row] - mean[row];
    for (let column = 0; column < row; column++) value -= factor[row * size + column] * solved[column];
    solved[row] = value / factor[row * (size + 1)];
    length += solved[row] * solved[row];
  }
  return length;
}

/** The M step (equations 9.24 to 9.26). */
function maximize(data: Float64Array, size: number, responsibilities: Float64Array, regularization: number): Mixture {
  const count = data.length / size;
  const components = responsibilities.length / count;
  const mixture = Array.from({ length: components }, (_, k): Component => {
    // A component that answers for no point keeps a weight just above 0, so that its logarithm is a number.
    let total = 10 * Number.EPSILON;
    const mean = new Float64Array(size);
    for (let i = 0; i < count; i++) {
      const share = responsibilities[i * components + k];
      total += share;
      for (let j = 0; j < size; j++) mean[j] += share * data[i * size + j];
    }
    for (let j = 0; j < size; j++) mean[j] /= total;
    const covariance = covarianceOf(data, mean, (i) => responsibilities[i * components + k] / total);
    for (let j = 0; j < size; j++) covariance.set(j, j, covariance.get(j, j) + regularization);
    const cholesky = new CholeskyDecomposition(covariance);
    if (!cholesky.isPositiveDefinite()) throw new DataError(`Component ${k} of the mixture has collapsed`, "Use fewer components, or a larger regularization.");
    return { weight: total / count, mean: Array.from(mean), factor: cholesky.lowerTriangularMatrix.to1DArray() };
  });
  const sum = mixture.reduce((all, { weight }) => all + weight, 0);
  return mixture.map((component) => ({ ...component, weight: component.weight / sum }));
}

/** Σ share(i) (x_i - mean) (x_i - mean)ᵀ. */
function covarianceOf(data: Float64Array, mean: Float64Array, share: (i: number) => number): Matrix {
  const size = mean.length;
  const lower = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (let i = 0; i < data.length / size; i++) {
    const weight = share(i);
    // Most points belong to one component all but wholly: what the others would add is lost in rounding.
    if (weight < 1e-20) continue;
    for (let j = 0; j < size; j++) centred[j] = data[i * size + j] - mean[j];
    for (let row = 0; row < size; row++) for (let column = 0; column <= row; column++) lower[row * size + column] += weight * centred[row] * centred[column];
  }
  const covariance = new Matrix(size, size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column <= row; column++) {
      covariance.set(row, column, lower[row * size + column]);
      covariance.set(column, row, lower[row * size + column]);
    }
  return covariance;
}

/** Points far from each other: each is drawn with a probability that grows with the squared distance to those before (k-means++, Arthur & Vassilvitskii 2007). */
function chooseCentres(data: Float64Array, size: number, components: number, seed: number): Float64Array[] {
  const generator = xoroshiro128plus(seed);
  const count = data.length / size;
  const centres: Float64Array[] = [];
  const distances = new Float64Array(count).fill(1);
  while (centres.length < components) {
    let left = uniformFloat64(generator) * distances.reduce((sum, distance) => sum + distance, 0);
    const index = Math.max(0, distances.findIndex((distance) => distance > 0 && (left -= distance) < 0));
    const centre = data.slice(index * size, (index + 1) * size);
    for (let i = 0; i < count; i++) distances[i] = Math.min(centres.length === 0 ? Infinity : distances[i], squaredDistance(data, i * size, centre));
    centres.push(centre);
  }
  return centres;
}

function squaredDistance(data: Float64Array, at: number, centre: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < centre.length; j++) sum += (data[at + j] - centre[j]) ** 2;
  return sum;
}

/** Each point belongs to its nearest centre: [n, centres] of 0 and 1. */
function responsibilitiesOfNearest(data: Float64Array, size: number, centres: readonly Float64Array[]): Float64Array {
  const count = data.length / size;
  const responsibilities = new Float64Array(count * centres.length);
  for (let i = 0; i < count; i++) {
    const distances = centres.map((centre) => squaredDistance(data, i * size, centre));
    responsibilities[i * centres.length + distances.indexOf(Math.min(...distances))] = 1;
  }
  return responsibilities;
}
