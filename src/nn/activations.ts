import { elu, gelu, leakyRelu, relu, selu, sigmoid, silu, softplus, tanh, type Tensor } from "../tensor/index.js";

/** Activations by the names that options use. */
export const activations = {
  relu,
  leakyRelu: (x: Tensor) => leakyRelu(x),
  elu: (x: Tensor) => elu(x),
  selu,
  silu,
  gelu,
  tanh,
  sigmoid,
  softplus,
  linear: (x: Tensor) => x,
} as const satisfies Readonly<Record<string, (x: Tensor) => Tensor>>;
export type ActivationName = keyof typeof activations;
