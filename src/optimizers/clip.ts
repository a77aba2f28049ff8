import { UsageError } from "../errors.js";
import { add, div, maximum, mul, sqrt, square, sum, type Tensor } from "../tensor/index.js";

/** Square root of the sum of all squares. */
export const globalNorm = (tensors: readonly Tensor[]): Tensor => sqrt(tensors.map((x) => sum(square(x))).reduce((a, b) => add(a, b)));

/** Scales all gradients by one factor so that their common norm is at most `limit` (Pascanu et al. 2013). */
export function clipByGlobalNorm(gradients: readonly Tensor[], limit: number): Tensor[] {
  if (!(limit > 0)) throw new UsageError(`clipNorm is ${limit}`, "Use a number above 0.");
  const factor = div(limit, maximum(globalNorm(gradients), limit));
  return gradients.map((gradient) => mul(gradient, factor));
}
