/**
 * Learned variances, Nichol & Dhariwal, "Improved Denoising Diffusion Probabilistic Models" (2021), section 3.1: the network also says, for every pixel, how much noise a step down adds, between what the
 * posterior has and what the forward step has. Here in the coordinates x = x0 + sigma n of the samplers; a KL divergence is the same in all.
 */
import { klDivergenceNormals } from "../nn/index.js";
import { interpolatedLogVariance, variancesBetween } from "../samplers/index.js";
import { add, cast, constant, div, equal, erf, exp, gather, greater, less, log, maximum, mean, mul, neg, reshape, sub, where, type Tensor } from "../tensor/index.js";

/** What a batch is measured by: all [batch, ...shape], but the step t of each example, [batch], from 1. */
export interface Draws {
  readonly x0: Tensor;
  /** The x0 that the network expects. Equation 16 lets the variance alone learn by the bound: pass it through stopGradient. */
  readonly expected: Tensor;
  /** v of equation 15: 0 for the posterior's variance, 1 for the forward step's. */
  readonly share: Tensor;
  readonly time: Tensor;
}

/** L_(t-1) of equation 5, or L_0 of equation 4 at t = 1, as bits per value of each example, [batch], of a model with these alphasCumprod of the steps 1 .. T. */
export function boundTerms(alphasCumprod: Float64Array): (draws: Draws) => Tensor {
  const variances = Array.from(alphasCumprod, (a) => (1 - a) / a);
  const below = [0, ...variances.slice(0, -1)];
  const pairs = variances.map((from, i) => variancesBetween(from, below[i]));
  // At the first step the posterior has no variance: the authors' code takes that of the second there, as it is in their coordinates.
  const [, second] = pairs;
  const smalls = [second.small * alphasCumprod[0], ...pairs.slice(1).map(({ small }) => small)];
  const table = {
    /** Of the posterior's mean, what x0 has in it; the noisy example's part is the same in both means. */
    part: constant(variances.map((from, i) => 1 - below[i] / from)),
    small: constant(smalls.map(Math.log)),
    large: constant(pairs.map(({ large }) => Math.log(large))),
  };
  return ({ x0, expected, share, time }) => {
    const [batch, index] = [x0.shape[0], cast(sub(time, 1), "int32")];
    const across = (values: Tensor): Tensor => reshape(values, [batch, ...x0.shape.slice(1).map(() => 1)]);
    const [part, small, large] = [table.part, table.small, table.large].map((values) => across(gather(values, index)));
    const logVar = interpolatedLogVariance(share, small, large);
    const divergence = klDivergenceNormals(mul(part, x0), small, mul(part, expected), logVar);
    const nats = where(across(equal(time, 1)), neg(discretizedLogLikelihood(x0, expected, logVar)), divergence);
    return div(mean(reshape(nats, [batch, -1]), 1), Math.LN2);
  };
}

/**
 * log of the probability of pixels in [-1, 1], of 256 values each, under normal distributions that are cut into bins around those values (Ho et al. 2020, equation 13); of x0's shape. At least
 * log 1e-12, as in the authors' code: it is trained through, and the slope of an exact tail (logBinProbability of the samplers, which only measures) grows with the error without end.
 */
export function discretizedLogLikelihood(x0: Tensor, mean: Tensor, logVar: Tensor): Tensor {
  const scale = exp(mul(-0.5, logVar));
  const below = (edge: Tensor): Tensor => mul(0.5, add(1, erf(mul(mul(sub(edge, mean), scale), Math.SQRT1_2))));
  const upper = where(greater(x0, 0.999), 1, below(add(x0, 1 / 255)));
  const lower = where(less(x0, -0.999), 0, below(sub(x0, 1 / 255)));
  return log(maximum(sub(upper, lower), 1e-12));
}
