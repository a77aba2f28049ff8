/** Checks that layers share, so that a wrong option or shape is named where it was written. */
import { ShapeError, UsageError } from "../errors.js";
import { formatShape, type Shape } from "../tensor/index.js";

export function requireWhole(layer: string, option: string, value: number, minimum = 1): void {
  if (!Number.isInteger(value) || value < minimum) throw new UsageError(`${layer}: ${option} is ${value}`, `Use a whole number from ${minimum}.`);
}

/** `value` in [0, 1). */
export function requireFraction(layer: string, option: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new UsageError(`${layer}: ${option} is ${value}`, "Use a number from 0 up to, not including, 1.");
}

export function requireRank(layer: string, name: string, shape: Shape, rank: number, meaning: string): void {
  if (shape.length !== rank)
    throw new ShapeError(`${layer} "${name}" needs examples of shape ${meaning}, but gets ${formatShape(shape)}`, rank === 1 ? "Put Flatten() before it." : "Put Reshape(...) before it.");
}
