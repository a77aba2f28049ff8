/** Layers without variables: shapes, pooling, activations, noise, and `sequential`. */
import {
  add, averagePool, maxPool, mean, mul, noise, reshape, sizeOf, transpose, upsampleNearest,
  type PoolOptions, type Shape, type Tensor,
} from "../tensor/index.js";
import { requireFraction, requireNotNegative, requirePooling, requireRank, requireSizes } from "./checks.js";
import { layer, type Layer, type Module } from "./module.js";
import { shapeOfOutput } from "./shape-of-output.js";

/** A layer that is one function of the batch. */
const stateless = (kind: string, apply: (x: Tensor) => Tensor): Layer =>
  layer(kind, (_name, inputShape) => ({ parameters: [], statistics: [], outputShape: shapeOfOutput(apply, inputShape), apply }));

/** A stateless layer for images [channels, height, width]. */
const onImages = (kind: string, apply: (x: Tensor) => Tensor): Layer =>
  layer(kind, (_name, inputShape) => {
    requireRank(inputShape, 3, "[channels, height, width]");
    return { parameters: [], statistics: [], outputShape: shapeOfOutput(apply, inputShape), apply };
  });

/** A layer that disturbs its input in training and is the identity otherwise. */
const trainingOnly = (kind: string, disturb: (x: Tensor) => Tensor): Layer =>
  layer(kind, (_name, inputShape) => ({
    parameters: [],
    statistics: [],
    outputShape: inputShape,
    apply: (x, { training }) => (training ? disturb(x) : x),
  }));

/** Any function of a batch that keeps its first axis, such as an activation. */
export const Activation = (activation: (x: Tensor) => Tensor): Layer => stateless("Activation", activation);

/** [batch, ...] -> [batch, all values]. */
export const Flatten = (): Layer => stateless("Flatten", (x) => reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]));

/** [batch, ...] -> [batch, ...shape]; one size may be -1. */
export const Reshape = (shape: Shape): Layer => stateless("Reshape", (x) => reshape(x, [x.shape[0], ...shape]));

/** Repeats each pixel `scale` times down and across. */
export function UpSample(scale: number | readonly [number, number] = 2): Layer {
  requireSizes("UpSample", "scale", scale);
  return onImages("UpSample", (x) => upsampleNearest(x, scale));
}

/** Largest value of each window; the stride is the window's size unless given. */
export function MaxPool(kernelSize: number | readonly [number, number] = 2, options: PoolOptions = {}): Layer {
  requirePooling("MaxPool", { kernelSize, ...options });
  return onImages("MaxPool", (x) => maxPool(x, kernelSize, options));
}

/** Mean of each window, not counting padding; the stride is the window's size unless given. */
export function AveragePool(kernelSize: number | readonly [number, number] = 2, options: PoolOptions = {}): Layer {
  requirePooling("AveragePool", { kernelSize, ...options });
  return onImages("AveragePool", (x) => averagePool(x, kernelSize, options));
}

/** [batch, channels, height, width] -> [batch, channels]: the mean over all positions. */
export const GlobalAveragePool = (): Layer => onImages("GlobalAveragePool", (x) => mean(x, [2, 3]));

/** 1 with this probability, else 0. An image's is drawn with its channels last, the order in which fast convolutions leave images: there the transpose is no work. */
function bernoulliMask(shape: Shape, probability: number): Tensor {
  if (shape.length !== 4) return noise.bernoulli(shape, probability);
  const [batch, channels, height, width] = shape;
  return transpose(noise.bernoulli([batch, height, width, channels], probability), [0, 3, 1, 2]);
}

/** In training, sets a share `rate` of the values to 0 and scales the others by 1 / (1 - rate) (Srivastava et al. 2014). */
export function Dropout(rate: number): Layer {
  requireFraction("Dropout", "rate", rate);
  const drop = (x: Tensor) => mul(mul(x, bernoulliMask(x.shape, 1 - rate)), 1 / (1 - rate));
  return trainingOnly("Dropout", rate === 0 ? (x) => x : drop);
}

/** In training, adds normal noise of standard deviation `stddev`. */
export function GaussianNoise(stddev: number): Layer {
  requireNotNegative("GaussianNoise", "stddev", stddev);
  return trainingOnly("GaussianNoise", (x) => add(x, mul(noise.normal(x.shape), stddev)));
}

/** Layers one after the other; the i-th is named `name.i`. */
export const sequential = (...layers: readonly Layer[]): Layer => (name, inputShape) => {
  const modules: Module[] = [];
  let shape = inputShape;
  layers.forEach((layer, i) => {
    const module = layer(`${name}.${i}`, shape);
    modules.push(module);
    shape = module.outputShape;
  });
  return {
    parameters: modules.flatMap((module) => module.parameters),
    statistics: modules.flatMap((module) => module.statistics),
    outputShape: shape,
    apply: (x, mode) => modules.reduce((y, module) => module.apply(y, mode), x),
  };
};
