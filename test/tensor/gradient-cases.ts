/** For every op, functions that use it and points away from its kinks. Total: a new op does not compile without a case. */
import * as T from "../../src/tensor/index.js";
import type { CompositeName, PrimitiveName, Shape, Tensor } from "../../src/tensor/index.js";
import type { Point } from "../support/numerical-gradient.js";

export interface GradientCase {
  readonly f: (...x: Tensor[]) => Tensor;
  readonly points: readonly Point[];
}

/** Distinct values with |x| between 0.2 and 1.8, never near 0, in no order. */
export const point = (shape: Shape, { offset = 0, positive = false } = {}): Point => ({
  shape,
  values: Array.from({ length: T.sizeOf(shape) }, (_, i) => {
    const spread = 0.2 + 1.6 * (((i + 1 + 1.37 * offset) * 0.6180339887) % 1);
    return positive || (i + offset) % 2 === 0 ? spread : -spread;
  }),
});
const indices = (shape: Shape, values: readonly number[]): Point => ({ shape, values, dtype: "int32" });

const unary = (f: (x: Tensor) => Tensor, options = {}): GradientCase[] => [[2, 3], [], [2, 1, 2, 1]].map((shape) => ({ f, points: [point(shape, options)] }));
const binary = (f: (a: Tensor, b: Tensor) => Tensor, options = {}): GradientCase[] => [
  { f, points: [point([2, 3], options), point([2, 3], { ...options, offset: 7 })] },
  { f, points: [point([2, 1, 3], options), point([4, 1], { ...options, offset: 5 })] },
  { f, points: [point([], options), point([3], { ...options, offset: 3 })] },
];
/** Ops without a gradient of their own appear inside something that has one. */
const masked = (compare: (a: Tensor, b: Tensor) => Tensor): GradientCase[] => [
  { f: (a, b) => T.mul(T.cast(compare(a, b), "float32"), T.mul(a, b)), points: [point([2, 3]), point([3], { offset: 4 })] },
  { f: (a, b) => T.mul(T.cast(compare(a, b), "float32"), T.mul(a, b)), points: [point([2, 1, 3]), point([4, 1], { offset: 5 })] },
];

const geometry = (strides: [number, number], padding: [[number, number], [number, number]], dilations: [number, number] = [1, 1], groups = 1) => ({ strides, padding, dilations, groups });
const convolutions = [
  { x: [1, 1, 3, 3], kernel: [1, 1, 2, 2], geometry: geometry([1, 1], [[0, 0], [0, 0]]) },
  { x: [2, 2, 5, 4], kernel: [3, 2, 3, 2], geometry: geometry([2, 1], [[1, 0], [0, 2]]) },
  { x: [1, 4, 4, 5], kernel: [2, 2, 2, 2], geometry: geometry([1, 2], [[1, 1], [1, 1]], [2, 1], 2) },
  { x: [1, 1, 2, 2], kernel: [1, 1, 3, 3], geometry: geometry([2, 2], [[1, 1], [1, 1]]) },
  { x: [1, 1, 6, 6], kernel: [2, 1, 2, 3], geometry: geometry([3, 2], [[0, 0], [0, 1]]) },
  { x: [2, 4, 2, 2], kernel: [2, 2, 1, 1], geometry: geometry([1, 1], [[1, 0], [0, 1]], [1, 1], 2) },
] as const;
const convolutionCases = (f: (c: (typeof convolutions)[number]) => GradientCase) => convolutions.map(f);
const outputOf = (c: { readonly x: Shape; readonly kernel: Shape; readonly geometry: T.Geometry }): Shape => [c.x[0], c.kernel[0], ...T.convolvedSize(c.x.slice(2), c.kernel.slice(2), c.geometry)];

