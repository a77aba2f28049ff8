/** Layers without variables: shapes, pooling, activations, noise, and `sequential`. */
import {
  add, averagePool, maxPool, mean, mul, noise, reshape, sizeOf, upsampleNearest,
  type PoolOptions, type Shape, type Tensor,
} from "../tensor/index.js";
import { UsageError } from "../errors.js";
import { requireFraction, requireRank } from "./checks.js";
import type { Layer, Mode, Module } from "./module.js";
import { shapeOfOutput } from "./shape-of-output.js";

/** A layer that is one function of the batch. */
const stateless = (apply: (x: Tensor) => Tensor): Layer => (_name, inputShape) => ({
  parameters: [],
  statistics: [],
  outputShape: shapeOfOutput(apply, inputShape),
  apply,
});

/** A stateless layer for images [channels, height, width]. */
const onImages = (layer: string, apply: (x: Tensor) => Tensor): Layer => (name, inputShape) => {
  requireRank(layer, name, inputShape, 3, "[channels, height, width]");
  return stateless(apply)(name, inputShape);
};

/** Any function of a batch that keeps its first axis, such as an activation. */
export const Activation = (activation: (x: Tensor) => Tensor): Layer => stateless(activation);

/** [batch, ...] -> [batch, all values]. */
export const Flatten = (): Layer => stateless((x) => reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]));

/** [batch, ...] -> [batch, ...shape]; one size may be -1. */
export const Reshape = (shape: Shape): Layer => stateless((x) => reshape(x, [x.shape[0], ...shape]));

/** Repeats each pixel `scale` times down and across. */
export const UpSample = (scale: number | readonly [number, number] = 2): Layer => onImages("UpSample", (x) => upsampleNearest(x, scale));

/** Largest value of each window; the stride is the window's size unless given. */
export const MaxPool = (kernelSize: number | readonly [number, number] = 2, options: PoolOptions = {}): Layer =>
  onImages("MaxPool", (x) => maxPool(x, kernelSize, options));

/** Mean of each window, not counting padding; the stride is the window's size unless given. */
export const AveragePool = (kernelSize: number | readonly [number, number] = 2, options: PoolOptions = {}): Layer =>
  onImages("AveragePool", (x) => averagePool(x, kernelSize, options));

/** [batch, channels, height, width] -> [batch, channels]: the mean over all positions. */
export const GlobalAveragePool = (): Layer => onImages("GlobalAveragePool", (x) => mean(x, [2, 3]));

/** In training, sets a share `rate` of the values to 0 and scales the others by 1 / (1 - rate) (Srivastava et al. 2014). */
export function Dropout(rate: number): Layer {
  requireFraction("Dropout", "rate", rate);
  const drop = (x: Tensor) => mul(x, mul(noise.bernoulli(x.shape, 1 - rate), 1 / (1 - rate)));
  return trainingOnly(rate === 0 ? (x) => x : drop);
}

/** In training, adds normal noise of standard deviation `stddev`. */
export function GaussianNoise(stddev: number): Layer {
  if (!(stddev >= 0)) throw new UsageError(`GaussianNoise: stddev is ${stddev}`, "Use a number from 0.");
  return trainingOnly((x) => add(x, mul(noise.normal(x.shape), stddev)));
}

const trainingOnly = (disturb: (x: Tensor) => Tensor): Layer => (_name, inputShape) => ({
  parameters: [],
  statistics: [],
  outputShape: inputShape,
  apply: (x: Tensor, { training }: Mode) => (training ? disturb(x) : x),
});

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
