/**
 * Losses. Each is elementwise (or per example where said), then reduced: "mean" (default), "sum" or "none", as in PyTorch.
 * A target may repeat along its axes of size 1, or be a scalar, but never stretches the prediction.
 */
import { ShapeError, UsageError } from "../errors.js";
import {
  abs, add, clip, div, exp, formatShape, less, log, logSoftmax, mean, mul, neg, oneHot, sameShape, softplus, square, sub, sum, where,
  type Shape, type Tensor,
} from "../tensor/index.js";

export type Reduction = "mean" | "sum" | "none";

const reduce = (values: Tensor, reduction: Reduction): Tensor => (reduction === "mean" ? mean(values) : reduction === "sum" ? sum(values) : values);

/** Broadcasting would turn [N, 1] against [N] into a loss over [N, N], which trains to nonsense without a word. */
function requireTarget(loss: string, prediction: Tensor, ...targets: readonly Tensor[]): void {
  const repeats = (shape: Shape) => shape.every((n, axis) => n === 1 || n === prediction.shape[axis]);
  const wrong = targets.find(({ rank, shape }) => rank !== 0 && (rank !== prediction.rank || !repeats(shape)));
  if (!wrong) return;
  throw new ShapeError(`${loss}: ${formatShape(wrong.shape)} does not fit ${formatShape(prediction.shape)}`, "Reshape it to that shape; axes of size 1 repeat.");
}

/** (prediction - target)^2. */
export function meanSquaredError(prediction: Tensor, target: Tensor, reduction: Reduction = "mean"): Tensor {
  requireTarget("meanSquaredError", prediction, target);
  return reduce(square(sub(prediction, target)), reduction);
}

/** |prediction - target|. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor, reduction: Reduction = "mean"): Tensor {
  requireTarget("meanAbsoluteError", prediction, target);
  return reduce(abs(sub(prediction, target)), reduction);
}

/** Squared error / 2 within `delta` of the target, linear beyond (Huber 1964). */
export function huber(prediction: Tensor, target: Tensor, delta = 1, reduction: Reduction = "mean"): Tensor {
  if (!(delta > 0 && delta < Infinity)) throw new UsageError(`huber: delta is ${delta}`, "Use a number above 0.");
  requireTarget("huber", prediction, target);
  const error = abs(sub(prediction, target));
  return reduce(where(less(error, delta), mul(0.5, square(error)), mul(delta, sub(error, delta / 2))), reduction);
}

/** -t log s(x) - (1 - t) log(1 - s(x)) for logits x and targets t in [0, 1], without overflow: softplus(x) - x t. */
export function binaryCrossEntropyWithLogits(logits: Tensor, target: Tensor, reduction: Reduction = "mean"): Tensor {
  requireTarget("binaryCrossEntropyWithLogits", logits, target);
  return reduce(sub(softplus(logits), mul(logits, target)), reduction);
}

/** -log softmax(logits)[label] per example: logits [..., classes], labels int32 [...] or probabilities [..., classes]. */
export function categoricalCrossEntropyWithLogits(logits: Tensor, labels: Tensor, reduction: Reduction = "mean"): Tensor {
  const needed = labels.dtype === "int32" ? logits.shape.slice(0, -1) : logits.shape;
  if (logits.rank === 0 || !sameShape(labels.shape, needed))
    throw new ShapeError(
      `categoricalCrossEntropyWithLogits: logits ${formatShape(logits.shape)} with ${labels.dtype} labels ${formatShape(labels.shape)}`,
      "Logits are [..., classes]; labels are int32 [...], or probabilities [..., classes].",
    );
  const target = labels.dtype === "int32" ? oneHot(labels, logits.shape[logits.rank - 1]) : labels;
  return reduce(neg(sum(mul(target, logSoftmax(logits)), -1)), reduction);
}

/**
 * KL(N(mean, exp(logVar)) || N(0, 1)) of each coding, same shape as `mean`: -(1 + logVar - mean^2 - exp(logVar)) / 2
 * (Kingma & Welling 2014, appendix B).
 */
export function klDivergenceNormal(mean: Tensor, logVar: Tensor): Tensor {
  requireTarget("klDivergenceNormal", mean, logVar);
  return mul(-0.5, sub(sub(add(1, logVar), square(mean)), exp(logVar)));
}

/** KL(N(mean1, exp(logVar1)) || N(mean2, exp(logVar2))), elementwise, in the shape of `mean1`. */
export function klDivergenceNormals(mean1: Tensor, logVar1: Tensor, mean2: Tensor, logVar2: Tensor): Tensor {
  requireTarget("klDivergenceNormals", mean1, logVar1, mean2, logVar2);
  return mul(0.5, sub(add(sub(logVar2, logVar1), div(add(exp(logVar1), square(sub(mean1, mean2))), exp(logVar2))), 1));
}

/** KL(Bernoulli(target) || Bernoulli(rate)), elementwise; `rate` is kept `epsilon` away from 0 and 1 (a sparse autoencoder's penalty). */
export function klDivergenceBernoulli(target: number, rate: Tensor, epsilon = 1e-7): Tensor {
  if (!(target >= 0 && target <= 1)) throw new UsageError(`klDivergenceBernoulli: target is ${target}`, "Use a number from 0 to 1.");
  const q = clip(rate, epsilon, 1 - epsilon);
  const entropy = (p: number) => (p === 0 ? 0 : p * Math.log(p));
  return sub(entropy(target) + entropy(1 - target), add(mul(target, log(q)), mul(1 - target, log(sub(1, q)))));
}
