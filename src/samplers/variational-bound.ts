/**
 * The variational bound of a model of T steps (Ho et al., "Denoising Diffusion Probabilistic Models", 2020, equation 5): -log p(x0) <= L_T + L_(T-1) + ... + L_1 + L_0. Here x = x0 + sigma n at
 * all steps, which changes no term.
 */
import { UsageError } from "../errors.js";
import { abs, add, constant, div, erf, exp, greater, less, log, maximum, mul, neg, square, sub, where, type Tensor } from "../tensor/index.js";
import type { NoiseSchedule } from "./noise-schedules.js";

/** Half the distance between neighbouring values of an 8-bit image in [-1, 1]. */
export const HALF_BIN = 1 / 255;

/** log erfc(z) of z >= 0, from Chebyshev's polynomial of Press et al., "Numerical Recipes" (erfcc), right to 1.2e-7 of erfc wherever it is. */
function logErfc(z: Tensor): Tensor {
  const t = div(1, add(1, mul(0.5, z)));
  const coefficients = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223];
  const polynomial = coefficients.reduce<Tensor>((sum, coefficient) => add(mul(sum, t), coefficient), constant(0));
  return sub(add(log(t), polynomial), square(z));
}

/** log of the share of N(0, 1) above z, without underflow. */
function logAbove(z: Tensor): Tensor {
  const distance = div(abs(z), Math.SQRT2);
  return where(greater(z, 0), sub(logErfc(distance), Math.LN2), log(mul(0.5, add(1, erf(distance)))));
}

/**
 * The decoder of 8-bit images (section 3.3, equation 13): log of the probability that a draw from N(mean, deviation²) lies in the bin of width 1/127.5 about x, elementwise, for x and mean of one shape
 * with values in [-1, 1]. The bins of black and white go on without end.
 */
export function logBinProbability(x: Tensor, mean: Tensor, deviation: number | Tensor): Tensor {
  const half = div(HALF_BIN, deviation);
  const offset = div(sub(x, mean), deviation);
  const distance = abs(offset);
  const [near, far] = [sub(distance, half), add(distance, half)];
  // About the mean the difference of two areas; in the tail, where both are nearly 1, that of what is beyond.
  const inside = log(maximum(mul(0.5, sub(erf(div(far, Math.SQRT2)), erf(div(near, Math.SQRT2)))), 1e-30));
  const [beyondNear, beyondFar] = [logErfc(div(maximum(near, 0), Math.SQRT2)), logErfc(div(far, Math.SQRT2))];
  const outside = sub(add(beyondNear, log(maximum(sub(1, exp(sub(beyondFar, beyondNear))), 1e-30))), Math.LN2);
  const between = where(greater(near, 0.5), outside, inside);
  return where(less(x, -0.999), logAbove(neg(add(offset, half))), where(greater(x, 0.999), logAbove(sub(offset, half)), between));
}

/**
 * Of a step back: "small", that of the posterior, beta~, the best for data without variance; "large", that of the step forth, beta, the best for data of N(0, I) (section 3.2); "learned", what
 * the model says of every pixel between these two (Nichol & Dhariwal 2021).
 */
export const stepVariances = ["small", "large", "learned"] as const;
export type StepVariance = (typeof stepVariances)[number];

export interface VariationalBound {
  /** Of the steps 1 .. T. */
  readonly sigmas: Float64Array;
  /** Each of the terms L_1 .. L_(T-1), which are about the steps 2 .. T, is with the small variance its weight times |x0 - D(x; sigma)|², in nats: see `termOf`. */
  readonly weights: Float64Array;
  /** log(beta~ / beta) of those steps. */
  readonly logRatios: Float64Array;
  /** Of the decoder, whose mean is D at step 1: log variances, the small one and the large. */
  readonly decoder: { readonly small: number; readonly large: number };
  /** L_T of one example in nats: how far q(x_T | x0) is from N(0, I). */
  readonly prior: (x0: ArrayLike<number>) => number;
}

/**
 * The terms of a model of T steps. |mu~ - mu|² / (2 beta~) = (1 / sigma_(t-1)² - 1 / sigma_t²) |x0 - D|² / 2 (Kingma et al., "Variational Diffusion Models", 2021, equation 13) is all of L_(t-1) with
 * the small variance. beta~ of step 1 is 0: the decoder's small variance is that of step 2 (as in the code of both Ho et al. and Nichol & Dhariwal 2021). A UsageError for a schedule without steps.
 */
export function variationalBound({ steps, sigmaOf }: NoiseSchedule): VariationalBound {
  if (steps === undefined) throw new UsageError("A variational bound needs a model of so many steps", "Use the likelihood by the probability flow for a model of any noise.");
  const sigmas = Float64Array.from({ length: steps }, (_, i) => sigmaOf(i + 1));
  const [first, second] = Array.from(sigmas.subarray(0, 2), (sigma) => sigma ** 2);
  const last = 1 / (1 + sigmas[steps - 1] ** 2);
  return {
    sigmas,
    weights: Float64Array.from({ length: steps - 1 }, (_, i) => (1 / sigmas[i] ** 2 - 1 / sigmas[i + 1] ** 2) / 2),
    logRatios: Float64Array.from({ length: steps - 1 }, (_, i) => Math.log((1 + 1 / sigmas[i + 1] ** 2) / (1 + 1 / sigmas[i] ** 2))),
    decoder: { small: Math.log((first * (second - first)) / (second * (1 + first))), large: Math.log(first / (1 + first)) },
    // KL(N(sqrt(a) x0, 1 - a) || N(0, 1)) with a = alphasCumprod of step T.
    prior: (x0) => Array.from(x0).reduce((sum, value) => sum + (last * value ** 2 - last - Math.log1p(-last)) / 2, 0),
  };
}

/**
 * A term of the bound of each value in nats, elementwise: `errors` are (x0 - D)², `weight` and `logRatio` those of its step, and `place` says where the log of the variance lies between the small one (0)
 * and the large one (1). KL(N(mu~, beta~) || N(mu, variance)), with r = beta~ / variance: r weight errors + (r - 1 - log r) / 2.
 */
export function termOf(errors: Tensor, { weight, logRatio, place }: { readonly weight: Tensor; readonly logRatio: Tensor; readonly place: Tensor }): Tensor {
  const log = mul(place, logRatio);
  const ratio = exp(log);
  return add(mul(mul(weight, ratio), errors), mul(0.5, sub(sub(ratio, 1), log)));
}
