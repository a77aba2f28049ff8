import { add, div, mul, pow, sqrt, square, sub } from "../tensor/index.js";
import { requireNotNegative, requireShares } from "./checks.js";
import { decayingSum, optimizer, type Optimizer, type OptimizerOptions } from "./optimizer.js";

export interface AdamOptions extends OptimizerOptions {
  /** Share of the first moment that is kept. Default 0.9. */
  readonly beta1?: number | undefined;
  /** Share of the second moment that is kept. Default 0.999. */
  readonly beta2?: number | undefined;
  /** Added to the root of the corrected second moment. Adam: default 1e-8, as in the paper and PyTorch; Keras adds 1e-7 to the uncorrected one. */
  readonly epsilon?: number | undefined;
}

export interface AdamWOptions extends AdamOptions {
  /** Share of each parameter that is taken away at each step, times the learning rate. Default 0.01, as in PyTorch; Keras has 0.004. */
  readonly weightDecay?: number;
}

/**
 * p = p (1 - rate decay) - rate mHat / (sqrt(vHat) + epsilon). With M and V the moments without their factors 1 - beta and
 * r = sqrt((1 - beta2) / (1 - beta2^t)), vHat = (r sqrt(V))^2: numerator and denominator are divided by r, so that the
 * corrections are scalars and each parameter is touched as few times as possible.
 */
function adamFamily(kind: string, weightDecay: number, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, ...rest }: AdamOptions): Optimizer {
  requireShares(kind, { beta1, beta2 });
  requireNotNegative(kind, "epsilon", epsilon);
  requireNotNegative(kind, "weightDecay", weightDecay);
  return optimizer(kind, rest, ({ t, learningRate }) => {
    const r = sqrt(div(1 - beta2, sub(1, pow(beta2, t))));
    const scale = div(mul(learningRate, 1 - beta1), mul(sub(1, pow(beta1, t)), r));
    const floor = div(epsilon, r);
    const keep = sub(1, mul(learningRate, weightDecay));
    return (parameter, gradient, slot) => {
      const m = slot("m", decayingSum(beta1, gradient));
      const v = slot("v", decayingSum(beta2, square(gradient)));
      const step = div(mul(scale, m), add(sqrt(v), floor));
      return sub(weightDecay === 0 ? parameter : mul(parameter, keep), step);
    };
  });
}

/** Adam (Kingma & Ba 2015, algorithm 1). */
export const adam = (options: AdamOptions = {}): Optimizer => adamFamily("adam", 0, options);

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2, as in PyTorch). */
export const adamW = ({ weightDecay = 0.01, ...options }: AdamWOptions = {}): Optimizer => adamFamily("adamw", weightDecay, options);
