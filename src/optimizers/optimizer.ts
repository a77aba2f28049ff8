import { type Tensor, type Variable } from "../tensor/index.js";

/** A learning rate: fixed, or a function of the step (a float32 scalar Tensor that counts updates from 0). */
export type LearningRate = number | ((step: Tensor) => Tensor);

export interface Optimizer {
  /** New values of the parameters and of the optimizer's own state, given one gradient for each parameter. */
  apply(parameters: readonly Variable[], gradients: readonly Tensor[]): Map<Variable, Tensor>;
  /** `apply` of the gradients of a scalar loss. */
  minimize(loss: Tensor, parameters: readonly Variable[]): Map<Variable, Tensor>;
}
