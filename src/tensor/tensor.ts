/**
 * The graph: a Tensor is the description of a value, not the value. Calling ops on Tensors makes more Tensors;
 * nothing is computed until an engine compiles a Program.
 */
import { requireCount, requireSizes } from "./checks.js";
import { sizeOf } from "./shape.js";

/** Type of an element. `float32` is the compute type (the reference engine holds it in float64). */
export type DType = "float32" | "int32" | "bool";
/** Sizes of the axes, outermost first. A scalar has shape `[]`. */
export type Shape = readonly number[];
export interface Spec {
  readonly shape: Shape;
  readonly dtype: DType;
}
/** Values as they cross the border of an engine, in row-major order. */
export type Data = Float32Array | Float64Array | Int32Array;

/**
 * An op: how its output's shape follows from its inputs, and its vector-Jacobian product, side by side.
 * A composite also has `define`, its meaning in other ops; an engine may lower it directly or fall back to that.
 */
export interface Op<Name extends string = string, Attributes = unknown> {
  readonly name: Name;
  /** Shape and dtype of the output; throws a ShapeError that names the operands. */
  shape(inputs: readonly Tensor[], attributes: Attributes): Spec;
  /** Gradient of the loss for each input, given `g`, the gradient for `output`. `undefined`: no gradient flows. */
  gradient?(g: Tensor, output: Tensor, inputs: readonly Tensor[], attributes: Attributes): (Tensor | undefined)[];
  define?(inputs: readonly Tensor[], attributes: Attributes): Tensor;
}

export class Tensor implements Spec {
  constructor(
    readonly op: Op,
    readonly inputs: readonly Tensor[],
    readonly attributes: unknown,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}

  get rank(): number {
    return this.shape.length;
  }
}

/** Applies `op`: checks the shapes and adds a node to the graph. */
export function apply<A>(op: Op<string, A>, inputs: readonly Tensor[], attributes: A): Tensor {
  const { shape, dtype } = op.shape(inputs, attributes);
  return new Tensor(op, inputs, attributes, shape, dtype);
}

const leaf = <Name extends string>(name: Name): Op<Name, Spec> => ({ name, shape: (_, spec) => spec });

const inputOp = leaf("input");
const variableOp = leaf("variable");
const constantOp = leaf("constant");

/** A value that is given to every run under its name in the program. */
export class Input extends Tensor {
  constructor(
    readonly name: string,
    spec: Spec,
  ) {
    requireSizes(`Input "${name}"`, spec.shape);
    super(inputOp, [], spec, spec.shape, spec.dtype);
  }
}

export const input = (name: string, shape: Shape, dtype: DType = "float32"): Input => new Input(name, { shape, dtype });

/** A value known when the graph is built, held in float64 so that no engine loses precision. */
export class Constant extends Tensor {
  constructor(
    readonly values: Float64Array,
    spec: Spec,
  ) {
    requireSizes("constant", spec.shape);
    requireCount("A constant", values.length, spec.shape);
    super(constantOp, [], spec, spec.shape, spec.dtype);
  }
}

export function constant(values: number | ArrayLike<number>, shape?: Shape, dtype: DType = "float32"): Constant {
  const data = typeof values === "number" ? Float64Array.of(values) : Float64Array.from(values);
  return new Constant(data, { shape: shape ?? (typeof values === "number" ? [] : [data.length]), dtype });
}

/**
 * Named state that lives in the engine between runs: a parameter, an optimizer's moment, a running statistic.
 * `initial(seed)` gives its first values; it must depend on nothing but its argument.
 */
export class Variable extends Tensor {
  constructor(
    readonly name: string,
    spec: Spec,
    readonly initial: (seed: number) => Data,
  ) {
    requireSizes(`Variable "${name}"`, spec.shape);
    super(variableOp, [], spec, spec.shape, spec.dtype);
  }
}

/** A variable that starts from the given values (default zeros), whatever the seed. */
export function variable(name: string, shape: Shape, values?: number | ArrayLike<number>, dtype: DType = "float32"): Variable {
  const Storage = dtype === "int32" ? Int32Array : Float32Array;
  if (typeof values === "object") requireCount(`Variable "${name}"`, values.length, shape);
  return new Variable(name, { shape, dtype }, () =>
    typeof values === "object" ? Storage.from(values) : new Storage(sizeOf(shape)).fill(values ?? 0),
  );
}

/** Turns a plain number into a scalar constant, so that `mul(x, 2)` reads as mathematics. */
export const toTensor = (value: Tensor | number): Tensor => (typeof value === "number" ? constant(value) : value);