export const gradientCases: Readonly<Record<PrimitiveName | CompositeName, readonly GradientCase[]>> = {
  add: binary(T.add),
  sub: binary(T.sub),
  mul: binary(T.mul),
  div: binary(T.div, { positive: true }),
  pow: [...binary(T.pow, { positive: true }), ...unary((x) => T.pow(x, 3))],
  minimum: binary(T.minimum),
  maximum: binary(T.maximum),
  neg: unary(T.neg),
  exp: unary(T.exp),
  log: unary(T.log, { positive: true }),
  sqrt: unary(T.sqrt, { positive: true }),
  abs: unary((x) => T.mul(T.abs(x), x)),
  sign: unary((x) => T.mul(T.sign(x), T.square(x))),
  sin: unary(T.sin),
  cos: unary(T.cos),
  tanh: unary(T.tanh),
  sigmoid: unary(T.sigmoid),
  erf: unary(T.erf),
  stopGradient: unary((x) => T.add(T.mul(T.stopGradient(T.constant(3)), T.square(x)), x)),
  // Signs meet, and stay the same nearby.
  equal: masked((a, b) => T.equal(T.sign(a), T.sign(b))),
  less: masked(T.less),
  greater: masked(T.greater),
  where: [{ f: (a, b) => T.where(T.greater(a, b), T.square(a), T.mul(a, b)), points: [point([2, 3]), point([3], { offset: 4 })] }],
  cast: unary((x) => T.mul(T.cast(T.cast(x, "int32"), "float32"), T.square(x))),
  broadcastTo: [{ f: (x) => T.square(T.broadcastTo(T.sum(T.square(x), 1, true), [2, 3, 4])), points: [point([3, 4])] }],
  reshape: [{ f: (x) => T.square(T.reshape(T.exp(x), [3, 2])), points: [point([2, 3])] }],
  transpose: [{ f: (x) => T.square(T.transpose(x, [2, 0, 1])), points: [point([2, 3, 2])] }],
  slice: [
    { f: (x) => T.square(T.slice(x, [1, 0], [4, 5], [2, 3])), points: [point([5, 6])] },
    { f: (x) => T.exp(T.slice(x, [-2])), points: [point([5])] },
  ],
  pad: [{ f: (x) => T.square(T.pad(x, [[1, 0], [0, 2]], 0.5)), points: [point([2, 3])] }],
  concat: [{ f: (a, b) => T.square(T.concat([a, b, a], 1)), points: [point([2, 3]), point([2, 1], { offset: 4 })] }],
  sum: [0, 1, [0, 2], undefined].flatMap((axes) => [{ f: (x: Tensor) => T.square(T.sum(T.square(x), axes)), points: [point([2, 3, 2])] }]),
  max: [1, undefined].flatMap((axes) => [{ f: (x: Tensor) => T.square(T.max(x, axes)), points: [point([3, 4])] }]),
  matmul: [
    { f: T.matmul, points: [point([2, 3]), point([3, 4], { offset: 2 })] },
    { f: (a, b) => T.square(T.matmul(a, b)), points: [point([2, 1, 2, 3]), point([2, 3, 1], { offset: 2 })] },
  ],
  conv2d: convolutionCases((c) => ({ f: (x, kernel) => T.conv2d(x, kernel, c.geometry), points: [point(c.x), point(c.kernel, { offset: 3 })] })),
  conv2dInputGradient: convolutionCases((c) => ({
    f: (dy, kernel) => T.conv2dInputGradient(dy, kernel, c.x.slice(2), c.geometry),
    points: [point(outputOf(c)), point(c.kernel, { offset: 3 })],
  })),
  conv2dKernelGradient: convolutionCases((c) => ({
    f: (x, dy) => T.conv2dKernelGradient(x, dy, c.kernel.slice(2), c.geometry),
    points: [point(c.x), point(outputOf(c), { offset: 3 })],
  })),
  gather: [{ f: (table, at) => T.square(T.gather(table, at)), points: [point([4, 2]), indices([2, 2], [3, 0, 3, 1])] }],
  scatterAdd: [{ f: (rows, at) => T.square(T.scatterAdd(rows, at, 4)), points: [point([3, 2]), indices([3], [3, 0, 3])] }],
  relu: unary((x) => T.mul(T.relu(x), x)),
  softplus: unary(T.softplus),
  elu: unary((x) => T.elu(x, 0.7)),
  softmax: [1, 0, -1].map((axis) => ({ f: (x: Tensor) => T.softmax(x, axis), points: [point([3, 3])] })),
  maxPool: [
    { f: (x) => T.square(T.maxPool(x, 2)), points: [point([1, 2, 4, 4])] },
    { f: (x) => T.square(T.maxPool(x, [3, 2], { stride: [2, 1], padding: 1 })), points: [point([1, 1, 5, 4])] },
  ],
  averagePool: [
    { f: (x) => T.square(T.averagePool(x, 2)), points: [point([1, 2, 4, 4])] },
    { f: (x) => T.square(T.averagePool(x, 3, { stride: 2, padding: "same" })), points: [point([1, 1, 5, 4])] },
    // As many windows as would tile the image, but moved off it.
    { f: (x) => T.square(T.averagePool(x, 2, { padding: [[1, 0], [0, 0]] })), points: [point([1, 1, 4, 2])] },
  ],
  maxPoolGradient: [
    { f: (g, x) => T.gradients(T.sum(T.mul(T.maxPool(x, 2), T.square(g))), [x])[0], points: [point([1, 2, 2, 2]), point([1, 2, 4, 5])] },
    { f: (g, x) => T.gradients(T.sum(T.mul(T.maxPool(x, [3, 2], { stride: [2, 1], padding: 1 }), T.square(g))), [x])[0], points: [point([1, 1, 3, 5]), point([1, 1, 5, 4], { offset: 2 })] },
  ],
  averagePoolGradient: [
    { f: (g, x) => T.gradients(T.sum(T.mul(T.averagePool(x, 2), T.square(g))), [x])[0], points: [point([1, 2, 2, 2]), point([1, 2, 5, 4])] },
    { f: (g, x) => T.gradients(T.sum(T.mul(T.averagePool(x, 3, { stride: 2, padding: "same" }), T.square(g))), [x])[0], points: [point([1, 1, 3, 2]), point([1, 1, 5, 4])] },
  ],
  upsampleNearest: [{ f: (x) => T.square(T.upsampleNearest(x, [2, 3])), points: [point([1, 2, 2, 2])] }],
  leakyRelu: unary((x) => T.mul(T.leakyRelu(x, 0.3), x)),
  silu: unary((x) => T.mul(T.silu(x), x)),
  siluGradient: [{ f: (g, x) => T.gradients(T.sum(T.mul(T.silu(x), T.square(g))), [x])[0], points: [point([2, 3]), point([2, 3], { offset: 4 })] }],
  upsampleNearestGradient: [{ f: (g, x) => T.gradients(T.sum(T.mul(T.upsampleNearest(x, [2, 3]), T.square(g))), [x])[0], points: [point([1, 2, 4, 6]), point([1, 2, 2, 2])] }],
  variance: [{ f: (x) => T.variance(x, [0, 2]), points: [point([2, 3, 2])] }],
  standardizeGradient: [
    { f: (g, x) => T.gradients(T.sum(T.mul(T.standardize(x, [1, 2], 1e-3), g)), [x])[0], points: [point([2, 3, 2]), point([2, 3, 2], { offset: 3 })] },
    { f: (g, x) => T.gradients(T.sum(T.mul(T.standardize(x, [0, 2, 3], 1e-3), g)), [x])[0], points: [point([2, 3, 2, 2]), point([2, 3, 2, 2], { offset: 3 })] },
  ],
  groupNorm: [{ f: (x, gain, bias) => T.groupNorm(x, 2, gain, bias), points: [point([1, 4, 2]), point([4], { offset: 1 }), point([4], { offset: 2 })] }, { f: (x, gain, bias) => T.groupNorm(x, 2, gain, bias, 1e-3), points: [point([2, 6, 2, 3]), point([6], { offset: 1 }), point([6], { offset: 2 })] }],
  groupNormGradient: [{ f: (g, x, gain) => T.gradients(T.sum(T.mul(T.groupNorm(x, 2, gain, T.zeros([4]), 1e-2), g)), [x])[0], points: [point([2, 4, 3]), point([2, 4, 3], { offset: 3 }), point([4], { offset: 1 })] }],
  groupNormGainGradient: [{ f: (g, x, gain) => T.gradients(T.sum(T.mul(T.groupNorm(x, 2, gain, T.zeros([4]), 1e-2), g)), [gain])[0], points: [point([2, 4, 3]), point([2, 4, 3], { offset: 3 }), point([4], { offset: 1 })] }],
  standardize: [{ f: (x) => T.standardize(x, [1, 2], 1e-3), points: [point([2, 3, 2])] }],
};

