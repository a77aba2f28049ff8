/** Normalization layers' mathematics: one composite that standardizes over axes, and the three uses of it. */
import { ShapeError } from "../../errors.js";
import { requireFloat, requireShape } from "../checks.js";
import { formatShape, normalizeAxes, reducedShape } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { add, div, mul, sqrt, square, sub } from "./elementwise.js";
import { reshape, sum } from "./movement.js";
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

export interface Standardizing {
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

export interface Grouping {
  readonly groups: number;
  readonly epsilon: number;
}

/** [N, C, ...] -> [N, groups, C / groups, ...]: what is standardized together. */
const grouped = (x: Tensor, groups: number): Tensor => reshape(x, [x.shape[0], groups, x.shape[1] / groups, ...x.shape.slice(2)]);
const groupAxes = (x: Tensor): number[] => x.shape.slice(1).map((_, i) => i + 2);
const standardizedGroups = (x: Tensor, { groups, epsilon }: Grouping): Tensor => standardize(grouped(x, groups), groupAxes(x), epsilon);

const sameAsInput = (op: string, at: number) => (inputs: readonly Tensor[]) => {
  requireFloat(op, inputs);
  return { shape: inputs[at].shape, dtype: "float32" } as const;
};

/** Gradient for x of group normalization, given that for its output: inputs g, x, gain. */
export const groupNormGradientOp: Op<"groupNormGradient", Grouping> = {
  name: "groupNormGradient",
  shape: sameAsInput("groupNormGradient", 1),
  define([g, x, gain], attributes) {
    const scaled = mul(g, perChannel("groupNorm", "gain", gain, x));
    const axes = groupAxes(x);
    const inputs = [grouped(scaled, attributes.groups), standardizedGroups(x, attributes), grouped(x, attributes.groups)];
    return reshape(apply(standardizeGradientOp, inputs, { axes, epsilon: attributes.epsilon }), x.shape);
  },
};

/** Gradient for the gain: inputs g, x, gain. */
export const groupNormGainGradientOp: Op<"groupNormGainGradient", Grouping> = {
  name: "groupNormGainGradient",
  shape: sameAsInput("groupNormGainGradient", 2),
  define: ([g, x], attributes) => sum(mul(g, reshape(standardizedGroups(x, attributes), x.shape)), channelAxes(x)),
};

export const groupNormOp: Op<"groupNorm", Grouping> = {
  name: "groupNorm",
  shape: sameAsInput("groupNorm", 0),
  define: ([x, gain, bias], attributes) => scaleChannels("groupNorm", reshape(standardizedGroups(x, attributes), x.shape), gain, bias),
  gradient: (g, _output, [x, gain], attributes) => [
    apply(groupNormGradientOp, [g, x, gain], attributes),
    apply(groupNormGainGradientOp, [g, x, gain], attributes),
    sum(g, channelAxes(x)),
  ],
};

/** Group normalization of x [N, C, ...] with gain and bias [C] (Wu & He 2018). */
export function groupNorm(x: Tensor, groups: number, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  requireChannels("groupNorm", x);
  if (x.shape[1] % groups !== 0) throw new ShapeError(`groupNorm: ${x.shape[1]} channels of ${formatShape(x.shape)} do not divide into ${groups} groups`);
  requireShape("groupNorm", "gain", gain, [x.shape[1]], x);
  requireShape("groupNorm", "bias", bias, [x.shape[1]], x);
  return apply(groupNormOp, [x, gain, bias], { groups, epsilon });
}
