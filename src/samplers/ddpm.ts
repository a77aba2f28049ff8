import { z } from "zod";
import { UsageError } from "../errors.js";
import { add, exp, mul, sub, type Tensor } from "../tensor/index.js";
import type { Sampler } from "./sampler.js";

const options = z.strictObject({
  variance: z.enum(["small", "large", "learned"]).default("small").describe("of the noise that is added: the posterior's for one known x0, or the forward step's (section 3.2), or what the model has learned of it (Nichol & Dhariwal 2021)"),
});

/** Variances of a step down between two levels whose sigmas squared are `from` and `to`: the posterior's for one known x0, and the forward step's (beta~ and beta of section 3.2). */
export const variancesBetween = (from: number, to: number): { readonly small: number; readonly large: number } => ({ small: ((from - to) * to) / from, large: ((from - to) * (1 + to)) / (1 + from) });

/** Nichol & Dhariwal, "Improved Denoising Diffusion Probabilistic Models" (2021), equation 15: v log beta + (1 - v) log beta~, where `share` is v and the logs are given. */
export const interpolatedLogVariance = (share: Tensor, small: Tensor, large: Tensor): Tensor => add(small, mul(share, sub(large, small)));

/** Algorithm 2, between any two levels: a draw from q(x_to | x_from, x0) of equations 6 and 7 around the x0 that is expected. */
export const ddpm: Sampler<typeof options> = {
  name: "ddpm",
  title: "DDPM, ancestral sampling",
  paper: { authors: "Ho, Jain & Abbeel", title: "Denoising Diffusion Probabilistic Models", year: 2020, url: "https://arxiv.org/abs/2006.11239" },
  options,
  evaluations: 1,
  follows: () => false,
  scalars(levels, index, { variance }) {
    const [from, to] = [levels[index].sigma ** 2, levels[index + 1].sigma ** 2];
    const { small, large } = variancesBetween(from, to);
    const ratio = to / from;
    return variance === "learned" ? { ratio, small: Math.log(small), large: Math.log(large) } : { ratio, deviation: Math.sqrt(variance === "large" ? large : small) };
  },
  step({ x, denoise, denoiseAndVary, from, scalars: { ratio, deviation, small, large }, noise }) {
    const around = (x0: Tensor, spread: Tensor) => ({ x: add(add(x0, mul(ratio, sub(x, x0))), mul(spread, noise())) });
    if (deviation) return around(denoise(x, from), deviation);
    if (!denoiseAndVary) throw new UsageError("The model has learned no variances", "Train the model diffusion with --variance learned, or leave out variance=learned.");
    const { x0, share } = denoiseAndVary(x, from);
    return around(x0, exp(mul(0.5, interpolatedLogVariance(share, small, large))));
  },
};
