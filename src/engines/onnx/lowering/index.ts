/** Each op as ONNX operators: a line here where one operator does it, a function in a neighbouring file where not. */
import type { Lowerings } from "../../../tensor/index.js";
import { cast, type Context } from "./context.js";
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from "./convolution.js";
import { ordering, same, where } from "./elementwise.js";
import { gather, scatterAdd } from "./indexing.js";
import { matmul } from "./matmul.js";
import { pad, reduction, slice } from "./movement.js";
import { averagePool, maxPool, maxPoolGradient, upsampleNearest } from "./pooling.js";

export const lowerings: Lowerings<Context, string> = {
  add: same("Add"),
  sub: same("Sub"),
  mul: same("Mul"),
  div: same("Div"),
  pow: same("Pow"),
  minimum: same("Min"),
  maximum: same("Max"),
  neg: same("Neg"),
  exp: same("Exp"),
  log: same("Log"),
  sqrt: same("Sqrt"),
  abs: same("Abs"),
  sign: same("Sign"),
  sin: same("Sin"),
  cos: same("Cos"),
  tanh: same("Tanh"),
  sigmoid: same("Sigmoid"),
  erf: same("Erf"),
  stopGradient: same("Identity"),
  equal: same("Equal"),
  less: ordering("Less"),
  greater: ordering("Greater"),
  where,
  cast: ({ graph, inputs: [x] }, { dtype }) => cast(graph, x, dtype),
  broadcastTo: ({ graph, inputs: [x] }, { shape }) => graph.node("Expand", [x, graph.shape(shape)]),
  reshape: ({ graph, inputs: [x] }, { shape }) => graph.node("Reshape", [x, graph.shape(shape)]),
  transpose: ({ graph, inputs: [x] }, { permutation }) => graph.node("Transpose", [x], { perm: permutation }),
  slice,
  pad,
  concat: ({ graph, inputs }, { axis }) => graph.node("Concat", inputs, { axis: { int: axis } }),
  sum: reduction("ReduceSum"),
  max: reduction("ReduceMax"),
  matmul,
  conv2d,
  conv2dInputGradient,
  conv2dKernelGradient,
  gather,
  scatterAdd,

  relu: same("Relu"),
  softplus: same("Softplus"),
  elu: ({ graph, inputs }, { alpha }) => graph.node("Elu", inputs, { alpha: { float: alpha } }),
  softmax: ({ graph, inputs }, { axis }) => graph.node("Softmax", inputs, { axis: { int: axis } }),
  maxPool,
  maxPoolGradient,
  averagePool,
  upsampleNearest,
};
