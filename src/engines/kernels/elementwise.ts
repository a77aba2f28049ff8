import { broadcastShapes, type DType, type PrimitiveName } from "../../tensor/index.js";
import { allocate, broadcastStrides, gatherStrided, type Value } from "./values.js";

const stretch = (x: Value, shape: readonly number[]): Float64Array => gatherStrided(x.data, shape, broadcastStrides(x.shape, shape)).data;

/** Applies `f` to the broadcast operands, element by element. */
export const map =
  (f: (...operands: number[]) => number) =>
  ({ inputs }: { readonly inputs: readonly Value[] }): Value => {
    const shape = broadcastShapes("map", ...inputs.map((x) => x.shape));
    const operands = inputs.map((x) => stretch(x, shape));
    const result = allocate(shape);
    for (let i = 0; i < result.data.length; i++) result.data[i] = f(...operands.map((values) => values[i]));
    return result;
  };

/**
 * The error function to within 1e-15: a series of positive terms for small |x|, a continued fraction beyond
 * (Abramowitz & Stegun 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let total = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      total += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const bool = (condition: boolean): number => (condition ? 1 : 0);

/** The elementwise ops as functions of numbers; a bool is 0 or 1. */
export const functions = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: Math.pow,
  minimum: Math.min,
  maximum: Math.max,
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid,
  erf,
  stopGradient: (x) => x,
  equal: (a, b) => bool(a === b),
  less: (a, b) => bool(a < b),
  greater: (a, b) => bool(a > b),
  where: (condition, a, b) => (condition ? a : b),
} as const satisfies Partial<Record<PrimitiveName, (...operands: number[]) => number>>;

export const castTo =
  (dtype: DType) =>
  (x: number): number => (dtype === "int32" ? Math.trunc(x) : dtype === "bool" ? bool(x !== 0) : x);
