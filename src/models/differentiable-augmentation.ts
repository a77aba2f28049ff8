/**
 * Differentiable augmentation of Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training" (2020): the discriminator sees real and made
 * images only after the same kinds of random changes, through which the generator's gradient flows. Images [batch, channels, height, width].
 */
import { UsageError } from "../errors.js";
import { add, cast, constant, equal, greater, matmul, mean, mul, noise, sub, where, type Shape, type Tensor } from "../tensor/index.js";

export const augmentationNames = ["color", "translation", "cutout"] as const;
export type AugmentationName = (typeof augmentationNames)[number];

/** One number for each image, uniform in [low, high). */
const draw = (batch: number, low: number, high: number): Tensor => add(low, mul(high - low, noise.uniform([batch, 1, 1, 1])));

/** Brightness by up to half of [0, 1], saturation up to twice, contrast between half and one and a half. */
function color(x: Tensor): Tensor {
  const [batch] = x.shape;
  const around = (centre: Tensor, image: Tensor, factor: Tensor): Tensor => add(centre, mul(sub(image, centre), factor));
  const bright = add(x, draw(batch, -0.5, 0.5));
  const saturated = around(mean(bright, 1, true), bright, draw(batch, 0, 2));
  return around(mean(saturated, [1, 2, 3], true), saturated, draw(batch, 0.5, 1.5));
}

const places = (count: number, shape: Shape): Tensor => constant(Array.from({ length: count }, (_, i) => i), shape);

/** Moves each image by whole pixels, up to an eighth of its size each way; what comes in is 0. */
function translation(x: Tensor): Tensor {
  const [batch, , height, width] = x.shape;
  /** [batch, 1, size, size] with a 1 where the pixel of the row's number is taken from: the identity, moved by a number of places. */
  const shift = (size: number): Tensor => {
    const most = Math.floor(size / 8 + 0.5);
    const steps = sub(cast(cast(mul(noise.uniform([batch, 1, 1, 1]), 2 * most + 1), "int32"), "float32"), most);
    return cast(equal(sub(places(size, [1, 1, 1, size]), places(size, [1, 1, size, 1])), steps), "float32");
  };
  // As products of matrices, in which gradients flow back to where the pixels came from.
  const down = matmul(shift(height), x);
  return matmul(down, shift(width));
}

/** A square of half the image's size, anywhere, becomes 0. */
function cutout(x: Tensor): Tensor {
  const [batch, , height, width] = x.shape;
  /** 1 at the places of an axis within the stretch. */
  const stretch = (size: number, axisShape: Shape): Tensor => {
    const half = Math.floor(size / 2 + 0.5) / 2;
    const centre = mul(noise.uniform([batch, 1, 1, 1]), size);
    const from = sub(places(size, axisShape), sub(centre, half + 0.5));
    return where(greater(from, 0), where(greater(from, 2 * half), 0, 1), 0);
  };
  return mul(x, sub(1, mul(stretch(height, [1, 1, height, 1]), stretch(width, [1, 1, 1, width]))));
}

const augmentations: Readonly<Record<AugmentationName, (x: Tensor) => Tensor>> = { color, translation, cutout };

/** The chosen augmentations one after the other; the identity for none. A UsageError for examples that are no images. */
export function augmentation(names: readonly AugmentationName[], shape: Shape): (x: Tensor) => Tensor {
  if (names.length > 0 && shape.length !== 3) throw new UsageError("Only images can be augmented", "Leave out --augment.");
  return (x) => names.reduce((image, name) => augmentations[name](image), x);
}