/** Functions built from ops, which have no rule of their own but must compose rightly. */
export const functionCases: Readonly<Record<string, readonly GradientCase[]>> = {
  leakyRelu: unary((x) => T.mul(T.leakyRelu(x, 0.3), x)),
  selu: unary(T.selu),
  silu: unary(T.silu),
  gelu: unary(T.gelu),
  square: unary(T.square),
  squeeze: [{ f: (x) => T.square(T.squeeze(T.exp(x), 1)), points: [point([2, 1, 3])] }],
  sumTo: [{ f: (x) => T.square(T.sumTo(T.exp(x), [3, 1])), points: [point([2, 3, 2])] }],
  mean: [{ f: (x) => T.square(T.mean(T.square(x), 1)), points: [point([2, 3])] }],
  logSumExp: [1, [0, 2], undefined].map((axes) => ({ f: (x: Tensor) => T.logSumExp(x, axes), points: [point([2, 3, 2])] })),
  logSoftmax: [1, 0].map((axis) => ({ f: (x: Tensor) => T.logSoftmax(x, axis), points: [point([2, 3])] })),
  clip: unary((x) => T.mul(T.clip(x, -0.9, 0.9), x)),
  split: [{ f: (x) => T.mul(...(T.split(T.square(x), [2, 2], 1) as [Tensor, Tensor])), points: [point([2, 4])] }],
  oneHot: [{ f: (x, at) => T.mul(T.exp(x), T.oneHot(at, 3)), points: [point([2, 3]), indices([2], [2, 0])] }],
  // Version 3.7 of oneDNN crashes on some of these.
  "conv2d of nothing but padding": [
    { x: [1, 1, 4, 1], kernel: [1, 1, 1, 2], geometry: geometry([2, 3], [[3, 2], [5, 5]], [1, 4]) },
    { x: [2, 1, 4, 1], kernel: [1, 1, 2, 1], geometry: geometry([1, 3], [[2, 0], [5, 1]], [1, 2]) },
    { x: [2, 1, 7, 1], kernel: [1, 1, 1, 1], geometry: geometry([1, 2], [[0, 0], [1, 1]], [2, 2]) },
    { x: [1, 2, 1, 3], kernel: [2, 2, 1, 1], geometry: geometry([2, 1], [[1, 1], [0, 0]]) },
  ].map((c) => ({
    f: (x, k, bias, y) => T.add(T.softplus(T.add(T.conv2d(x, k, c.geometry), T.reshape(bias, [-1, 1, 1]))), y),
    points: [point(c.x), point(c.kernel, { offset: 3 }), point([c.kernel[0]], { offset: 6 }), point(outputOf(c), { offset: 9 })],
  })),
  // Version 2.6 of oneDNN adds the wrong pixels in some of its kernels.
  "conv2d with a residual": convolutionCases((c) => ({
    f: (x, k, y) => T.add(T.conv2d(x, k, c.geometry), y),
    points: [point(c.x), point(c.kernel, { offset: 3 }), point(outputOf(c), { offset: 6 })],
  })),
  convTranspose2d: [
    { f: (x, k) => T.convTranspose2d(x, k, { stride: 2, padding: 1, outputPadding: 1 }), points: [point([1, 2, 3, 2]), point([2, 1, 3, 3], { offset: 3 })] },
    { f: (x, k) => T.convTranspose2d(x, k, { stride: 3, padding: "same", groups: 2 }), points: [point([1, 2, 2, 2]), point([2, 1, 2, 2], { offset: 3 })] },
  ],
  batchStatistics: [
    { f: (x) => T.batchStatistics(T.exp(x)).mean, points: [point([3, 2, 2])] },
    { f: (x) => T.batchStatistics(x).variance, points: [point([3, 2, 2])] },
  ],
  batchNorm: [
    { f: (x, gain, bias) => T.batchNorm(x, gain, bias, 1e-3), points: [point([3, 2, 2]), point([2], { offset: 1 }), point([2], { offset: 2 })] },
    {
      f: (x, gain, bias, mean, variance) => T.batchNorm(x, gain, bias, 1e-3, { mean, variance }),
      points: [point([2, 2, 1, 2]), point([2], { offset: 1 }), point([2], { offset: 2 }), point([2], { offset: 3 }), point([2], { offset: 4, positive: true })],
    },
  ],
  layerNorm: [{ f: (x, gain, bias) => T.layerNorm(x, gain, bias), points: [point([2, 4]), point([4], { offset: 1 }), point([4], { offset: 2 })] }],
};
