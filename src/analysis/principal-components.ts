import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { countOf, type Points } from "./points.js";

/**
 * Coordinates [n, dimensions] along the directions of most variance, the first the largest (Pearson 1901). Each direction's largest
 * weight is positive, so that the picture does not flip. A coordinate that there is no direction for is 0.
 */
export function principalComponents(points: Points, dimensions: number): Float64Array {
  const { values, size } = points;
  const count = countOf(points);
  const means = Float64Array.from({ length: size }, (_, column) => meanOf(count, (i) => values[i * size + column]));
  const covariance = Matrix.zeros(size, size);
  for (let a = 0; a < size; a++)
    for (let b = a; b < size; b++) {
      const value = meanOf(count, (i) => (values[i * size + a] - means[a]) * (values[i * size + b] - means[b]));
      covariance.set(a, b, value);
      covariance.set(b, a, value);
    }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const coordinates = new Float64Array(count * dimensions);
  order.slice(0, dimensions).forEach((column, dimension) => {
    const direction = upright(eigenvectorMatrix.getColumn(column));
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let a = 0; a < size; a++) sum += (values[i * size + a] - means[a]) * direction[a];
      coordinates[i * dimensions + dimension] = sum;
    }
  });
  return coordinates;
}

function meanOf(count: number, valueOf: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += valueOf(i);
  return sum / count;
}

function upright(direction: readonly number[]): readonly number[] {
  const largest = direction.reduce((most, weight) => (Math.abs(weight) > Math.abs(most) ? weight : most), 0);
  return largest < 0 ? direction.map((weight) => -weight) : direction;
}
