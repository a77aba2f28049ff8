/**
 * Layers are plain functions: given a name and the shape of one example, a Layer makes a Module, which holds its
 * variables and applies itself to a batch. Nothing registers itself anywhere.
 */
import { ShapeError } from "../errors.js";
import { formatShape, sameShape, type Shape, type Tensor, type Variable } from "../tensor/index.js";

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

/** A Layer of a `kind`, such as "Dense": what `build` or its ops find wrong names the layer, and so does a batch of another shape. */
export const layer = (kind: string, build: Layer): Layer => (name, inputShape) => {
  const title = `${kind} "${name}"`;
  const module = naming(title, () => build(name, inputShape));
  const { outputShape } = module;
  if (outputShape.some((n) => n < 1))
    throw new ShapeError(`${title}: examples of shape ${formatShape(inputShape)} would become ${formatShape(outputShape)}`, "Use less padding or larger examples.");
  return {
    ...module,
    apply(x, mode) {
      if (sameShape(x.shape.slice(1), inputShape)) return naming(title, () => module.apply(x, mode));
      const expected = ["batch", ...inputShape].join(", ");
      throw new ShapeError(`${title}: made for [${expected}], but gets ${formatShape(x.shape)}`, "Reshape the batch, or make the layer for this shape.");
    },
  };
};

/** Runs `action`; a ShapeError from it says which layer it happened in. */
function naming<Result>(title: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${title}: ${error.message}`, error.hint, { cause: error });
    throw error;
  }
}
