/** Are there samples everywhere the data are? Told in each validation, from the pixels alone. */
import { add, cast, less, matmul, max, mean, mul, neg, reshape, sizeOf, square, sub, sum, transpose, type Tensor } from "../tensor/index.js";

const rows = (x: Tensor): Tensor => reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]);

/** Squared distances of the rows of a and b: [rows of a, rows of b]. */
const squaredDistances = (a: Tensor, b: Tensor): Tensor => sub(add(sum(square(a), 1, true), transpose(sum(square(b), 1, true))), mul(2, matmul(a, transpose(b))));

/**
 * Coverage of Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models" (2020), equation 8: the share of the real examples that have a made one
 * no farther away than their k-th nearest real neighbour. Of examples from the very same distribution, 1 - 2^-k is covered.
 */
export function coverage(real: Tensor, made: Tensor, k = 5): Tensor {
  const [a, b] = [rows(real), rows(made)];
  const nearestMade = neg(max(neg(squaredDistances(a, b)), 1, true));
  // An example is nearer to itself than to any other.
  const nearer = sum(cast(less(squaredDistances(a, a), nearestMade), "float32"), 1);
  return mean(cast(less(nearer, k + 1), "float32"));
}

/** Mean squared distance of the examples from their mean. */
export const totalVariance = (x: Tensor): Tensor => mean(sum(square(sub(rows(x), mean(rows(x), 0, true))), 1));
