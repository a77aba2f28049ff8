/** Checks that layers share, so that a wrong option or shape is named where it was written. */
import { ShapeError, UsageError } from "../errors.js";
import { formatShape, pair, type ConvTransposeOptions, type Shape } from "../tensor/index.js";

export function requireWhole(layer: string, option: string, value: number, minimum = 1): void {
  if (!Number.isInteger(value) || value < minimum) throw new UsageError(`${layer}: ${option} is ${value}`, `Use a whole number from ${minimum}.`);
}

/** `value` finite and at least 0. */
export function requireNotNegative(owner: string, option: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) throw new UsageError(`${owner}: ${option} is ${value}`, "Use a number from 0.");
}

/** `value` in [0, 1). */
export function requireFraction(layer: string, option: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new UsageError(`${layer}: ${option} is ${value}`, "Use a number from 0 up to, not including, 1.");
}

type PerAxis = number | readonly (number | readonly [number, number])[];

/** A whole number from `minimum`, or one for each axis or side. */
export function requireSizes(layer: string, option: string, sizes: PerAxis, minimum = 1): void {
  for (const size of [sizes].flat(2)) requireWhole(layer, option, size, minimum);
}

export interface Window extends ConvTransposeOptions {
  readonly kernelSize: number | readonly [number, number];
}

/** The options of anything that slides a window over an image. */
export function requireWindow(layer: string, { kernelSize, stride = 1, dilation = 1, groups = 1, padding = 0, outputPadding = 0 }: Window): void {
  requireSizes(layer, "kernelSize", kernelSize);
  requireSizes(layer, "stride", stride);
  requireSizes(layer, "dilation", dilation);
  requireWhole(layer, "groups", groups);
  if (typeof padding !== "string") requireSizes(layer, "padding", padding, 0);
  requireSizes(layer, "outputPadding", outputPadding, 0);
}

/** Pooling windows must each see a real pixel, so the padding is smaller than the window. */
export function requirePooling(layer: string, window: Window): void {
  requireWindow(layer, window);
  const { kernelSize, padding = 0 } = window;
  if (typeof padding === "string") return;
  const sides = typeof padding === "number" ? [padding, padding] : padding;
  const limits = pair(kernelSize);
  sides.forEach((side, axis) => {
    if (Math.max(...[side].flat()) < limits[axis]) return;
    throw new UsageError(`${layer}: padding is ${JSON.stringify(padding)} for a kernelSize of [${limits.join(", ")}]`, "Use a padding smaller than the window.");
  });
}

/** `what` of a layer must be a multiple of its groups. */
export function requireDivisible(what: string, count: number, groups: number): void {
  if (count % groups === 0) return;
  throw new ShapeError(`${count} ${what} do not divide into ${groups} groups`, `Use a number of groups that divides ${count}.`);
}

export function requireRank(shape: Shape, rank: number, meaning: string): void {
  if (shape.length === rank) return;
  const hint = rank === 1 ? "Put Flatten() before it." : "Put Reshape(...) before it.";
  throw new ShapeError(`needs examples of shape ${meaning}, but gets ${formatShape(shape)}`, hint);
}

/** Examples that have at least one axis. */
export function requireAxis(shape: Shape, meaning: string): void {
  if (shape.length === 0) throw new ShapeError(`needs examples of shape ${meaning}, but gets single numbers, []`, "Put Reshape([1]) before it.");
}
