/** Principal components on the host, for what is solved in closed form. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { UsageError } from "../errors.js";

/** Eigenvectors take time with the third power: a few seconds for 784 values, minutes for so many. */
const WIDEST = 4096;

/** A UsageError where examples of `width` values do not have `size` components, or have more values than can be decomposed. */
export function requireComponents(width: number, size: number): void {
  if (width > WIDEST) throw new UsageError(`PCA of examples of ${width} values`, `Use examples of at most ${WIDEST} values, or the model "linear", which finds the same subspace by gradients.`);
  if (!(Number.isInteger(size) && size >= 1 && size <= width)) throw new UsageError(`PCA with ${size} components, of examples of ${width} values`, `Use a whole number of components from 1 to ${width}.`);
}

export interface PrincipalComponents {
  /** Mean of the examples, [size]. */
  readonly mean: Float64Array;
  /** Variance along each direction, the largest first, [size]. Their sum is the total variance of the examples. */
  readonly variances: Float64Array;
  /** Unit vectors, one a row, [size, size]; the largest value of each is positive, so that the same data gives the same signs. */
  readonly directions: Float64Array;
}

/**
 * Principal components of `count` examples from their sums [size] and the sums of their products [size, size], by the eigenvectors of the
 * covariance (Pearson 1901; Hotelling 1933). The covariance is divided by `count`, so that the variances left out are the squared error.
 * Sums of examples that are shifted near their mean lose no digits, and give a mean that is shifted as they are.
 */
export function principalComponents(count: number, sums: ArrayLike<number>, products: ArrayLike<number>): PrincipalComponents {
  const size = sums.length;
  const mean = Float64Array.from(sums, (sum) => sum / count);
  const covariance = new Matrix(size, size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) covariance.set(i, j, products[i * size + j] / count - mean[i] * mean[j]);
  // Smallest eigenvalue first, eigenvectors in columns. Rounding may leave a variance of nothing below 0.
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const variances = Float64Array.from([...realEigenvalues].reverse(), (value) => Math.max(0, value));
  const directions = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const direction = eigenvectorMatrix.getColumn(size - 1 - i);
    const largest = direction.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    directions.set(largest < 0 ? direction.map((value) => -value) : direction, i * size);
  }
  return { mean, variances, directions };
}
