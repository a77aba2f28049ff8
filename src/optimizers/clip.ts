import { add, div, maximum, mul, sqrt, square, sum, toTensor, type Tensor } from "../tensor/index.js";
import { requirePositive } from "./checks.js";

/** Square root of the sum of all squares. */
export const globalNorm = (tensors: readonly Tensor[]): Tensor => sqrt(tensors.map((x) => sum(square(x))).reduce((a, b) => add(a, b), toTensor(0)));

/** Scales all gradients by one factor so that their common norm is at most `limit` (Pascanu et al. 2013). */
export function clipByGlobalNorm(gradients: readonly Tensor[], limit: number): Tensor[] {
  requirePositive("clipByGlobalNorm", "limit", limit);
  const factor = div(limit, maximum(globalNorm(gradients), limit));
  return gradients.map((gradient) => mul(gradient, factor));
}
