/** Are there samples everywhere the data are? Told in each validation, from the pixels alone. */
import { add, constant, greater, less, matmul, max, mean, mul, neg, reshape, sizeOf, square, sub, sum, transpose, where, type Tensor } from "../tensor/index.js";

const FAR = 1e30;

const rows = (x: Tensor): Tensor => reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]);

/** Squared distances of the rows of a and b: [rows of a, rows of b]. */
const squaredDistances = (a: Tensor, b: Tensor): Tensor => sub(add(sum(square(a), 1, true), transpose(sum(square(b), 1, true))), mul(2, matmul(a, transpose(b))));

const smallest = (distances: Tensor): Tensor => neg(max(neg(distances), 1, true));

/**
 * Coverage of Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models" (2020), equation 8: the share of the real examples that have a made one
 * no farther away than their k-th nearest real neighbour. Of examples from the very same distribution, 1 - 2^-k is covered.
 */
export function coverage(real: Tensor, made: Tensor, k = 5): Tensor {
  const [a, b] = [rows(real), rows(made)];
  const count = a.shape[0];
  const places = Array.from({ length: count }, (_, i) => i);
  const itself = less(square(sub(constant(places, [count, 1]), constant(places, [1, count]))), 0.5);
  let distances = where(itself, FAR, squaredDistances(a, a));
  for (let i = 1; i < Math.min(k, count - 1); i++) distances = where(greater(distances, smallest(distances)), distances, FAR);
  return mean(where(greater(smallest(squaredDistances(a, b)), smallest(distances)), 0, 1));
}

/** Mean squared distance of the examples from their mean. */
export const totalVariance = (x: Tensor): Tensor => mean(sum(square(sub(rows(x), mean(rows(x), 0, true))), 1));
