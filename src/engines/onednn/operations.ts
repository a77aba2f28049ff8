/**
 * oneDNN's primitives as data: for each its name, the types of its arguments in the order of version 3, and where version 2
 * differs. p: pointer (memory descriptor, dimensions), i: integer, f: float, u: flags.
 */
export interface Operation {
  /** `dnnl_<version3>_primitive_desc_create` */
  readonly version3: string;
  /** `dnnl_<version2>_desc_init` */
  readonly version2: string;
  readonly types: string;
  /** Positions of arguments that version 2 does not have. */
  readonly notInVersion2?: readonly number[];
  /** Takes the forward primitive as a hint. */
  readonly backward?: boolean;
}

const convolution = { types: "iipppppppp" } as const;

export const operations = {
  convolution: { version3: "convolution_forward", version2: "dilated_convolution_forward", ...convolution },
  convolutionBackwardData: { version3: "convolution_backward_data", version2: "dilated_convolution_backward_data", types: "ippppppp", backward: true },
  convolutionBackwardWeights: { version3: "convolution_backward_weights", version2: "dilated_convolution_backward_weights", types: "ipppppppp", backward: true },
  deconvolution: { version3: "deconvolution_forward", version2: "dilated_deconvolution_forward", ...convolution },
  matmul: { version3: "matmul", version2: "matmul", types: "pppp" },
  innerProduct: { version3: "inner_product_forward", version2: "inner_product_forward", types: "ipppp" },
  innerProductBackwardData: { version3: "inner_product_backward_data", version2: "inner_product_backward_data", types: "ppp", backward: true },
  innerProductBackwardWeights: { version3: "inner_product_backward_weights", version2: "inner_product_backward_weights", types: "pppp", backward: true },
  binary: { version3: "binary", version2: "binary", types: "ippp" },
  eltwise: { version3: "eltwise_forward", version2: "eltwise_forward", types: "iippff", notInVersion2: [3] },
  eltwiseBackward: { version3: "eltwise_backward", version2: "eltwise_backward", types: "ipppff", notInVersion2: [2], backward: true },
  reduction: { version3: "reduction", version2: "reduction", types: "ippff" },
  softmax: { version3: "softmax_forward", version2: "softmax_v2_forward", types: "iippi" },
  batchNormalization: { version3: "batch_normalization_forward", version2: "batch_normalization_forward", types: "ippfu", notInVersion2: [2] },
  batchNormalizationBackward: { version3: "batch_normalization_backward", version2: "batch_normalization_backward", types: "ipppfu", notInVersion2: [2], backward: true },
  pooling: { version3: "pooling_forward", version2: "pooling_v2_forward", types: "iippppppp" },
  poolingBackward: { version3: "pooling_backward", version2: "pooling_v2_backward", types: "ippppppp", backward: true },
  resampling: { version3: "resampling_forward", version2: "resampling_forward", types: "iippp" },
  resamplingBackward: { version3: "resampling_backward", version2: "resampling_backward", types: "ippp", backward: true },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof operations;

/** Values of dnnl_alg_kind_t that did not change between the versions. */
export const algorithms = {
  convolution: 0x1,
  deconvolution: 0xa,
  maxPooling: 0x1ff,
  averagePooling: 0x3ff,
  add: 0x1fff0,
  mul: 0x1fff1,
  max: 0x1fff2,
  min: 0x1fff3,
  div: 0x1fff4,
  sub: 0x1fff5,
  greater: 0x1fff7,
  less: 0x1fff9,
  equal: 0x1fffa,
  nearest: 0x2fff0,
  reduceMax: 0x2fff2,
  reduceSum: 0x2fff4,
  softmax: 0x30000,
} as const;

/** Elementwise functions: dnnl_alg_kind_t in version 2 and in version 3. */
export const eltwiseAlgorithms = {
  relu: [0x1f, 0x20],
  tanh: [0x2f, 0x21],
  elu: [0x3f, 0x22],
  square: [0x4f, 0x23],
  abs: [0x5f, 0x24],
  sqrt: [0x6f, 0x25],
  linear: [0x7f, 0x26],
  softRelu: [0x9f, 0x27],
  logistic: [0xaf, 0x29],
  exp: [0xbf, 0x2a],
  swish: [0xdf, 0x2c],
  log: [0xef, 0x2d],
  clip: [0xff, 0x2e],
  pow: [0x20, 0x30],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

export type EltwiseName = keyof typeof eltwiseAlgorithms;
export type BinaryName = "add" | "mul" | "max" | "min" | "div" | "sub" | "greater" | "less" | "equal";

export const FORWARD_TRAINING = 64;
export const FORWARD_INFERENCE = 96;
export const BACKWARD = 128;
export const BACKWARD_DATA = 160;

/** Indices of a primitive's arguments at execution (DNNL_ARG_*). */
export const args = {
  src: 1,
  src1: 2,
  dst: 17,
  weights: 33,
  bias: 41,
  mean: 49,
  variance: 50,
  scale: 51,
  shift: 52,
  workspace: 64,
  scratchpad: 80,
  diffSrc: 129,
  diffDst: 145,
  diffWeights: 161,
  diffBias: 169,
  diffScale: 255,
  diffShift: 256,
  multipleSrc: 1024,
} as const;

/** dnnl_query_t */
export const queries = { implementation: 8, src: 129, diffSrc: 130, weights: 131, diffWeights: 132, dst: 133, diffDst: 134, workspace: 135, scratchpad: 136 } as const;
export type DescQuery = Exclude<keyof typeof queries, "implementation">;
