import { add, div, mul, pow, sqrt, square, sub, type Tensor } from "../tensor/index.js";
import type { AdamOptions } from "./adam.js";
import { requireNotNegative, requireShares } from "./checks.js";
import { decayingSum, optimizer, type Optimizer } from "./optimizer.js";

/**
 * Nadam (Dozat 2016) as in Keras, with its momentum schedule u_t = beta1 (1 - 0.96^t / 2):
 *   mHat = u_{t+1} m / (1 - u_1 ... u_{t+1}) + (1 - u_t) g / (1 - u_1 ... u_t),  p = p - rate mHat / (sqrt(vHat) + epsilon).
 * The moments are kept without their factors 1 - beta, and the scalars are combined first, as in Adam. Epsilon 1e-7 by default.
 */
export function nadam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, ...rest }: AdamOptions = {}): Optimizer {
  requireShares("nadam", { beta1, beta2 });
  requireNotNegative("nadam", "epsilon", epsilon);
  return optimizer("nadam", rest, ({ t, learningRate }, state) => {
    const momentumAt = (time: Tensor): Tensor => mul(beta1, sub(1, mul(0.5, pow(0.96, time))));
    const [u, uNext] = [momentumAt(t), momentumAt(add(t, 1))];
    const product = state("momentumProduct", (old) => mul(old, u), 1);
    const r = sqrt(div(1 - beta2, sub(1, pow(beta2, t))));
    const rate = div(learningRate, r);
    const ofMoment = div(mul(uNext, 1 - beta1), sub(1, mul(product, uNext)));
    const ofGradient = div(sub(1, u), sub(1, product));
    const [share, scale] = [div(ofMoment, ofGradient), mul(rate, ofGradient)];
    const floor = div(epsilon, r);
    return (parameter, gradient, slot) => {
      const m = slot("m", decayingSum(beta1, gradient));
      const v = slot("v", decayingSum(beta2, square(gradient)));
      return sub(parameter, div(mul(scale, add(mul(share, m), gradient)), add(sqrt(v), floor)));
    };
  });
}
