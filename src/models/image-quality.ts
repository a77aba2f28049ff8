/** How near an image comes to another, both [batch, channels, height, width] with values in [0, 1]. */
import { add, constant, conv2d, div, log, maximum, mean, mul, reshape, square, sub, type Tensor } from "../tensor/index.js";

/** Peak signal-to-noise ratio in dB, the mean over the batch of each image's -10 log10 of its mean squared error; 100 dB where two are the same. */
export const psnr = (image: Tensor, original: Tensor): Tensor => mean(mul(log(maximum(mean(square(sub(image, original)), [1, 2, 3]), 1e-10)), -10 / Math.LN10));

/** Window and constants of Wang et al., for values in [0, 1]. */
const [WINDOW, SIGMA, C1, C2] = [11, 1.5, 0.01 ** 2, 0.03 ** 2];

/** Weights of a normal curve over so many places; they add up to 1. */
function gaussian(places: number): readonly number[] {
  const weights = Array.from({ length: places }, (_, i) => Math.exp(-((i - (places - 1) / 2) ** 2) / (2 * SIGMA ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * Structural similarity, 1 for two that are the same: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity" (2004),
 * equation 13, with normal windows of 11 x 11 that lie within the image (as wide as it is, where that is less), the mean over all of them, each channel by itself.
 */
export function ssim(image: Tensor, original: Tensor): Tensor {
  const [batch, channels, height, width] = image.shape;
  const [rows, columns] = [gaussian(Math.min(WINDOW, height)), gaussian(Math.min(WINDOW, width))];
  const blurred = (x: Tensor): Tensor => conv2d(conv2d(reshape(x, [batch * channels, 1, height, width]), constant(rows, [1, 1, rows.length, 1])), constant(columns, [1, 1, 1, columns.length]));
  const [a, b] = [blurred(image), blurred(original)];
  const varianceOf = (x: Tensor, average: Tensor): Tensor => sub(blurred(square(x)), square(average));
  const covariance = sub(blurred(mul(image, original)), mul(a, b));
  const likeness = mul(add(mul(2, mul(a, b)), C1), add(mul(2, covariance), C2));
  const most = mul(add(add(square(a), square(b)), C1), add(add(varianceOf(image, a), varianceOf(original, b)), C2));
  return mean(div(likeness, most));
}
