/** Choosing one of several: the largest, or one at random. */
import { cast, constant, equal, log, max, maximum, mul, neg, sub, type Tensor } from "../tensor/index.js";

/** Index of the largest value along the last axis, the first of tied ones: [..., n] -> int32 [...]. */
export function argMax(x: Tensor): Tensor {
  const n = x.shape[x.rank - 1];
  const fromEnd = constant(Array.from({ length: n }, (_, i) => n - i));
  const largest = cast(equal(x, max(x, -1, true)), "float32");
  return cast(sub(n, max(mul(largest, fromEnd), -1)), "int32");
}

/** One index drawn from softmax(logits): [..., n] -> int32 [...], by uniform noise of the logits' shape (Gumbel-max). */
export const drawCategorical = (logits: Tensor, uniform: Tensor): Tensor => argMax(sub(logits, log(neg(log(maximum(uniform, 1e-9))))));
