import { UsageError } from "../errors.js";
import { add, mul, sub } from "../tensor/index.js";
import { requireShares } from "./checks.js";
import { decayingSum, optimizer, type Optimizer, type OptimizerOptions } from "./optimizer.js";

export interface SgdOptions extends OptimizerOptions {
  /** Share of the velocity that is kept. Default 0. */
  readonly momentum?: number | undefined;
  /** Look ahead along the velocity (Sutskever et al. 2013). Default false. */
  readonly nesterov?: boolean | undefined;
}

/** Stochastic gradient descent, with the momentum of PyTorch: v = momentum v + g, p = p - rate v. Learning rate 0.01 by default. */
export function sgd({ learningRate = 0.01, momentum = 0, nesterov = false, ...rest }: SgdOptions = {}): Optimizer {
  requireShares("sgd", { momentum });
  if (nesterov && momentum === 0) throw new UsageError("sgd: nesterov is true, but momentum is 0", "Give a momentum, such as 0.9.");
  return optimizer("sgd", { learningRate, ...rest }, ({ learningRate: rate }) => (parameter, gradient, slot) => {
    if (momentum === 0) return sub(parameter, mul(rate, gradient));
    const velocity = slot("velocity", decayingSum(momentum, gradient));
    return sub(parameter, mul(rate, nesterov ? add(gradient, mul(momentum, velocity)) : velocity));
  });
}
