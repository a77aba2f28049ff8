/** Reductions beyond the sum, and the softmax family. */
import { requireFloat, requireNumbers } from "../checks.js";
import { normalizeAxes, reducedShape } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { add, cast, div, equal, exp, log, mul, stopGradient, sub } from "./elementwise.js";
import { reshape, sum } from "./movement.js";

export const maxOp: Op<"max", { readonly axes: readonly number[]; readonly keepDims: boolean }> = {
  name: "max",
  shape([x], { axes, keepDims }) {
    requireNumbers("max", x);
    return { shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype };
  },
  gradient: (g, output, [x], { axes }) => {
    const kept = reducedShape(x.shape, axes, true);
    const winners = cast(equal(x, reshape(output, kept)), "float32");
    return [mul(winners, div(reshape(g, kept), sum(winners, axes, true)))];
  },
};

/** Largest value over `axes` (default all). Tied winners share the gradient equally. */
export function max(x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor {
  const normal = normalizeAxes("max", axes, x.rank);
  return normal.length === 0 ? x : apply(maxOp, [x], { axes: normal, keepDims });
}

/** Number of values that a reduction over `axes` joins into one. */
const countOver = (x: Tensor, axes: readonly number[]): number => axes.reduce((n, axis) => n * x.shape[axis], 1);

/** Arithmetic mean over `axes` (default all). */
export function mean(x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor {
  const normal = normalizeAxes("mean", axes, x.rank);
  return mul(sum(x, normal, keepDims), 1 / countOver(x, normal));
}

/** log(sum(exp(x))) over `axes`, shifted by the maximum so that nothing overflows. */
export function logSumExp(x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor {
  const normal = normalizeAxes("logSumExp", axes, x.rank);
  const shift = stopGradient(max(x, normal, true));
  const result = add(log(sum(exp(sub(x, shift)), normal, true)), shift);
  return reshape(result, reducedShape(x.shape, normal, keepDims));
}

export const softmaxOp: Op<"softmax", { readonly axis: number }> = {
  name: "softmax",
  shape(inputs) {
    requireFloat("softmax", inputs);
    return { shape: inputs[0].shape, dtype: "float32" };
  },
  define([x], { axis }) {
    const scaled = exp(sub(x, stopGradient(max(x, axis, true))));
    return div(scaled, sum(scaled, axis, true));
  },
  gradient: (g, y, _inputs, { axis }) => [mul(y, sub(g, sum(mul(g, y), axis, true)))],
};

/** exp(x) normalized to sum to 1 along `axis`. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const [normal] = normalizeAxes("softmax", axis, x.rank);
  return apply(softmaxOp, [x], { axis: normal });
}

export const logSoftmax = (x: Tensor, axis = -1): Tensor => sub(x, logSumExp(x, axis, true));
