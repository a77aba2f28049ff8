/**
 * Noise schedules: which sigma belongs to which time, and which levels a sampler visits. A schedule is what the network was trained with; the levels may be any between its ends.
 */
import { UsageError } from "../errors.js";
import type { Level } from "./sampler.js";

export interface NoiseSchedule {
  /** The largest and the smallest sigma that the network knows. */
  readonly sigmaMax: number;
  readonly sigmaMin: number;
  /** Where levels that are even in sigma^(1/7) begin. Images are lost in the noise there, whatever more the network knows. */
  readonly sigmaStart: number;
  /** T of a model that was trained on the steps 1 .. T alone, at times of the same numbers; left out: it knows any noise between its ends. */
  readonly steps?: number;
  /** Times may lie between whole numbers, where there are steps; both grow together. */
  readonly sigmaOf: (time: number) => number;
  readonly timeOf: (sigma: number) => number;
}

/** Karras et al. 2022 begin here with models of all kinds: of that of Nichol & Dhariwal (2021), which knows more noise, they leave out the first steps (j_0 of table 1). */
const SIGMA_START = 80;

/** alphasCumprod[t - 1] = product of 1 - beta over the steps 1 .. t, with betas that rise in a line (Ho et al. 2020, section 4). */
export function linearAlphasCumprod(steps: number, { first = 1e-4, last = 0.02 }: { readonly first?: number; readonly last?: number } = {}): Float64Array {
  let product = 1;
  // The two ends are those of a thousand steps; fewer add as much noise in all.
  const scale = 1000 / steps;
  return Float64Array.from({ length: steps }, (_, i) => (product *= 1 - Math.min(0.999, scale * (first + ((last - first) * i) / Math.max(1, steps - 1)))));
}

/** cos² (Nichol & Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021, equation 17), betas at most 0.999. */
export function cosineAlphasCumprod(steps: number, offset = 0.008): Float64Array {
  const f = (t: number): number => Math.cos(((t / steps + offset) / (1 + offset)) * (Math.PI / 2)) ** 2;
  let product = 1;
  return Float64Array.from({ length: steps }, (_, i) => (product *= Math.max(1 - 0.999, f(i + 1) / f(i))));
}

/** Steps 1 .. n of a model that was trained on them, with log sigma in a line between two. A UsageError for fewer than two. */
export function discreteSchedule(alphasCumprod: Float64Array): NoiseSchedule {
  if (alphasCumprod.length < 2) throw new UsageError(`A noise schedule of ${alphasCumprod.length} steps`, "Use at least two.");
  const logs = alphasCumprod.map((a) => 0.5 * Math.log((1 - a) / a));
  const last = logs.length - 1;
  const between = (position: number): number => {
    const i = Math.min(last - 1, Math.max(0, Math.floor(position)));
    return logs[i] + (position - i) * (logs[i + 1] - logs[i]);
  };
  return {
    sigmaMin: Math.exp(logs[0]),
    sigmaMax: Math.exp(logs[last]),
    sigmaStart: Math.min(SIGMA_START, Math.exp(logs[last])),
    steps: logs.length,
    sigmaOf: (time) => Math.exp(between(time - 1)),
    timeOf(sigma) {
      const log = Math.log(sigma);
      // The first step that is noisier, by halving.
      let [low, high] = [0, last];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (logs[middle] <= log) low = middle;
        else high = middle;
      }
      return 1 + low + (log - logs[low]) / (logs[high] - logs[low]);
    },
  };
}

/** The network is told ln(sigma) / 4, c_noise of Karras et al. 2022, table 1. A UsageError where sigmaMin is not below sigmaMax. */
export function logarithmicSchedule(sigmaMin: number, sigmaMax: number): NoiseSchedule {
  if (!(sigmaMin < sigmaMax)) throw new UsageError(`The smallest noise is ${sigmaMin}, the largest ${sigmaMax}`, "Use a smaller sigmaMin (--sigma-min) or a larger sigmaMax (--sigma-max).");
  return { sigmaMin, sigmaMax, sigmaStart: sigmaMax, sigmaOf: (time) => Math.exp(4 * time), timeOf: (sigma) => Math.log(sigma) / 4 };
}

/** x = (1 - t) x0 + t n (Liu et al., "Flow Straight and Fast", 2022), t from `least` to 1 - least: sigma = t / (1 - t). */
export const straightSchedule = (least = 1e-3): NoiseSchedule => ({
  sigmaMin: least / (1 - least),
  sigmaMax: (1 - least) / least,
  sigmaStart: Math.min(SIGMA_START, (1 - least) / least),
  sigmaOf: (time) => time / (1 - time),
  timeOf: (sigma) => sigma / (1 + sigma),
});

export const spacings = ["time", "log-snr", "karras"] as const;
export type Spacing = (typeof spacings)[number];

/**
 * `count` levels from the noisiest down: even in time, even in log sigma, or even from sigmaStart on in sigma^(1/7) (Karras et al. 2022, equation 5 with rho 7). A UsageError for fewer than two.
 */
export function levelsOf({ sigmaMin, sigmaMax, sigmaStart, sigmaOf, timeOf }: NoiseSchedule, count: number, spacing: Spacing): Level[] {
  if (!(Number.isInteger(count) && count >= 2)) throw new UsageError(`${count} sampling steps`, "Use a whole number from 2.");
  const between = (from: number, to: number, i: number): number => from + ((to - from) * i) / (count - 1);
  const sigmaAt: Readonly<Record<Spacing, (i: number) => number>> = {
    time: (i) => sigmaOf(between(timeOf(sigmaMax), timeOf(sigmaMin), i)),
    "log-snr": (i) => Math.exp(between(Math.log(sigmaMax), Math.log(sigmaMin), i)),
    karras: (i) => between(sigmaStart ** (1 / 7), sigmaMin ** (1 / 7), i) ** 7,
  };
  return Array.from({ length: count }, (_, i) => {
    const sigma = sigmaAt[spacing](i);
    return { sigma, time: timeOf(sigma) };
  });
}
