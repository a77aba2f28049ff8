/** Normalization layers: each has a gain (ones) and a bias (zeros) that are trained. */
import { add, batchNorm, batchStatistics, groupNorm, layerNorm, mul, variable, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { requireAxis, requireDivisible, requireFraction, requireNotNegative, requireWhole } from "./checks.js";
import { layer, type Layer } from "./module.js";

const gainAndBias = (name: string, shape: Shape) => ({ gain: variable(`${name}.gain`, shape, 1), bias: variable(`${name}.bias`, shape) });

export interface BatchNormOptions {
  /** Share of the old running statistics that is kept at each step. Default 0.99, as in Keras. PyTorch's is 1 - ours: its default 0.1 is 0.9 here. */
  readonly momentum?: number;
  /** Default 1e-3, as in Keras; PyTorch has 1e-5. */
  readonly epsilon?: number;
}

/**
 * Batch normalization over [batch, channels, ...] (Ioffe & Szegedy 2015): by the batch's statistics in training, by the
 * running ones otherwise. The running variance is the biased one, as in Keras (PyTorch keeps the unbiased one). Applied
 * more than once in one mode, as a critic to real and to made images, it counts every batch in turn.
 */
export function BatchNorm({ momentum = 0.99, epsilon = 1e-3 }: BatchNormOptions = {}): Layer {
  requireFraction("BatchNorm", "momentum", momentum);
  requireNotNegative("BatchNorm", "epsilon", epsilon);
  return layer("BatchNorm", (name, inputShape) => {
    requireAxis(inputShape, "[channels, ...]");
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
        const follow = (statistic: Variable, value: Tensor) =>
          updates.set(statistic, add(mul(updates.get(statistic) ?? statistic, momentum), mul(value, 1 - momentum)));
        follow(running.mean, batch.mean);
        follow(running.variance, batch.variance);
        return batchNorm(x, gain, bias, epsilon);
      },
    };
  });
}

/** Layer normalization over all axes of an example (Ba et al. 2016). Epsilon 1e-5 as in PyTorch; Keras has 1e-3. */
export function LayerNorm({ epsilon = 1e-5 }: { readonly epsilon?: number } = {}): Layer {
  requireNotNegative("LayerNorm", "epsilon", epsilon);
  return layer("LayerNorm", (name, inputShape) => {
    requireAxis(inputShape, "[features, ...]");
    const { gain, bias } = gainAndBias(name, inputShape);
    return { parameters: [gain, bias], statistics: [], outputShape: inputShape, apply: (x) => layerNorm(x, gain, bias, epsilon) };
  });
}

/** Group normalization of [batch, channels, ...] (Wu & He 2018); the channels must divide into `groups`. */
export function GroupNorm(groups: number, { epsilon = 1e-5 }: { readonly epsilon?: number } = {}): Layer {
  requireWhole("GroupNorm", "groups", groups);
  requireNotNegative("GroupNorm", "epsilon", epsilon);
  return layer("GroupNorm", (name, inputShape) => {
    requireAxis(inputShape, "[channels, ...]");
    requireDivisible("channels", inputShape[0], groups);
    const { gain, bias } = gainAndBias(name, [inputShape[0]]);
    return { parameters: [gain, bias], statistics: [], outputShape: inputShape, apply: (x) => groupNorm(x, groups, gain, bias, epsilon) };
  });
}

/** Instance normalization: each channel of each example by itself (Ulyanov et al. 2016), the same in training and after. Epsilon 1e-5 as in PyTorch. */
export const InstanceNorm = (options: { readonly epsilon?: number } = {}): Layer => (name, inputShape) => GroupNorm(inputShape[0], options)(name, inputShape);
