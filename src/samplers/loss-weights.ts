/**
 * What a network F predicts, and how much its squared error counts at each sigma: tables in the coordinates x = x0 + sigma n of the samplers. A sigma is a Tensor of any shape
 * that broadcasts with x, such as [batch, 1, 1, 1]; what comes back broadcasts with it.
 */
import { add, constant, div, minimum, mul, neg, pow, sqrt, square, type Tensor } from "../tensor/index.js";

/** D(x; sigma) = skip x + out F(in x, time), so that what F is trained towards is (x0 - skip x) / out. */
export interface Precondition {
  readonly skip: Tensor;
  readonly out: Tensor;
  readonly in: Tensor;
}

/** What F predicts; "edm" is a mixture of x0 and noise that has variance 1 at every sigma. */
export type Prediction = "noise" | "x0" | "velocity" | "edm" | "flow";

/** alpha = sqrt(alphasCumprod) of models that keep the variance (Ho et al. 2020): alpha x = alpha x0 + sqrt(1 - alpha²) n. */
const alphaOf = (sigma: Tensor): Tensor => div(1, sqrt(add(1, square(sigma))));

/** `sigmaData` is the standard deviation of the examples' values; "edm" alone asks for it. */
export const preconditions: Readonly<Record<Prediction, (sigma: Tensor, sigmaData: number) => Precondition>> = {
  /** F = n (Ho et al., "Denoising Diffusion Probabilistic Models", 2020). */
  noise: (sigma) => ({ skip: constant(1), out: neg(sigma), in: alphaOf(sigma) }),
  /** F = x0. */
  x0: (sigma) => ({ skip: constant(0), out: constant(1), in: alphaOf(sigma) }),
  /** F = v = alpha n - sqrt(1 - alpha²) x0 (Salimans & Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", 2022). */
  velocity(sigma) {
    const alpha = alphaOf(sigma);
    return { skip: square(alpha), out: neg(mul(sigma, alpha)), in: alpha };
  },
  /** Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022, table 1. */
  edm(sigma, sigmaData) {
    const variance = add(square(sigma), sigmaData ** 2);
    const deviation = sqrt(variance);
    return { skip: div(sigmaData ** 2, variance), out: div(mul(sigma, sigmaData), deviation), in: div(1, deviation) };
  },
  /** F = n - x0, of x_t = (1 - t) x0 + t n with sigma = t / (1 - t) (Liu et al., "Flow Straight and Fast", 2022, whose time runs the other way). */
  flow(sigma) {
    const scale = div(1, add(1, sigma));
    return { skip: scale, out: neg(mul(sigma, scale)), in: scale };
  },
};

export interface WeightingOptions {
  /** Standard deviation of the examples' values, for "edm". Default 0.5. */
  readonly sigmaData?: number;
  /** "min-snr": the largest signal-to-noise ratio that counts in full, default 5. "p2": how steeply nearly clean examples lose weight, default 1. */
  readonly gamma?: number;
  /** Of "p2", so that the weights of noisy examples stay finite. Default 1. */
  readonly k?: number;
}

/** x0 is as wrong as F times `out`: what the squared error of F has to be multiplied by to be that of x0. */
const asErrorOfX0 = (sigma: Tensor, prediction: Prediction, sigmaData: number): Tensor => {
  const { out } = preconditions[prediction](sigma, sigmaData);
  return square(out);
};

const signalToNoise = (sigma: Tensor): Tensor => div(1, square(sigma));

/** Weights on the squared error of F, all above 0. They are the same training objective whatever is predicted, but for "none". */
export const weightings: Readonly<Record<"none" | "min-snr" | "p2", (sigma: Tensor, prediction: Prediction, options?: WeightingOptions) => Tensor>> = {
  /** L_simple of Ho et al. 2020 for "noise" (equation 14), and lambda(sigma) = 1 / out² of Karras et al. 2022 for "edm". */
  none: () => constant(1),
  /** min(SNR, gamma) on the error of x0 (Hang et al., "Efficient Diffusion Training via Min-SNR Weighting Strategy", 2023). */
  "min-snr": (sigma, prediction, { sigmaData = 0.5, gamma = 5 } = {}) => mul(minimum(signalToNoise(sigma), gamma), asErrorOfX0(sigma, prediction, sigmaData)),
  /** 1 / (k + SNR)^gamma on the error of the noise (Choi et al., "Perception Prioritized Training of Diffusion Models", 2022). */
  p2(sigma, prediction, { sigmaData = 0.5, gamma = 1, k = 1 } = {}) {
    const snr = signalToNoise(sigma);
    return mul(mul(snr, pow(add(k, snr), -gamma)), asErrorOfX0(sigma, prediction, sigmaData));
  },
};
export type WeightingName = keyof typeof weightings;
