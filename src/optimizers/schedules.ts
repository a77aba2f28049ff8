/** Learning rates over time: functions of the step, a float32 scalar Tensor that counts updates from 0. */
import { add, cast, cos, div, less, minimum, mul, pow, sub, toTensor, where, type Tensor } from "../tensor/index.js";
import { requireNotNegative, requirePositive, requireSteps } from "./checks.js";
import type { LearningRate } from "./optimizer.js";

type Schedule = (step: Tensor) => Tensor;

const at = (rate: LearningRate, step: Tensor): Tensor => (typeof rate === "number" ? toTensor(rate) : rate(step));

export const constantRate = (rate: number): Schedule => () => toTensor(rate);

/** From `rate` down to `lowest` along half a cosine over `steps` (Loshchilov & Hutter 2017, equation 5), then `lowest`. */
export function cosineDecay(rate: number, steps: number, lowest = 0): Schedule {
  requireNotNegative("cosineDecay", "rate", rate);
  requireSteps("cosineDecay", steps);
  requireNotNegative("cosineDecay", "lowest", lowest);
  return (step) => {
    const progress = minimum(div(step, steps), 1);
    return add(lowest, mul((rate - lowest) / 2, add(1, cos(mul(Math.PI, progress)))));
  };
}

/** rate * decay^(step / steps); with `staircase` the exponent is rounded down, as in Keras' ExponentialDecay. */
export function exponentialDecay(rate: number, steps: number, decay: number, staircase = false): Schedule {
  requireNotNegative("exponentialDecay", "rate", rate);
  requireSteps("exponentialDecay", steps);
  requirePositive("exponentialDecay", "decay", decay);
  return (step) => {
    const exponent = div(step, steps);
    return mul(rate, pow(decay, staircase ? cast(cast(exponent, "int32"), "float32") : exponent));
  };
}

/** Rises in a line to `then`'s first rate over `steps` updates (the first has 1 / steps of it), then follows `then`. */
export function warmUp(steps: number, then: LearningRate): Schedule {
  requireSteps("warmUp", steps);
  return (step) => {
    const rising = mul(at(then, toTensor(0)), div(add(step, 1), steps));
    return where(less(step, steps), rising, at(then, sub(step, steps)));
  };
}
