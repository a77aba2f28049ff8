/** Each op that is not part of a chain, as steps of a plan. */
import { sizeOf, type Lowerings } from "../../../tensor/index.js";
import { siluGradient, softmax, upsampleNearest, upsampleNearestGradient } from "./composites.js";
import type { Context, Lowered } from "./context.js";
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { groupNorm, groupNormGainGradient, groupNormGradient } from "./group-norm.js";
import { hostOp, where } from "./host.js";
import { matmul } from "./matmul.js";
import { byDefinition, standardize, standardizeGradient, variance } from "./normalization.js";
import { broadcastTo, concat, pad, reshape, slice, transpose } from "./movement.js";
import { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from "./pooling.js";
import { max, sum } from "./reduce.js";

export const lowerings: Lowerings<Context, Lowered> = {
  add: elementwise,
  sub: elementwise,
  mul: elementwise,
  div: elementwise,
  pow: elementwise,
  minimum: elementwise,
  maximum: elementwise,
  neg: elementwise,
  exp: elementwise,
  log: elementwise,
  sqrt: elementwise,
  abs: elementwise,
  sign: elementwise,
  sin: elementwise,
  cos: elementwise,
  tanh: elementwise,
  sigmoid: elementwise,
  erf: elementwise,
  stopGradient: elementwise,
  equal: elementwise,
  less: elementwise,
  greater: elementwise,
  where,
  cast: elementwise,
  broadcastTo,
  reshape,
  transpose,
  slice,
  pad,
  concat,
  sum: (context, attributes) => (context.node.dtype === "int32" ? hostOp(context) : sum(context, attributes)),
  max: (context, attributes) => (context.node.dtype === "int32" ? hostOp(context) : max(context, attributes)),
  matmul,
  conv2d,
  conv2dInputGradient,
  conv2dKernelGradient,
  gather: hostOp,
  scatterAdd: hostOp,

  relu: elementwise,
  softplus: elementwise,
  elu: elementwise,
  leakyRelu: elementwise,
  silu: elementwise,
  siluGradient: (context) => (sizeOf(context.node.shape) === 1 ? elementwise(context) : siluGradient(context)),
  softmax,
  maxPool,
  maxPoolGradient,
  averagePool,
  averagePoolGradient,
  upsampleNearest,
  upsampleNearestGradient,
  variance,
  standardize,
  standardizeGradient,
  groupNorm,
  groupNormGradient: (context, attributes) => groupNormGradient(context, attributes) || byDefinition(context, attributes),
  groupNormGainGradient: (context, attributes) => groupNormGainGradient(context, attributes) || byDefinition(context, attributes),
};
