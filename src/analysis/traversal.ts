/** One coding changed at a time, all others kept: what each of them says (Higgins et al. 2017, "beta-VAE: Learning Basic Visual Concepts", figures 1 to 3). */
import { countOf, type Points } from "./points.js";

/** What the codings of many examples are like, four numbers for each coding: [size]. */
export interface CodingRanges {
  readonly mean: Float64Array;
  /** Standard deviation, of all these examples. */
  readonly deviation: Float64Array;
  readonly minimum: Float64Array;
  readonly maximum: Float64Array;
}

/** Mean, standard deviation and limits of each coding, of codings [n, size]. A ShapeError when they are not whole codings. */
export function codingRanges(points: Points): CodingRanges {
  const { values, size } = points;
  const count = countOf(points);
  const [mean, deviation] = [new Float64Array(size), new Float64Array(size)];
  const [minimum, maximum] = [new Float64Array(size).fill(Infinity), new Float64Array(size).fill(-Infinity)];
  for (let i = 0; i < values.length; i++) {
    const [coding, value] = [i % size, values[i]];
    mean[coding] += value / count;
    minimum[coding] = Math.min(minimum[coding], value);
    maximum[coding] = Math.max(maximum[coding], value);
  }
  for (let i = 0; i < values.length; i++) deviation[i % size] += (values[i] - mean[i % size]) ** 2 / count;
  return { mean, deviation: deviation.map(Math.sqrt), minimum, maximum };
}

/** The nearest value that lies in the range of this coding: a decoder knows nothing of what lies outside. */
export const within = ({ minimum, maximum }: CodingRanges, coding: number, value: number): number => Math.min(maximum[coding], Math.max(minimum[coding], value));

/** `steps` numbers from `first` to `last`, both included, equally far apart. */
export const evenly = (first: number, last: number, steps: number): number[] => Array.from({ length: steps }, (_, i) => (steps === 1 ? first : first + ((last - first) * i) / (steps - 1)));

/** The coding `base` [size] with one of its values replaced by each of `values` in turn: [values, size]. */
export function alongCoding(base: Float32Array, coding: number, values: readonly number[]): Float32Array {
  const path = new Float32Array(values.length * base.length);
  values.forEach((value, i) => {
    path.set(base, i * base.length);
    path[i * base.length + coding] = value;
  });
  return path;
}

/** How much images [steps, ...shape] differ from each other: the variance of each value over the steps, averaged over the values. */
export function meanVariance(images: Float32Array, steps: number): number {
  const width = images.length / steps;
  let total = 0;
  for (let at = 0; at < width; at++) {
    let [sum, squares] = [0, 0];
    // From the first step, so that images which are all alike differ by exactly 0.
    for (let step = 1; step < steps; step++) {
      const difference = images[step * width + at] - images[at];
      sum += difference;
      squares += difference ** 2;
    }
    total += squares / steps - (sum / steps) ** 2;
  }
  return total / width;
}
