import { z } from "zod";
import { add, mul, sub } from "../tensor/index.js";
import type { Sampler } from "./sampler.js";

const options = z.strictObject({
  eta: z.number().min(0).max(1).default(0).describe("noise that is added at each step: 0 none, 1 as much as DDPM adds"),
});

/** Equation 12, between any two levels: down to `down` along the line from x to x0, and up again to the level by new noise of deviation `up`. With eta 0 it is Euler's method. */
export const ddim: Sampler<typeof options> = {
  name: "ddim",
  title: "DDIM",
  paper: { authors: "Song, Meng & Ermon", title: "Denoising Diffusion Implicit Models", year: 2021, url: "https://arxiv.org/abs/2010.02502" },
  options,
  evaluations: 1,
  follows: ({ eta }) => eta === 0,
  scalars(levels, index, { eta }) {
    const [from, to] = [levels[index].sigma, levels[index + 1].sigma];
    // Equation 16.
    const up = eta === 0 ? 0 : eta * (to / from) * Math.sqrt(from ** 2 - to ** 2);
    return { ratio: Math.sqrt(to ** 2 - up ** 2) / from, up };
  },
  step({ x, denoise, from, scalars: { ratio, up }, noise }) {
    const x0 = denoise(x, from);
    return { x: add(add(x0, mul(ratio, sub(x, x0))), mul(up, noise())) };
  },
};
