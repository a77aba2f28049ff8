/** The Fréchet distance between two sets of features, each taken for normally distributed: with those of an Inception network, FID. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { ShapeError, UsageError } from "../../errors.js";
import { countOf, type Points } from "../points.js";

/** A multivariate normal distribution. */
export interface Normal {
  /** [size]. */
  readonly mean: Float64Array;
  /** [size, size]. */
  readonly covariance: Matrix;
}

/** Mean and covariance of points, the latter unbiased (divided by n - 1). A UsageError for fewer than two. */
export function normalOf(points: Points): Normal {
  const { values, size } = points;
  const count = countOf(points);
  if (count < 2) throw new UsageError(`${count} points have no covariance`, "Use two or more.");
  const mean = new Float64Array(size);
  values.forEach((value, at) => (mean[at % size] += value / count));
  const sums = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    for (let a = 0; a < size; a++) centred[a] = values[i * size + a] - mean[a];
    for (let a = 0; a < size; a++) for (let b = a; b < size; b++) sums[a * size + b] += centred[a] * centred[b];
  }
  const covariance = new Matrix(size, size);
  for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) covariance.set(a, b, sums[Math.min(a, b) * size + Math.max(a, b)] / (count - 1));
  return { mean, covariance };
}

/**
 * |m - m'|² + Tr(C + C' - 2 (C C')^½) of two normal distributions (Dowson & Landau 1982; Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local
 * Nash Equilibrium", 2017, equation 6). (C C')^½ has the trace of (C^½ C' C^½)^½, whose roots are of symmetric matrices: what rounding leaves below 0 of
 * the eigenvalues of singular covariances is 0. A ShapeError when the two are of different sizes.
 */
export function frechetDistance(a: Normal, b: Normal): number {
  if (a.mean.length !== b.mean.length) throw new ShapeError(`Features of ${a.mean.length} and of ${b.mean.length} values have no distance`, "Use the same features for both.");
  const root = squareRoot(a.covariance);
  const shared = eigenvaluesOf(root.mmul(b.covariance).mmul(root)).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  const between = a.mean.reduce((sum, value, i) => sum + (value - b.mean[i]) ** 2, 0);
  return Math.max(0, between + a.covariance.trace() + b.covariance.trace() - 2 * shared);
}

const decompose = (symmetric: Matrix) => new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });

/** Rounding makes a product a little unsymmetric, which the decomposition must not see. */
const eigenvaluesOf = (matrix: Matrix): readonly number[] => decompose(Matrix.add(matrix, matrix.transpose()).mul(0.5)).realEigenvalues;

/** The root of a symmetric positive semidefinite matrix: V diag(λ^½) V^T. */
function squareRoot(matrix: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix } = decompose(matrix);
  return eigenvectorMatrix.clone().mulRowVector(realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)))).mmul(eigenvectorMatrix.transpose());
}
