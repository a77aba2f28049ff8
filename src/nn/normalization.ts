/** Normalization layers: each has a gain (ones) and a bias (zeros) that are trained. */
import { add, batchNorm, batchStatistics, groupNorm, layerNorm, mul, variable, type Shape } from "../tensor/index.js";
import { ShapeError } from "../errors.js";
import { requireFraction, requireWhole } from "./checks.js";
import type { Layer } from "./module.js";

const gainAndBias = (name: string, shape: Shape) => ({ gain: variable(`${name}.gain`, shape, 1), bias: variable(`${name}.bias`, shape) });

export interface BatchNormOptions {
  /** Share of the old running statistics that is kept at each step. Default 0.99, as in Keras; PyTorch's momentum 0.1 is 0.9 here. */
  readonly momentum?: number;
  /** Default 1e-3, as in Keras; PyTorch has 1e-5. */
  readonly epsilon?: number;
}

/**
 * Batch normalization over [batch, channels, ...] (Ioffe & Szegedy 2015): by the batch's statistics in training, by the
 * running ones otherwise. The running variance is the biased one, as in Keras (PyTorch keeps the unbiased one).
 */
export function BatchNorm({ momentum = 0.99, epsilon = 1e-3 }: BatchNormOptions = {}): Layer {
  requireFraction("BatchNorm", "momentum", momentum);
  return (name, inputShape) => {
    const channels = [inputShape[0]];
    const { gain, bias } = gainAndBias(name, channels);
    const running = { mean: variable(`${name}.runningMean`, channels), variance: variable(`${name}.runningVariance`, channels, 1) };
    return {
      parameters: [gain, bias],
      statistics: [running.mean, running.variance],
      outputShape: inputShape,
      apply(x, { training, updates }) {
        if (!training) return batchNorm(x, gain, bias, epsilon, running);
        const batch = batchStatistics(x);
        updates.set(running.mean, add(mul(running.mean, momentum), mul(batch.mean, 1 - momentum)));
        updates.set(running.variance, add(mul(running.variance, momentum), mul(batch.variance, 1 - momentum)));
        return batchNorm(x, gain, bias, epsilon);
      },
    };
  };
}

/** Layer normalization over all axes of an example (Ba et al. 2016). Epsilon 1e-5 as in PyTorch; Keras has 1e-3. */
export const LayerNorm = ({ epsilon = 1e-5 }: { readonly epsilon?: number } = {}): Layer => (name, inputShape) => {
  const { gain, bias } = gainAndBias(name, inputShape);
  return { parameters: [gain, bias], statistics: [], outputShape: inputShape, apply: (x) => layerNorm(x, gain, bias, epsilon) };
};

/** Group normalization of [batch, channels, ...] (Wu & He 2018); the channels must divide into `groups`. */
export function GroupNorm(groups: number, { epsilon = 1e-5 }: { readonly epsilon?: number } = {}): Layer {
  requireWhole("GroupNorm", "groups", groups);
  return (name, inputShape) => {
    if (inputShape[0] % groups !== 0) throw new ShapeError(`GroupNorm "${name}": ${inputShape[0]} channels do not divide into ${groups} groups`);
    const { gain, bias } = gainAndBias(name, [inputShape[0]]);
    return { parameters: [gain, bias], statistics: [], outputShape: inputShape, apply: (x) => groupNorm(x, groups, gain, bias, epsilon) };
  };
}
