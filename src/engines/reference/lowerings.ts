/** What each primitive does, in plain arithmetic. Composites run through their definitions. */
import type { Lowerings, Tensor } from "../../tensor/index.js";
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from "./convolution.js";
import { erf, map, sigmoid } from "./elementwise.js";
import { gather, scatterAdd } from "./indexing.js";
import { broadcastTo, concat, matmul, pad, reduce, slice, transpose } from "./movement.js";
import type { Value } from "./values.js";

export interface Context {
  readonly node: Tensor;
  readonly inputs: readonly Value[];
}

const bool = (condition: boolean): number => (condition ? 1 : 0);

export const lowerings: Lowerings<Context, Value> = {
  add: map((a, b) => a + b),
  sub: map((a, b) => a - b),
  mul: map((a, b) => a * b),
  div: map((a, b) => a / b),
  pow: map(Math.pow),
  minimum: map(Math.min),
  maximum: map(Math.max),
  neg: map((x) => -x),
  exp: map(Math.exp),
  log: map(Math.log),
  sqrt: map(Math.sqrt),
  abs: map(Math.abs),
  sign: map(Math.sign),
  sin: map(Math.sin),
  cos: map(Math.cos),
  tanh: map(Math.tanh),
  sigmoid: map(sigmoid),
  erf: map(erf),
  stopGradient: map((x) => x),
  equal: map((a, b) => bool(a === b)),
  less: map((a, b) => bool(a < b)),
  greater: map((a, b) => bool(a > b)),
  where: map((condition, a, b) => (condition ? a : b)),
  cast: ({ inputs }, { dtype }) => map((x) => (dtype === "int32" ? Math.trunc(x) : dtype === "bool" ? bool(x !== 0) : x))({ inputs }),
  broadcastTo: ({ inputs: [x] }, { shape }) => broadcastTo(x, shape),
  reshape: ({ inputs: [x] }, { shape }) => ({ shape, data: x.data }),
  transpose: ({ inputs: [x] }, { permutation }) => transpose(x, permutation),
  slice: ({ inputs: [x] }, attributes) => slice(x, attributes),
  pad: ({ inputs: [x] }, { padding, value }) => pad(x, padding, value),
  concat: ({ inputs }, { axis }) => concat(inputs, axis),
  sum: ({ inputs: [x] }, { axes, keepDims }) => reduce(x, axes, keepDims, 0, (a, b) => a + b),
  max: ({ inputs: [x] }, { axes, keepDims }) => reduce(x, axes, keepDims, -Infinity, Math.max),
  matmul: ({ node, inputs: [a, b] }) => matmul(a, b, node.shape),
  conv2d: ({ node, inputs: [x, kernel] }, geometry) => conv2d(x, kernel, node.shape, geometry),
  conv2dInputGradient: ({ node, inputs: [dy, kernel] }, geometry) => conv2dInputGradient(dy, kernel, node.shape, geometry),
  conv2dKernelGradient: ({ node, inputs: [x, dy] }, geometry) => conv2dKernelGradient(x, dy, node.shape, geometry),
  gather: ({ inputs: [table, indices] }) => gather(table, indices),
  scatterAdd: ({ node, inputs: [rows, indices] }) => scatterAdd(rows, indices, node.shape),
};
