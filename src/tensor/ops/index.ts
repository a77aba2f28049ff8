/** All ops by name: what an engine must lower (primitives) and what it may lower (composites). */
import type { Op } from "../tensor.js";
import { eluOp, leakyReluOp, reluOp, siluGradientOp, siluOp, softplusOp } from "./activations.js";
import { conv2dInputGradientOp, conv2dKernelGradientOp, conv2dOp } from "./convolution.js";
import * as elementwise from "./elementwise.js";
import { gatherOp, scatterAddOp } from "./indexing.js";
import { matmulOp } from "./matmul.js";
import { broadcastToOp, concatOp, padOp, reshapeOp, sliceOp, sumOp, transposeOp } from "./movement.js";
import { groupNormGainGradientOp, groupNormGradientOp, groupNormOp, standardizeGradientOp, standardizeOp, varianceOp } from "./normalization.js";
import { averagePoolGradientOp, averagePoolOp, maxPoolGradientOp, maxPoolOp, upsampleNearestGradientOp, upsampleNearestOp } from "./pooling.js";
import { maxOp, softmaxOp } from "./reduce.js";

export const primitives = {
  add: elementwise.addOp,
  sub: elementwise.subOp,
  mul: elementwise.mulOp,
  div: elementwise.divOp,
  pow: elementwise.powOp,
  minimum: elementwise.minimumOp,
  maximum: elementwise.maximumOp,
  neg: elementwise.negOp,
  exp: elementwise.expOp,
  log: elementwise.logOp,
  sqrt: elementwise.sqrtOp,
  abs: elementwise.absOp,
  sign: elementwise.signOp,
  sin: elementwise.sinOp,
  cos: elementwise.cosOp,
  tanh: elementwise.tanhOp,
  sigmoid: elementwise.sigmoidOp,
  erf: elementwise.erfOp,
  stopGradient: elementwise.stopGradientOp,
  equal: elementwise.equalOp,
  less: elementwise.lessOp,
  greater: elementwise.greaterOp,
  where: elementwise.whereOp,
  cast: elementwise.castOp,
  broadcastTo: broadcastToOp,
  reshape: reshapeOp,
  transpose: transposeOp,
  slice: sliceOp,
  pad: padOp,
  concat: concatOp,
  sum: sumOp,
  max: maxOp,
  matmul: matmulOp,
  conv2d: conv2dOp,
  conv2dInputGradient: conv2dInputGradientOp,
  conv2dKernelGradient: conv2dKernelGradientOp,
  gather: gatherOp,
  scatterAdd: scatterAddOp,
} as const;

export const composites = {
  relu: reluOp,
  softplus: softplusOp,
  elu: eluOp,
  leakyRelu: leakyReluOp,
  silu: siluOp,
  siluGradient: siluGradientOp,
  softmax: softmaxOp,
  maxPool: maxPoolOp,
  maxPoolGradient: maxPoolGradientOp,
  averagePool: averagePoolOp,
  averagePoolGradient: averagePoolGradientOp,
  upsampleNearest: upsampleNearestOp,
  upsampleNearestGradient: upsampleNearestGradientOp,
  variance: varianceOp,
  standardize: standardizeOp,
  standardizeGradient: standardizeGradientOp,
  groupNorm: groupNormOp,
  groupNormGradient: groupNormGradientOp,
  groupNormGainGradient: groupNormGainGradientOp,
} as const;

export type PrimitiveName = keyof typeof primitives;
export type CompositeName = keyof typeof composites;

type AttributesIn<Table, Name extends keyof Table> = Table[Name] extends Op<string, infer A> ? A : never;
type Lower<Context, Attributes, Value> = (context: Context, attributes: Attributes) => Value;

/**
 * An engine's lowering table: one function for every primitive, and for the composites that it does better than their
 * definitions. A primitive that is missing does not compile.
 */
export type Lowerings<Context, Value> = {
  readonly [Name in PrimitiveName]: Lower<Context, AttributesIn<typeof primitives, Name>, Value>;
} & {
  readonly [Name in CompositeName]?: Lower<Context, AttributesIn<typeof composites, Name>, Value>;
};
