import { z } from "zod";
import { add, mul, sub } from "../tensor/index.js";
import type { Sampler } from "./sampler.js";

const options = z.strictObject({
  variance: z.enum(["small", "large"]).default("small").describe("of the noise that is added: the posterior's for one known x0, or the forward step's (section 3.2)"),
});

/** Algorithm 2, between any two levels: a draw from q(x_to | x_from, x0) of equations 6 and 7 around the x0 that is expected. */
export const ddpm: Sampler<typeof options> = {
  name: "ddpm",
  title: "DDPM, ancestral sampling",
  paper: { authors: "Ho, Jain & Abbeel", title: "Denoising Diffusion Probabilistic Models", year: 2020, url: "https://arxiv.org/abs/2006.11239" },
  options,
  evaluations: 1,
  scalars(levels, index, { variance }) {
    const [from, to] = [levels[index].sigma ** 2, levels[index + 1].sigma ** 2];
    // Variance that the forward step adds, in these coordinates.
    const forward = from - to;
    return { ratio: to / from, deviation: Math.sqrt(variance === "large" ? (forward * (1 + to)) / (1 + from) : (forward * to) / from) };
  },
  step({ x, denoise, from, scalars: { ratio, deviation }, noise }) {
    const x0 = denoise(x, from);
    return { x: add(add(x0, mul(ratio, sub(x, x0))), mul(deviation, noise())) };
  },
};
