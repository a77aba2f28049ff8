/** Layers that tell a discriminator about the batch as a whole, so that it notices when all images are alike. Real and made images come in batches of their own. */
import {
  abs, add, broadcastTo, concat, constant, div, exp, greater, matmul, max, maximum, mean, mul, neg, reshape, slice, sqrt, stopGradient, sub, sum, variable, variance, where, type Tensor, type Variable,
} from "../tensor/index.js";
import { requireRank, requireWhole } from "./checks.js";
import { parameter, randomNormal } from "./initializers.js";
import { layer, type Layer, type Mode } from "./module.js";

/** Examples that minibatch discrimination compares with each other: the cost grows with the batch, not with its square, and what it says is the same in training and for the large batches of validation. */
const GROUP = 32;

/**
 * Minibatch discrimination of Salimans et al., "Improved Techniques for Training GANs" (2016), section 3.2: [batch, features] -> [batch, features + kernels].
 * Each kernel maps an example to `size` numbers; what it adds is the sum of exp(-L1 distance) to all others of a group of at most 32, of smaller groups as for 31 others.
 * As in the authors' code (openai/improved-gan, MinibatchLayer) the first batch that is trained on sets the unit of each kernel's distances, half of the mean distance to the nearest other
 * example, and what is subtracted from its sums, their mean: with a unit that does not fit the features all examples look alike, or none.
 */
export function MinibatchDiscrimination(kernels: number, size: number): Layer {
  requireWhole("MinibatchDiscrimination", "kernels", kernels);
  requireWhole("MinibatchDiscrimination", "size", size);
  return layer("MinibatchDiscrimination", (name, inputShape) => {
    requireRank(inputShape, 1, "[features]");
    const [features] = inputShape;
    const table = parameter(`${name}.table`, [features, kernels * size], randomNormal(0, 0.05), { fanIn: features, fanOut: kernels * size });
    const [unit, usual] = [variable(`${name}.unit`, [kernels]), variable(`${name}.usual`, [kernels])];
    return {
      parameters: [table],
      statistics: [unit, usual],
      outputShape: [features + kernels],
      apply(x, mode) {
        const projected = matmul(x, table);
        const distances = groupsOf(x.shape[0]).map(([from, to]) => distancesWithin(reshape(slice(projected, [from, 0], [to, kernels * size]), [to - from, kernels, size])));
        const nearest = concat(distances.map((group) => neg(max(neg(group), 1))), 0);
        const scale = measuredOnce(unit, mul(0.5, mean(nearest, 0)), mode);
        const closeness = concat(distances.map((group) => mul(sum(exp(neg(div(group, scale))), 1), (GROUP - 1) / Math.max(group.shape[0] - 1, 1))), 0);
        return concat([x, sub(closeness, measuredOnce(usual, mean(closeness, 0), mode))], 1);
      },
    };
  });
}

/** Where groups of at most GROUP rows start and end, as equal as can be. */
function groupsOf(batch: number): (readonly [number, number])[] {
  const count = Math.ceil(batch / GROUP);
  const start = (group: number): number => Math.round((group * batch) / count);
  return Array.from({ length: count }, (_, group) => [start(group), start(group + 1)]);
}

/** L1 distances [n, n, kernels] of rows [n, kernels, size]. An example is at no distance from itself, which says nothing: there it is FAR. */
function distancesWithin(rows: Tensor): Tensor {
  const [n, kernels, size] = rows.shape;
  const distances = sum(abs(sub(reshape(rows, [n, 1, kernels, size]), reshape(rows, [1, n, kernels, size]))), 3);
  return add(distances, constant(Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? FAR : 0)), [n, n, 1]));
}
const FAR = 1e6;

/** What the first batch of training measured, for ever after (data-based initialization); until then, what this batch measures. Above 0. */
function measuredOnce(statistic: Variable, measured: Tensor, { training, updates }: Mode): Tensor {
  const known = updates.get(statistic) ?? statistic;
  const value = where(greater(known, 0), known, stopGradient(maximum(measured, 1e-6)));
  if (training) updates.set(statistic, value);
  return value;
}

/**
 * The minibatch standard deviation of Karras et al., "Progressive Growing of GANs" (2018), section 3: one more feature, or channel, that holds the standard
 * deviation over the batch, averaged over all places. [batch, n, ...] -> [batch, n + 1, ...].
 */
export const MinibatchStandardDeviation = (): Layer =>
  layer("MinibatchStandardDeviation", (_name, inputShape) => ({
    parameters: [],
    statistics: [],
    outputShape: [inputShape[0] + 1, ...inputShape.slice(1)],
    apply(x) {
      const spread = mean(sqrt(add(variance(x, 0), 1e-8)));
      return concat([x, broadcastTo(reshape(spread, x.shape.map(() => 1)), [x.shape[0], 1, ...x.shape.slice(2)])], 1);
    },
  }));
