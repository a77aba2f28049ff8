/** What ops require of their operands, so that every error names the op, what it got and the way out. */
import { ShapeError } from "../errors.js";
import { formatShape, sameShape, sizeOf } from "./shape.js";
import type { Shape, Spec } from "./tensor.js";

/** Every size of `shape` a whole number from 0. */
export function requireSizes(what: string, shape: Shape): void {
  if (shape.some((n) => !Number.isSafeInteger(n) || n < 0)) throw new ShapeError(`${what}: ${formatShape(shape)} is not a shape`, "Sizes are whole numbers from 0.");
}

/** As many values as `shape` has places. */
export function requireCount(what: string, count: number, shape: Shape): void {
  if (count !== sizeOf(shape)) throw new ShapeError(`${what} of shape ${formatShape(shape)} is given ${count} values`, `The shape needs ${sizeOf(shape)}.`);
}

export function requireFloat(op: string, inputs: readonly Spec[]): void {
  const wrong = inputs.find((x) => x.dtype !== "float32");
  if (wrong) throw new ShapeError(`${op}: an operand of shape ${formatShape(wrong.shape)} is ${wrong.dtype}, not float32`, "Use cast(x, \"float32\").");
}

/** float32 or int32: truth values have no sum and no order. */
export function requireNumbers(op: string, { shape, dtype }: Spec): void {
  if (dtype === "bool") throw new ShapeError(`${op}: the operand of shape ${formatShape(shape)} is bool`, "Use cast(x, \"float32\") or cast(x, \"int32\").");
}

/** `what` of `op` exactly of shape `expected`, where broadcasting would hide a mistake. */
export function requireShape(op: string, what: string, { shape }: Spec, expected: Shape, x: Spec): void {
  if (!sameShape(shape, expected)) throw new ShapeError(`${op}: the ${what} has shape ${formatShape(shape)}, but for ${formatShape(x.shape)} it must be ${formatShape(expected)}`);
}
