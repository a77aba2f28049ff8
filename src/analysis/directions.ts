/** Classes by their means, and the ways from one to another: "king - man + woman" (Mikolov et al. 2013), for images Radford et al. 2016, "Unsupervised Representation Learning with Deep Convolutional GANs", section 6.3.2. */
import { DataError, ShapeError } from "../errors.js";

/** The mean of each class, of rows of `size` numbers: [classes, size]. Of a class without rows it is not a number. */
export interface ClassMeans {
  readonly means: Float64Array;
  readonly size: number;
}

/** Means of rows [n, size] by their labels [n], class numbers from 0. A ShapeError when the values are not one row for each label. */
export function classMeans(values: ArrayLike<number>, labels: ArrayLike<number>, classes: number): ClassMeans {
  const size = values.length / labels.length;
  if (!Number.isInteger(size)) throw new ShapeError(`${values.length} values are not whole rows for ${labels.length} labels`, "Pass one class number for each row.");
  const [sums, counts] = [new Float64Array(classes * size), new Float64Array(classes)];
  for (let i = 0; i < labels.length; i++) {
    counts[labels[i]]++;
    for (let j = 0; j < size; j++) sums[labels[i] * size + j] += values[i * size + j];
  }
  return { means: sums.map((sum, i) => sum / counts[Math.floor(i / size)]), size };
}

/** The mean of one class minus that of another: [size]. A DataError for a class without examples. */
export function directionBetween({ means, size }: ClassMeans, add: number, subtract: number): Float32Array {
  const missing = [add, subtract].find((number) => Number.isNaN(means[number * size]));
  if (missing !== undefined) throw new DataError(`There is no example of class ${missing}`, "Use more examples, or another class.");
  return Float32Array.from({ length: size }, (_, i) => means[add * size + i] - means[subtract * size + i]);
}

/** `row` [size] moved along the direction by each of the strengths: [strengths, size]. */
export function moved(row: Float32Array, direction: Float32Array, strengths: readonly number[]): Float32Array {
  const { length } = row;
  return Float32Array.from({ length: strengths.length * length }, (_, i) => row[i % length] + strengths[Math.floor(i / length)] * direction[i % length]);
}

/** The class whose mean is nearest, by squared distance, to each of the rows [n, size]; of equally near ones that with the lower number. */
export function nearestClasses(rows: Float32Array, { means, size }: ClassMeans): Int32Array {
  return Int32Array.from({ length: rows.length / size }, (_, row) => {
    let [nearest, least] = [-1, Infinity];
    for (let number = 0; number * size < means.length; number++) {
      let distance = 0;
      for (let i = 0; i < size; i++) distance += (rows[row * size + i] - means[number * size + i]) ** 2;
      if (distance < least) [nearest, least] = [number, distance];
    }
    return nearest;
  });
}
