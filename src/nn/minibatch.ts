/** Layers that tell a discriminator about the batch as a whole, so that it notices when all images are alike. Real and made images come in batches of their own. */
import { abs, add, broadcastTo, concat, exp, matmul, mean, neg, reshape, sqrt, sub, sum, variance } from "../tensor/index.js";
import { requireRank, requireWhole } from "./checks.js";
import { parameter, randomNormal } from "./initializers.js";
import { layer, type Layer } from "./module.js";

/**
 * Minibatch discrimination of Salimans et al., "Improved Techniques for Training GANs" (2016), section 3.2: [batch, features] -> [batch, features + kernels].
 * Each kernel maps an example to `size` numbers; what it adds is the sum of exp(-L1 distance) to all examples of the batch.
 */
export function MinibatchDiscrimination(kernels: number, size: number): Layer {
  requireWhole("MinibatchDiscrimination", "kernels", kernels);
  requireWhole("MinibatchDiscrimination", "size", size);
  return layer("MinibatchDiscrimination", (name, inputShape) => {
    requireRank(inputShape, 1, "[features]");
    const [features] = inputShape;
    const table = parameter(`${name}.table`, [features, kernels * size], randomNormal(0, 0.05), { fanIn: features, fanOut: kernels * size });
    return {
      parameters: [table],
      statistics: [],
      outputShape: [features + kernels],
      apply(x) {
        const batch = x.shape[0];
        const projected = matmul(x, table);
        const distances = sum(abs(sub(reshape(projected, [batch, 1, kernels, size]), reshape(projected, [1, batch, kernels, size]))), 3);
        // An example is at no distance from itself, which says nothing.
        const closeness = add(sum(exp(neg(distances)), 1), -1);
        return concat([x, closeness], 1);
      },
    };
  });
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
