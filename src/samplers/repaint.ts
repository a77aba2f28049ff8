/** Filling in what is missing of examples: RePaint (Lugmayr et al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", 2022). */
import { add, mul, sub, type Tensor } from "../tensor/index.js";
import type { Level, Sampler, Scalars } from "./sampler.js";

/** What is known of examples, [batch, ...shape] each. */
export interface Known {
  readonly values: Tensor;
  /** 1 where the values are known, else 0. */
  readonly keep: Tensor;
}

/** x with the known values in their places. */
export const withKnown = (x: Tensor, { values, keep }: Known): Tensor => add(mul(keep, values), mul(sub(1, keep), x));

/** The same step so many times: before each but the first, noise of deviation `back` leads up again to where it starts, so that the unknown has time to agree with the known (section 4.2). */
export const visits = (from: Level, to: Level, count: number): Scalars[] => Array.from({ length: count }, (_, i) => ({ back: i === 0 ? 0 : Math.sqrt(from.sigma ** 2 - to.sigma ** 2) }));

/** Algorithm 1 with jumps of one level: a step of the sampler, after which the known values are put in their places with the noise of the level that is reached. Its steps are those of `visits`. */
export const repaint = (sampler: Sampler, known: Known): Sampler => ({
  ...sampler,
  step(given) {
    const { x, to, scalars, noise } = given;
    const stepped = sampler.step({ ...given, x: add(x, mul(scalars.back, noise())) });
    const noisy = { ...known, values: add(known.values, mul(to.sigma, noise())) };
    return { ...stepped, x: withKnown(stepped.x, noisy) };
  },
});
