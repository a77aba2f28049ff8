/** Penalties on the slope of a network: gradients of gradients. `logitsOf` is a discriminator, [batch, ...shape] -> [batch, 1]. */
import { add, gradients, mean, mul, noise, reshape, sizeOf, sqrt, square, sub, sum, type Tensor } from "../tensor/index.js";

type LogitsOf = (x: Tensor) => Tensor;

/** Squared length of the gradient of each example's logit in the example: [batch]. */
function squaredSlopes(logits: Tensor, x: Tensor): Tensor {
  const [gradient] = gradients(sum(logits), [x]);
  return sum(square(reshape(gradient, [x.shape[0], sizeOf(x.shape.slice(1))])), 1);
}

/** The gradient penalty of WGAN-GP, E[(|grad D| - 1)^2] on straight lines between real and made examples: Gulrajani et al. 2017, equation 3, without its weight. */
export function interpolatedPenalty(logitsOf: LogitsOf, real: Tensor, made: Tensor): Tensor {
  const share = noise.uniform([real.shape[0], ...real.shape.slice(1).map(() => 1)]);
  const between = add(made, mul(share, sub(real, made)));
  // The root's slope at 0 is not finite.
  return mean(square(sub(sqrt(add(squaredSlopes(logitsOf(between), between), 1e-12)), 1)));
}

/** R1 of Mescheder et al. 2018, equation 9, E[|grad D|^2] / 2 at real examples, without its weight gamma. `logits` are those of `real`. */
export const realPenalty = (logits: Tensor, real: Tensor): Tensor => mul(0.5, mean(squaredSlopes(logits, real)));

/**
 * How far the image goes with w, for each example: |J^T y| with J the slope of the image in w and y an image of noise, N(0, 1) by the root of the number of pixels, averaged over the
 * layers' styles (Karras et al. 2020, section 3.2). Images [batch, channels, height, width] of w [batch, styles, size] -> [batch].
 */
export function pathLengths(images: Tensor, w: Tensor): Tensor {
  const [, , height, width] = images.shape;
  const y = mul(noise.normal(images.shape), 1 / Math.sqrt(height * width));
  const [slope] = gradients(sum(mul(images, y)), [w]);
  return sqrt(add(mean(sum(square(slope), 2), 1), 1e-8));
}
