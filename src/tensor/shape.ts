/** Arithmetic on shapes, shared by the ops' rules and the engines. */
import { ShapeError } from "../errors.js";
import type { Shape } from "./tensor.js";

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/** NumPy broadcasting: axes are matched from the last; a size of 1 (or a missing axis) stretches. */
export function broadcastShapes(op: string, ...shapes: Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((n) => n !== 1) ?? 1;
    if (sizes.some((n) => n !== 1 && n !== size))
      throw new ShapeError(
        `${op}: shapes ${shapes.map(formatShape).join(" and ")} cannot be broadcast together`,
        `Axis ${axis - rank} has sizes ${sizes.join(" and ")}; sizes must be equal, or one of them 1.`,
      );
    return size;
  });
}

/** Axes as sorted non-negative numbers; `undefined` means all of them. */
export function normalizeAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  const list = axes === undefined ? Array.from({ length: rank }, (_, i) => i) : typeof axes === "number" ? [axes] : axes;
  const normal = list.map((axis) => {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
      throw new ShapeError(`${op}: axis ${axis} does not exist in a tensor of rank ${rank}`, `Use ${-rank} to ${rank - 1}.`);
    return axis < 0 ? axis + rank : axis;
  });
  if (new Set(normal).size !== normal.length) throw new ShapeError(`${op}: axes [${list.join(", ")}] name one axis twice in a tensor of rank ${rank}`);
  return normal.sort((a, b) => a - b);
}

/** Shape of the input's `axes` reduced away, or kept with size 1. */
export const reducedShape = (shape: Shape, axes: readonly number[], keepDims: boolean): number[] =>
  keepDims ? shape.map((n, axis) => (axes.includes(axis) ? 1 : n)) : shape.filter((_, axis) => !axes.includes(axis));
