/**
 * Layers are plain functions: given a name and the shape of one example, a Layer makes a Module, which holds its
 * variables and applies itself to a batch. Nothing registers itself anywhere.
 */
import type { Shape, Tensor, Variable } from "../tensor/index.js";

/** How a module is applied. Training modules that keep running statistics put their new values into `updates`. */
export interface Mode {
  readonly training: boolean;
  readonly updates: Map<Variable, Tensor>;
}

export const trainingMode = (): Mode => ({ training: true, updates: new Map() });
export const inferenceMode = (): Mode => ({ training: false, updates: new Map() });

export interface Module {
  /** What an optimizer trains. */
  readonly parameters: readonly Variable[];
  /** State that is kept but not trained: running means and variances. */
  readonly statistics: readonly Variable[];
  /** Shape of one output example, without the batch axis. */
  readonly outputShape: Shape;
  /** x [batch, ...inputShape] -> [batch, ...outputShape]. */
  apply(x: Tensor, mode: Mode): Tensor;
}

/** `inputShape` is the shape of one example, without the batch axis. Throws a ShapeError when it does not fit. */
export type Layer = (name: string, inputShape: Shape) => Module;
