import { add, div, mul, sqrt, square, sub } from "../tensor/index.js";
import { requireNotNegative, requireShares } from "./checks.js";
import { decayingSum, optimizer, type Optimizer, type OptimizerOptions } from "./optimizer.js";

export interface RmspropOptions extends OptimizerOptions {
  /** Share of the mean square that is kept. Default 0.9. */
  readonly rho?: number;
  /** Default 0. */
  readonly momentum?: number | undefined;
  /** Added to the mean square, under the root. Default 1e-7. */
  readonly epsilon?: number | undefined;
  /** Subtract the squared mean, so that the variance scales the step. Default false. */
  readonly centered?: boolean;
}

/** RMSprop (Tieleman & Hinton 2012) in Keras' form: p = p - rate g / sqrt(mean square + epsilon). */
export function rmsprop({ rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false, ...rest }: RmspropOptions = {}): Optimizer {
  requireShares("rmsprop", { rho, momentum });
  requireNotNegative("rmsprop", "epsilon", epsilon);
  return optimizer("rmsprop", rest, ({ learningRate }) => (parameter, gradient, slot) => {
    const meanSquare = mul(1 - rho, slot("squares", decayingSum(rho, square(gradient))));
    const spread = centered ? sub(meanSquare, square(mul(1 - rho, slot("gradients", decayingSum(rho, gradient))))) : meanSquare;
    const increment = div(mul(learningRate, gradient), sqrt(add(spread, epsilon)));
    return sub(parameter, momentum === 0 ? increment : slot("velocity", decayingSum(momentum, increment)));
  });
}
