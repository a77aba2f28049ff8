/** Elementwise primitives: each is its shape rule and its gradient, side by side. */
import { ShapeError } from "../../errors.js";
import { requireFloat } from "../checks.js";
import { broadcastShapes } from "../shape.js";
import { apply, Constant, constant, toTensor, type DType, type Op, type Shape, type Tensor } from "../tensor.js";
import { broadcastTo, broadcastToOp, sumTo } from "./movement.js";

export type NoAttributes = Readonly<Record<never, never>>;
const none: NoAttributes = {};

/** The tensor before it was stretched: elementwise ops broadcast by themselves, so the copy need not exist. */
const unbroadcast = (x: Tensor): Tensor => (x.op === broadcastToOp ? x.inputs[0] : x);

const scalarValue = (x: Tensor): number | undefined => (x instanceof Constant && x.rank === 0 && x.dtype === "float32" ? x.values[0] : undefined);

/** Applies an elementwise op under any broadcasting of its operands: compute small, then stretch. */
function elementwise<A>(op: Op<string, A>, operands: readonly Tensor[], attributes: A): Tensor {
  const shape = broadcastShapes(op.name, ...operands.map((x) => x.shape));
  return broadcastTo(apply(op, operands.map(unbroadcast), attributes), shape);
}

function binaryOp<Name extends string>(
  name: Name,
  gradient: (g: Tensor, a: Tensor, b: Tensor, output: Tensor) => [Tensor | undefined, Tensor | undefined],
): Op<Name, NoAttributes> {
  return {
    name,
    shape(inputs) {
      requireFloat(name, inputs);
      return { shape: broadcastShapes(name, ...inputs.map((x) => x.shape)), dtype: "float32" };
    },
    gradient: (g, output, [a, b]) => {
      const [da, db] = gradient(g, a, b, output);
      return [da && sumTo(da, a.shape), db && sumTo(db, b.shape)];
    },
  };
}

export const addOp = binaryOp("add", (g) => [g, g]);
export const subOp = binaryOp("sub", (g) => [g, neg(g)]);
/** The gradient of a square is one product, not two that are added. */
export const mulOp = binaryOp("mul", (g, a, b) => (a === b ? [mul(mul(2, g), a), undefined] : [mul(g, b), mul(g, a)]));
export const divOp = binaryOp("div", (g, _a, b, y) => [div(g, b), neg(div(mul(g, y), b))]);
/** x^p. The gradient for the exponent needs x > 0, as its logarithm does; for x = 0 it is 0. */
export const powOp = binaryOp("pow", (g, a, b, y) => [
  mul(g, mul(b, pow(a, sub(b, 1)))),
  mul(g, mul(y, log(where(greater(a, 0), a, 1)))),
]);
/** A tie sends the whole gradient to the first operand, so that no gradient is counted twice. */
export const minimumOp = binaryOp("minimum", (g, a, b) => [where(greater(a, b), 0, g), where(greater(a, b), g, 0)]);
export const maximumOp = binaryOp("maximum", (g, a, b) => [where(less(a, b), 0, g), where(less(a, b), g, 0)]);

type Operand = Tensor | number;

/** Folds arithmetic on scalar constants and drops neutral elements, which gradients produce in quantity. */
function binary(op: Op<string, NoAttributes>, a: Operand, b: Operand, fold: (a: number, b: number) => number, neutral?: number): Tensor {
  const [x, y] = [toTensor(a), toTensor(b)];
  const [p, q] = [scalarValue(x), scalarValue(y)];
  if (p !== undefined && q !== undefined) return constant(fold(p, q));
  if (q !== undefined && q === neutral && x.dtype === "float32") return x;
  if (p !== undefined && p === neutral && (op === addOp || op === mulOp) && y.dtype === "float32") return y;
  return elementwise(op, [x, y], none);
}

/** a + b, broadcast. */
export const add = (a: Operand, b: Operand): Tensor => binary(addOp, a, b, (p, q) => p + q, 0);
/** a - b, broadcast. */
export const sub = (a: Operand, b: Operand): Tensor => binary(subOp, a, b, (p, q) => p - q, 0);
/** a * b elementwise, broadcast. */
export const mul = (a: Operand, b: Operand): Tensor => binary(mulOp, a, b, (p, q) => p * q, 1);
/** a / b, broadcast. Division by a constant becomes multiplication by its inverse. */
export function div(a: Operand, b: Operand): Tensor {
  const divisor = scalarValue(toTensor(b));
  return divisor !== undefined && divisor !== 0 ? mul(a, 1 / divisor) : binary(divOp, a, b, (p, q) => p / q);
}
/** a^b elementwise, broadcast. The exponent 0 gives ones, whose gradient is 0 at a = 0 too. */
export function pow(a: Operand, b: Operand): Tensor {
  const [base, exponent] = [toTensor(a), toTensor(b)];
  return scalarValue(exponent) === 0 && base.dtype === "float32" ? ones(base.shape) : binary(powOp, base, exponent, Math.pow, 1);
}
export const minimum = (a: Operand, b: Operand): Tensor => binary(minimumOp, a, b, Math.min);
export const maximum = (a: Operand, b: Operand): Tensor => binary(maximumOp, a, b, Math.max);

