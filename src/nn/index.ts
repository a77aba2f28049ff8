/** Layers, initializers and losses. */
export { activations, type ActivationName } from "./activations.js";
export {
  constantOf, glorotNormal, glorotUniform, heNormal, heUniform, initializers, lecunNormal, lecunUniform, orthogonal, pytorchUniform,
  randomNormal, randomUniform, truncatedNormal, type Fans, type Initializer,
} from "./initializers.js";
export { Conv2d, ConvTranspose2d, Dense, Embedding, type ConvLayerOptions, type ConvTransposeLayerOptions, type KernelOptions } from "./linear.js";
export * from "./losses.js";
export { MinibatchDiscrimination, MinibatchStandardDeviation } from "./minibatch.js";
export { inferenceMode, trainingMode, type Layer, type Mode, type Module } from "./module.js";
export { BatchNorm, GroupNorm, InstanceNorm, LayerNorm, type BatchNormOptions } from "./normalization.js";
export { GRU, LSTM, RepeatVector, TimeDistributed, type RecurrentOptions } from "./recurrent.js";
export { Conv2dTranspose, DenseTranspose, type TiedConvolutionOptions, type TiedOptions } from "./tied.js";
export { Activation, AveragePool, Dropout, Flatten, GaussianNoise, GlobalAveragePool, MaxPool, Reshape, sequential, UpSample } from "./stateless.js";
