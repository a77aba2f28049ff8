/** Making images smaller and larger: along each axis, every new pixel is a weighted sum of old ones that lie side by side. */

/** For each new pixel the first of the old ones that it is made of, and how much each of them counts; weights add up to 1. */
export type Resampling = readonly { readonly first: number; readonly weights: Float64Array }[];

/** Every pixel is what it was. */
export const unchanged = (length: number): Resampling => Array.from({ length }, (_, first) => ({ first, weights: Float64Array.of(1) }));

/** `factor` pixels become one, their mean ("box"). `length` is a multiple of the factor. */
export const shrinking = (length: number, factor: number): Resampling =>
  Array.from({ length: length / factor }, (_, i) => ({ first: i * factor, weights: new Float64Array(factor).fill(1 / factor) }));

/** Keys' cubic convolution kernel with a = -1/2 ("Cubic Convolution Interpolation for Digital Image Processing", 1981, equation 15), Pillow's and MATLAB's "bicubic". */
function cubic(distance: number): number {
  const d = Math.abs(distance);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

/** One pixel of what `old` makes becomes `factor`, along bicubic curves; at the border, the weights of the pixels that there are add up to 1. */
export const enlarging = (old: Resampling, factor: number): Resampling =>
  Array.from({ length: old.length * factor }, (_, i) => {
    const place = (i + 0.5) / factor - 0.5;
    const near = [-1, 0, 1, 2].map((step) => Math.floor(place) + step).filter((at) => at >= 0 && at < old.length);
    const total = near.reduce((sum, at) => sum + cubic(place - at), 0);
    const { first } = old[near[0]];
    const last = old[near[near.length - 1]];
    const weights = new Float64Array(last.first + last.weights.length - first);
    for (const at of near) old[at].weights.forEach((weight, j) => (weights[old[at].first - first + j] += (weight * cubic(place - at)) / total));
    return { first, weights };
  });

/** An image [channels, height, width] with other rows and columns: [channels, rows, columns]. What overshoots is left as it is. */
export function resample(image: ArrayLike<number>, [channels, height, width]: readonly [number, number, number], rows: Resampling, columns: Resampling): Float32Array {
  const narrow = new Float32Array(channels * height * columns.length);
  for (let line = 0; line < channels * height; line++)
    for (let x = 0; x < columns.length; x++) {
      const { first, weights } = columns[x];
      let sum = 0;
      for (let j = 0; j < weights.length; j++) sum += weights[j] * image[line * width + first + j];
      narrow[line * columns.length + x] = sum;
    }
  const result = new Float32Array(channels * rows.length * columns.length);
  for (let channel = 0; channel < channels; channel++)
    for (let y = 0; y < rows.length; y++) {
      const { first, weights } = rows[y];
      const to = (channel * rows.length + y) * columns.length;
      for (let j = 0; j < weights.length; j++) {
        const from = (channel * height + first + j) * columns.length;
        for (let x = 0; x < columns.length; x++) result[to + x] += weights[j] * narrow[from + x];
      }
    }
  return result;
}
