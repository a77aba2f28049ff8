/** What an optimizer is, and the frame that all of them share: gradients, clipping, the step counter, named state. */
import { ShapeError, UsageError } from "../errors.js";
import { add, formatShape, gradients, mul, sameShape, toTensor, variable, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { requireNotNegative, requirePositive } from "./checks.js";
import { clipByGlobalNorm } from "./clip.js";

/** A learning rate: fixed, or a function of the step (a float32 scalar Tensor that counts updates from 0). */
export type LearningRate = number | ((step: Tensor) => Tensor);

export interface Optimizer {
  /** New values of the parameters and of the optimizer's own state, given one gradient for each parameter. Applied again, as for another program that trains the same parameters, it has the same state. */
  apply(parameters: readonly Variable[], gradients: readonly Tensor[]): Map<Variable, Tensor>;
  /** `apply` of the gradients of a scalar loss. */
  minimize(loss: Tensor, parameters: readonly Variable[]): Map<Variable, Tensor>;
}

export interface OptimizerOptions {
  readonly learningRate?: LearningRate;
  /** Largest norm of all gradients together; larger ones are scaled down to it. Default: no limit. */
  readonly clipNorm?: number | undefined;
  /** Prefix of the names of its state. Default: the optimizer's name. Two optimizers of one program need two. */
  readonly name?: string;
}

/** Keeps a piece of state under a name: `next` makes its new value, which is returned, from its old one. */
export type Slot = (name: string, next: (old: Tensor) => Tensor, initial?: number) => Tensor;

export interface Time {
  /** This update's number, from 1. */
  readonly t: Tensor;
  /** This update's learning rate. */
  readonly learningRate: Tensor;
}

/** One optimizer's formula: what is common to all parameters, computed once, then each parameter's new value. */
export type Formula = (time: Time, state: Slot) => (parameter: Tensor, gradient: Tensor, slot: Slot) => Tensor;

export function optimizer(kind: string, { learningRate = 1e-3, clipNorm, name = kind }: OptimizerOptions, formula: Formula): Optimizer {
  if (typeof learningRate === "number") requireNotNegative(kind, "learningRate", learningRate);
  if (clipNorm !== undefined) requirePositive(kind, "clipNorm", clipNorm);
  const states = new Map<string, Variable>();
  function apply(parameters: readonly Variable[], raw: readonly Tensor[]): Map<Variable, Tensor> {
    requireGradients(kind, parameters, raw);
    const updates = new Map<Variable, Tensor>();
    const slotFor = (suffix: string, shape: Shape): Slot => (slot, next, initial = 0) => {
      const key = `${name}.${slot}${suffix}`;
      const old = states.get(key) ?? variable(key, shape, initial);
      states.set(key, old);
      const value = next(old);
      updates.set(old, value);
      return value;
    };
    const state = slotFor("", []);
    const t = state("step", (step) => add(step, 1));
    const step = add(t, -1);
    const rate = toTensor(typeof learningRate === "number" ? learningRate : learningRate(step));
    if (rate.rank !== 0)
      throw new ShapeError(`${kind}: the learning rate has shape ${formatShape(rate.shape)}`, "A schedule returns a scalar for the scalar step.");
    const next = formula({ t, learningRate: rate }, state);
    const clipped = clipNorm === undefined ? raw : clipByGlobalNorm(raw, clipNorm);
    parameters.forEach((parameter, i) => updates.set(parameter, next(parameter, clipped[i], slotFor(`.${parameter.name}`, parameter.shape))));
    return updates;
  }
  return { apply, minimize: (loss, parameters) => apply(parameters, gradients(loss, parameters)) };
}

function requireGradients(kind: string, parameters: readonly Variable[], raw: readonly Tensor[]): void {
  if (raw.length !== parameters.length)
    throw new UsageError(`${kind}: ${parameters.length} parameters and ${raw.length} gradients`, "Give one gradient for each parameter, in the same order.");
  parameters.forEach(({ name, shape }, i) => {
    if (!sameShape(shape, raw[i].shape))
      throw new ShapeError(`${kind}: parameter "${name}" is ${formatShape(shape)}, its gradient ${formatShape(raw[i].shape)}`, "Give the gradients in the order of the parameters.");
  });
}

/** A sum that forgets: decay * old + value. Moments are kept so, without the factor 1 - decay, to save a pass over memory. */
export const decayingSum = (decay: number, value: Tensor) => (old: Tensor): Tensor => add(mul(decay, old), value);
