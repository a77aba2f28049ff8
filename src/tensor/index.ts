/** The tensor language: everything a program outside this room may use. */
export * from "./tensor.js";
export { fill } from "./fill.js";
export { gradients } from "./gradients.js";
export { topologicalOrder } from "./graph.js";
export { fillNoise, noise, noiseOp, type Distribution, type NoiseState } from "./noise.js";
export { schedule, type Program, type Schedule } from "./program.js";
export * from "./shape.js";
export * from "./threefry.js";
export * from "./ops/activations.js";
export * from "./ops/convolution.js";
export * from "./ops/elementwise.js";
export * from "./ops/indexing.js";
export * from "./ops/matmul.js";
export * from "./ops/movement.js";
export * from "./ops/normalization.js";
export * from "./ops/pooling.js";
export * from "./ops/reduce.js";
export { composites, primitives, type CompositeName, type Lowerings, type PrimitiveName } from "./ops/index.js";
