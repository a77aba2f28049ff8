import { z } from "zod";
import { add, div, mul, sub } from "../tensor/index.js";
import type { Sampler } from "./sampler.js";

const options = z.strictObject({});

/** Equation 1 with sigma(t) = t, solved by Euler's method: algorithm 1 without its lines 6 to 8. */
export const euler: Sampler<typeof options> = {
  name: "euler",
  title: "Euler",
  paper: { authors: "Karras et al.", title: "Elucidating the Design Space of Diffusion-Based Generative Models", year: 2022, url: "https://arxiv.org/abs/2206.00364" },
  options,
  evaluations: 1,
  follows: () => true,
  step({ x, denoise, from, to }) {
    const slope = div(sub(x, denoise(x, from)), from.sigma);
    return { x: add(x, mul(sub(to.sigma, from.sigma), slope)) };
  },
};
