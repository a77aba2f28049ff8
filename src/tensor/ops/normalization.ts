/** Normalization layers' mathematics: one composite that standardizes over axes, and the three uses of it. */
import { ShapeError } from "../../errors.js";
import { requireFloat, requireShape } from "../checks.js";
import { formatShape, normalizeAxes, reducedShape } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { add, div, mul, sqrt, square, sub } from "./elementwise.js";
import { reshape } from "./movement.js";
import { mean } from "./reduce.js";

export const varianceOp: Op<"variance", { readonly axes: readonly number[] }> = {
  name: "variance",
  shape(inputs, { axes }) {
    requireFloat("variance", inputs);
    return { shape: reducedShape(inputs[0].shape, axes, true), dtype: "float32" };
  },
  define: ([x], { axes }) => mean(square(sub(x, mean(x, axes, true))), axes, true),
};

/** Biased variance over `axes`, which keep size 1. */
export const variance = (x: Tensor, axes: number | readonly number[]): Tensor => apply(varianceOp, [x], { axes: normalizeAxes("variance", axes, x.rank) });

interface Standardizing {
  readonly axes: readonly number[];
  readonly epsilon: number;
}

/** Gradient for x, given those for and the values of y = standardize(x): Ioffe & Szegedy 2015, section 3, with the sums over the batch written as means. */
export const standardizeGradientOp: Op<"standardizeGradient", Standardizing> = {
  name: "standardizeGradient",
  shape(inputs) {
    requireFloat("standardizeGradient", inputs);
    return { shape: inputs[0].shape, dtype: "float32" };
  },
  define([g, y, x], { axes, epsilon }) {
    const deviation = sqrt(add(variance(x, axes), epsilon));
    return div(sub(sub(g, mean(g, axes, true)), mul(y, mean(mul(g, y), axes, true))), deviation);
  },
};

export const standardizeOp: Op<"standardize", Standardizing> = {
  name: "standardize",
  shape(inputs) {
    requireFloat("standardize", inputs);
    return { shape: inputs[0].shape, dtype: "float32" };
  },
  define([x], { axes, epsilon }) {
    const centred = sub(x, mean(x, axes, true));
    return div(centred, sqrt(add(mean(square(centred), axes, true), epsilon)));
  },
  gradient: (g, y, [x], attributes) => [apply(standardizeGradientOp, [g, y, x], attributes)],
};

/** (x - mean) / sqrt(variance + epsilon) with mean and biased variance over `axes`. */
export function standardize(x: Tensor, axes: number | readonly number[], epsilon = 1e-5): Tensor {
  return apply(standardizeOp, [x], { axes: normalizeAxes("standardize", axes, x.rank), epsilon });
}

function requireChannels(op: string, x: Tensor): void {
  if (x.rank < 2) throw new ShapeError(`${op}: input ${formatShape(x.shape)} needs rank 2 or more`, "Input is [batch, channels, ...].");
}

/** A vector over the channels, shaped to broadcast against x [N, C, ...]. */
function perChannel(op: string, what: string, vector: Tensor, x: Tensor): Tensor {
  requireShape(op, what, vector, [x.shape[1]], x);
  return reshape(vector, [vector.shape[0], ...new Array<number>(x.rank - 2).fill(1)]);
}

const scaleChannels = (op: string, normalized: Tensor, gain: Tensor, bias: Tensor): Tensor =>
  add(mul(normalized, perChannel(op, "gain", gain, normalized)), perChannel(op, "bias", bias, normalized));

export interface BatchStatistics {
  readonly mean: Tensor;
  /** Biased, as it is used to normalize. */
  readonly variance: Tensor;
}

const channelAxes = (x: Tensor): number[] => x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));

/** Mean and variance [C] of x [N, C, ...] over the batch and all positions. */
export const batchStatistics = (x: Tensor): BatchStatistics => ({
  mean: mean(x, channelAxes(x)),
  variance: reshape(variance(x, channelAxes(x)), [x.shape[1]]),
});

/**
 * Batch normalization of x [N, C, ...] with gain and bias [C] (Ioffe & Szegedy 2015): by the batch's own statistics, or
 * by `running` ones when they are given.
 */
export function batchNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number, running?: BatchStatistics): Tensor {
  requireChannels("batchNorm", x);
  const normalized = running
    ? div(sub(x, perChannel("batchNorm", "running mean", running.mean, x)), sqrt(add(perChannel("batchNorm", "running variance", running.variance, x), epsilon)))
    : standardize(x, channelAxes(x), epsilon);
  return scaleChannels("batchNorm", normalized, gain, bias);
}

/** Layer normalization over the last `gain.rank` axes (Ba et al. 2016). */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const normalizedShape = x.shape.slice(Math.max(x.rank - gain.rank, 0));
  requireShape("layerNorm", "gain", gain, normalizedShape, x);
  requireShape("layerNorm", "bias", bias, normalizedShape, x);
  const axes = gain.shape.map((_, i) => x.rank - gain.rank + i);
  return add(mul(standardize(x, axes, epsilon), gain), bias);
}

/** Group normalization of x [N, C, ...] with gain and bias [C] (Wu & He 2018). */
export function groupNorm(x: Tensor, groups: number, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  requireChannels("groupNorm", x);
  const [n, c, ...rest] = x.shape;
  if (c % groups !== 0) throw new ShapeError(`groupNorm: ${c} channels of ${formatShape(x.shape)} do not divide into ${groups} groups`);
  const grouped = reshape(x, [n, groups, c / groups, ...rest]);
  const normalized = reshape(standardize(grouped, grouped.shape.flatMap((_, axis) => (axis < 2 ? [] : [axis])), epsilon), x.shape);
  return scaleChannels("groupNorm", normalized, gain, bias);
}