function unaryOp<Name extends string>(name: Name, gradient: (g: Tensor, x: Tensor, y: Tensor) => Tensor | undefined): Op<Name, NoAttributes> {
  return {
    name,
    shape(inputs) {
      requireFloat(name, inputs);
      return { shape: inputs[0].shape, dtype: "float32" };
    },
    gradient: (g, output, [x]) => [gradient(g, x, output)],
  };
}

export const negOp = unaryOp("neg", (g) => neg(g));
export const expOp = unaryOp("exp", (g, _x, y) => mul(g, y));
export const logOp = unaryOp("log", (g, x) => div(g, x));
export const sqrtOp = unaryOp("sqrt", (g, _x, y) => div(mul(g, 0.5), y));
export const absOp = unaryOp("abs", (g, x) => mul(g, sign(x)));
export const signOp = unaryOp("sign", () => undefined);
export const sinOp = unaryOp("sin", (g, x) => mul(g, cos(x)));
export const cosOp = unaryOp("cos", (g, x) => neg(mul(g, sin(x))));
export const tanhOp = unaryOp("tanh", (g, _x, y) => mul(g, sub(1, mul(y, y))));
export const sigmoidOp = unaryOp("sigmoid", (g, _x, y) => mul(g, mul(y, sub(1, y))));
export const erfOp = unaryOp("erf", (g, x) => mul(g, mul(2 / Math.sqrt(Math.PI), exp(neg(square(x))))));
/** The identity, through which no gradient flows. */
export const stopGradientOp = unaryOp("stopGradient", () => undefined);

const unary = (op: Op<string, NoAttributes>) => (x: Operand): Tensor => elementwise(op, [toTensor(x)], none);

export function neg(x: Operand): Tensor {
  const value = scalarValue(toTensor(x));
  return value === undefined ? elementwise(negOp, [toTensor(x)], none) : constant(-value);
}
export const exp = unary(expOp);
/** Natural logarithm. */
export const log = unary(logOp);
export const sqrt = unary(sqrtOp);
export const abs = unary(absOp);
/** -1, 0 or 1. */
export const sign = unary(signOp);
export const sin = unary(sinOp);
export const cos = unary(cosOp);
export const tanh = unary(tanhOp);
/** 1 / (1 + exp(-x)). */
export const sigmoid = unary(sigmoidOp);
/** The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export const erf = unary(erfOp);
export const stopGradient = unary(stopGradientOp);
export const square = (x: Tensor): Tensor => mul(x, x);

function comparisonOp<Name extends string>(name: Name): Op<Name, NoAttributes> {
  return {
    name,
    shape(inputs) {
      const [a, b] = inputs;
      if (a.dtype !== b.dtype) throw new ShapeError(`${name}: operands are ${a.dtype} and ${b.dtype}`, "Compare tensors of one dtype; use cast.");
      return { shape: broadcastShapes(name, a.shape, b.shape), dtype: "bool" };
    },
  };
}

export const equalOp = comparisonOp("equal");
export const lessOp = comparisonOp("less");
export const greaterOp = comparisonOp("greater");

const comparison = (op: Op<string, NoAttributes>) => (a: Operand, b: Operand): Tensor => elementwise(op, [toTensor(a), toTensor(b)], none);

/** a == b as bool, broadcast. */
export const equal = comparison(equalOp);
/** a < b as bool, broadcast. */
export const less = comparison(lessOp);
/** a > b as bool, broadcast. */
export const greater = comparison(greaterOp);
/** 1 - x for a bool. */
export const not = (condition: Tensor): Tensor => equal(cast(condition, "float32"), 0);
/** a <= b as bool, broadcast. */
export const lessEqual = (a: Operand, b: Operand): Tensor => not(greater(a, b));
/** a >= b as bool, broadcast. */
export const greaterEqual = (a: Operand, b: Operand): Tensor => not(less(a, b));

export const whereOp: Op<"where", NoAttributes> = {
  name: "where",
  shape([condition, a, b]) {
    if (condition.dtype !== "bool") throw new ShapeError(`where: the condition is ${condition.dtype}, not bool`, "Use a comparison such as greater(x, 0).");
    if (a.dtype !== b.dtype) throw new ShapeError(`where: the branches are ${a.dtype} and ${b.dtype}`, "Use cast to make them one dtype.");
    return { shape: broadcastShapes("where", condition.shape, a.shape, b.shape), dtype: a.dtype };
  },
  gradient: (g, _output, [condition, a, b]) => [undefined, sumTo(where(condition, g, 0), a.shape), sumTo(where(condition, 0, g), b.shape)],
};

/** `a` where the condition holds, else `b`; all three broadcast. */
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  elementwise(whereOp, [condition, toTensor(a), toTensor(b)], none);

export const castOp: Op<"cast", { readonly dtype: DType }> = {
  name: "cast",
  shape: ([x], { dtype }) => ({ shape: x.shape, dtype }),
  gradient: (g, _output, [x]) => [x.dtype === "float32" ? g : undefined],
};

/** Changes the dtype: bool to 0 or 1, float32 to int32 towards zero. */
export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : elementwise(castOp, [x], { dtype }));

/** A tensor filled with one value, never stored at its full size. */
export const full = (shape: Shape, value: number): Tensor => broadcastTo(constant(value), shape);
export const zeros = (shape: Shape): Tensor => full(shape, 0);
export const ones = (shape: Shape): Tensor => full(shape, 1);
/** x limited to [low, high]. */
export const clip = (x: Tensor, low: number, high: number): Tensor => minimum(maximum(x, low), high);
