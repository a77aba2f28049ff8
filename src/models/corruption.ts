/** Ways to spoil examples in [0, 1], drawn anew for each example and each time. What comes out is in [0, 1] too: as a file would hold it. */
import { UsageError } from "../errors.js";
import { add, clip, constant, greater, less, mul, noise, reshape, where, type Shape, type Tensor } from "../tensor/index.js";

export interface CorruptionOptions {
  readonly corruption: "gaussian" | "dropout" | "salt-and-pepper" | "blocks";
  /** Of the normal noise. */
  readonly stddev: number;
  /** Share of the values that dropout sets to 0, or salt and pepper to 0 or 1. */
  readonly rate: number;
  /** Side of the missing square in pixels. */
  readonly blockSize: number;
}

/** x [batch, ...shape] -> the same shape. */
export type Corruption = (x: Tensor) => Tensor;

/** The corruption of examples of this shape; a UsageError when blocks do not fit into them. */
export function corruptionOf({ corruption, stddev, rate, blockSize }: CorruptionOptions, shape: Shape): Corruption {
  switch (corruption) {
    case "gaussian":
      return (x) => clip(add(x, mul(noise.normal(x.shape), stddev)), 0, 1);
    case "dropout":
      return (x) => mul(x, noise.bernoulli(x.shape, 1 - rate));
    case "salt-and-pepper":
      return saltAndPepper(rate);
    case "blocks":
      return missingBlock(blockSize, shape);
  }
}

/** A share `rate` of the values becomes 0 or 1, as often the one as the other. */
const saltAndPepper = (rate: number): Corruption => (x) => {
  const u = noise.uniform(x.shape);
  return where(less(u, rate / 2), 0, where(less(u, rate), 1, x));
};

/** A square of `size` pixels, anywhere in the image, becomes 0 in all channels. */
function missingBlock(size: number, shape: Shape): Corruption {
  if (shape.length !== 3) throw new UsageError("Blocks can be missing from images only", "Use another corruption: gaussian, dropout or salt-and-pepper.");
  const [, height, width] = shape;
  if (size > Math.min(height, width)) throw new UsageError(`blockSize is ${size}, but the images are ${height} x ${width}`, `Use at most ${Math.min(height, width)}.`);
  return (x) => {
    const [batch] = x.shape;
    /** 1 at `size` neighbouring places of an axis, drawn for each image. */
    const stretch = (length: number, axisShape: Shape): Tensor => {
      // Whole numbers above u (length - size + 1) - 1 start at 0 to length - size, each as likely.
      const before = reshape(add(mul(noise.uniform([batch, 1]), length - size + 1), -1), [batch, 1, 1, 1]);
      const places = constant(Array.from({ length }, (_, i) => i), axisShape);
      return where(greater(places, before), where(greater(places, add(before, size)), 0, 1), 0);
    };
    const block = mul(stretch(height, [1, 1, height, 1]), stretch(width, [1, 1, 1, width]));
    return where(greater(block, 0.5), 0, x);
  };
}
