/** Losses. Each is elementwise (or per example where said), then reduced: "mean" (default), "sum" or "none", as in PyTorch. */
import {
  abs, add, clip, div, exp, less, log, logSoftmax, mean, mul, neg, oneHot, softplus, square, sub, sum, where,
  type Tensor,
} from "../tensor/index.js";

export type Reduction = "mean" | "sum" | "none";

const reduce = (values: Tensor, reduction: Reduction): Tensor => (reduction === "mean" ? mean(values) : reduction === "sum" ? sum(values) : values);

/** (prediction - target)^2. */
export const meanSquaredError = (prediction: Tensor, target: Tensor, reduction: Reduction = "mean"): Tensor =>
  reduce(square(sub(prediction, target)), reduction);

/** |prediction - target|. */
export const meanAbsoluteError = (prediction: Tensor, target: Tensor, reduction: Reduction = "mean"): Tensor =>
  reduce(abs(sub(prediction, target)), reduction);

/** Squared error / 2 within `delta` of the target, linear beyond (Huber 1964). */
export function huber(prediction: Tensor, target: Tensor, delta = 1, reduction: Reduction = "mean"): Tensor {
  const error = abs(sub(prediction, target));
  return reduce(where(less(error, delta), mul(0.5, square(error)), mul(delta, sub(error, delta / 2))), reduction);
}

/** -t log s(x) - (1 - t) log(1 - s(x)) for logits x and targets t in [0, 1], without overflow: softplus(x) - x t. */
export const binaryCrossEntropyWithLogits = (logits: Tensor, target: Tensor, reduction: Reduction = "mean"): Tensor =>
  reduce(sub(softplus(logits), mul(logits, target)), reduction);

/** -log softmax(logits)[label] per example: logits [..., classes], labels int32 [...] or probabilities [..., classes]. */
export function categoricalCrossEntropyWithLogits(logits: Tensor, labels: Tensor, reduction: Reduction = "mean"): Tensor {
  const target = labels.dtype === "int32" ? oneHot(labels, logits.shape[logits.rank - 1]) : labels;
  return reduce(neg(sum(mul(target, logSoftmax(logits)), -1)), reduction);
}

/**
 * KL(N(mean, exp(logVar)) || N(0, 1)) of each coding, same shape as `mean`: -(1 + logVar - mean^2 - exp(logVar)) / 2
 * (Kingma & Welling 2014, appendix B).
 */
export const klDivergenceNormal = (mean: Tensor, logVar: Tensor): Tensor =>
  mul(-0.5, sub(sub(add(1, logVar), square(mean)), exp(logVar)));

/** KL(N(mean1, exp(logVar1)) || N(mean2, exp(logVar2))), elementwise. */
export const klDivergenceNormals = (mean1: Tensor, logVar1: Tensor, mean2: Tensor, logVar2: Tensor): Tensor =>
  mul(0.5, sub(add(sub(logVar2, logVar1), div(add(exp(logVar1), square(sub(mean1, mean2))), exp(logVar2))), 1));

/** KL(Bernoulli(target) || Bernoulli(rate)), elementwise; `rate` is kept `epsilon` away from 0 and 1 (a sparse autoencoder's penalty). */
export function klDivergenceBernoulli(target: number, rate: Tensor, epsilon = 1e-7): Tensor {
  const q = clip(rate, epsilon, 1 - epsilon);
  const entropy = (p: number) => (p === 0 ? 0 : p * Math.log(p));
  return sub(entropy(target) + entropy(1 - target), add(mul(target, log(q)), mul(1 - target, log(sub(1, q)))));
}
