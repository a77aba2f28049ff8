/**
 * What each primitive does, in plain float64 arithmetic; composites run through their definitions. The reference engine is
 * these and nothing else; other engines use them for what their library does not have.
 */
import type { Lowerings, Tensor } from "../../tensor/index.js";
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from "./convolution.js";
import { castTo, functions, map } from "./elementwise.js";
import { gather, scatterAdd } from "./indexing.js";
import { broadcastTo, concat, matmul, pad, reduce, slice, transpose } from "./movement.js";
import type { Value } from "./values.js";

export interface Context {
  readonly node: Tensor;
  readonly inputs: readonly Value[];
}

export const lowerings: Lowerings<Context, Value> = {
  add: map(functions.add),
  sub: map(functions.sub),
  mul: map(functions.mul),
  div: map(functions.div),
  pow: map(functions.pow),
  minimum: map(functions.minimum),
  maximum: map(functions.maximum),
  neg: map(functions.neg),
  exp: map(functions.exp),
  log: map(functions.log),
  sqrt: map(functions.sqrt),
  abs: map(functions.abs),
  sign: map(functions.sign),
  sin: map(functions.sin),
  cos: map(functions.cos),
  tanh: map(functions.tanh),
  sigmoid: map(functions.sigmoid),
  erf: map(functions.erf),
  stopGradient: map(functions.stopGradient),
  equal: map(functions.equal),
  less: map(functions.less),
  greater: map(functions.greater),
  where: map(functions.where),
  cast: ({ inputs }, { dtype }) => map(castTo(dtype))({ inputs }),
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

/** One dispatch for all ops: the table's type has checked that each op's attributes fit its lowering. */
export const compute = (context: Context): Value =>
  (lowerings as unknown as Readonly<Record<string, (context: Context, attributes: unknown) => Value>>)[context.node.op.name](context, context.node.attributes);
