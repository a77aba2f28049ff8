/** Principal components on the host, for what is solved in closed form. */
import { EigenvalueDecomposition, Matrix, QrDecomposition } from "ml-matrix";
import { UsageError } from "../errors.js";
import { threefry } from "./threefry.js";

/** Eigenvectors take time with the third power of the number of values in an example: a few seconds for 784 values, minutes for so many. */
export const widestExamples = 4096;

/** A UsageError where examples of `width` values do not have `size` components, or have more values than can be decomposed. */
export function requireComponents(width: number, size: number): void {
  if (width > widestExamples) throw new UsageError(`PCA of examples of ${width} values`, `Use examples of at most ${widestExamples} values, or the model "linear", which finds the same subspace by gradients.`);
  if (!(Number.isInteger(size) && size >= 1 && size <= width)) throw new UsageError(`PCA with ${size} components, of examples of ${width} values`, `Use a whole number of components from 1 to ${width}.`);
}

export interface PrincipalComponents {
  /** Mean of the examples, [width]. */
  readonly mean: Float64Array;
  /** Variance along each direction, the largest first, [size]. */
  readonly variances: Float64Array;
  /** Of the examples in all directions, whether they are among those given or not. */
  readonly totalVariance: number;
  /** Unit vectors, one a row, [size, width]; the largest value of each is positive, so that the same data gives the same signs. */
  readonly directions: Float64Array;
}

/** Eigenvalues, the largest first, and their eigenvectors in columns. */
interface Eigenvectors {
  readonly values: readonly number[];
  readonly vectors: Matrix;
}

/**
 * The first `size` principal components (default: all) of `count` examples from their sums [width] and the sums of their products [width, width], by the
 * eigenvectors of the covariance (Pearson 1901; Hotelling 1933). The covariance is divided by `count`, so that the variances left out are the squared error.
 * Sums of examples that are shifted near their mean lose no digits, and give a mean that is shifted as they are.
 */
export function principalComponents(count: number, sums: ArrayLike<number>, products: ArrayLike<number>, size = sums.length): PrincipalComponents {
  const width = sums.length;
  const mean = Float64Array.from(sums, (sum) => sum / count);
  const covariance = new Matrix(width, width);
  for (let i = 0; i < width; i++) for (let j = 0; j < width; j++) covariance.set(i, j, products[i * width + j] / count - mean[i] * mean[j]);
  const { values, vectors } = leadingEigenvectors(covariance, size) ?? allEigenvectors(covariance);
  const directions = new Float64Array(size * width);
  for (let i = 0; i < size; i++) {
    const direction = vectors.getColumn(i);
    const largest = direction.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    directions.set(largest < 0 ? direction.map((value) => -value) : direction, i * width);
  }
  // Rounding may leave a variance of nothing below 0.
  return { mean, variances: Float64Array.from(values.slice(0, size), (value) => Math.max(0, value)), totalVariance: Math.max(0, covariance.trace()), directions };
}

/** Of a symmetric matrix. The decomposition has the smallest first. */
function allEigenvectors(matrix: Matrix): Eigenvectors {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  return { values: [...realEigenvalues].reverse(), vectors: eigenvectorMatrix.flipRows() };
}

/** Dimensions in which so few eigenvectors are looked for: more than twice as many make them settle within some ten rounds. Undefined where all are found as fast. */
function subspaceOf(width: number, size: number): number | undefined {
  const dimensions = 2 * size + 10;
  return 8 * dimensions <= width ? dimensions : undefined;
}

/** About so many multiplications it takes to find `size` components of examples of `width` values from their sums: a second for each billion. */
export const decompositionWork = (width: number, size: number): number => 10 * width ** 2 * (subspaceOf(width, size) ?? width);

/** Rounds after which a decomposition of the whole would have been faster. */
const ROUNDS = 30;

/**
 * The `size` largest eigenvalues of a covariance and their eigenvectors, by subspace iteration with Rayleigh-Ritz projection (Golub & Van Loan, "Matrix Computations",
 * section 8.2.4), until a round changes their sum by less than 1e-9 of what it leaves out. Undefined where they do not, as among eigenvalues that are nearly the same, and where the subspace is so large that all eigenvectors are found as fast.
 */
function leadingEigenvectors(covariance: Matrix, size: number): Eigenvectors | undefined {
  const { rows: width } = covariance;
  const dimensions = subspaceOf(width, size);
  if (dimensions === undefined) return undefined;
  const total = covariance.trace();
  let basis = new QrDecomposition(Matrix.rand(width, dimensions, { random: someNumbers() })).orthogonalMatrix;
  for (let [round, before] = [0, 0]; round < ROUNDS; round++) {
    const mapped = covariance.mmul(basis);
    const { values, vectors } = allEigenvectors(basis.transpose().mmul(mapped));
    const kept = values.slice(0, size).reduce((sum, value) => sum + value, 0);
    // Where nothing is left out, the last digits of what is kept still move.
    if (kept - before <= 1e-9 * (total - kept) + 1e-14 * total) return { values, vectors: basis.mmul(vectors) };
    before = kept;
    basis = new QrDecomposition(mapped).orthogonalMatrix;
  }
  return undefined;
}

/** Numbers from 0 to 1, the same each time: vectors made of them are at right angles to no eigenvector. */
function someNumbers(): () => number {
  const bits = new Uint32Array(2);
  let drawn = 0;
  return () => {
    threefry(0, 0, drawn++, 0, bits);
    return bits[0] / 2 ** 32;
  };
}
