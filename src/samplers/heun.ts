import { z } from "zod";
import { add, div, mul, sub } from "../tensor/index.js";
import type { Sampler } from "./sampler.js";

const options = z.strictObject({
  churn: z.number().min(0).default(0).describe("S_churn: how much noise is added and taken away again, over all steps; 0 makes it deterministic"),
  churnFrom: z.number().min(0).default(0).describe("S_tmin: the smallest sigma at which noise is added"),
  churnTo: z.number().positive().default(1e9).describe("S_tmax: the largest"),
  churnNoise: z.number().positive().default(1).describe("S_noise: its standard deviation; a little above 1 makes up for detail that denoisers lose"),
});

/**
 * Algorithm 2 with sigma(t) = t, which without churn is algorithm 1: Heun's second-order method, two evaluations a step. Churn takes the first sigma above the largest of the
 * levels, as in the paper; the last level, from which the paper steps to 0, is denoised without it.
 */
export const heun: Sampler<typeof options> = {
  name: "heun",
  title: "Heun",
  paper: { authors: "Karras et al.", title: "Elucidating the Design Space of Diffusion-Based Generative Models", year: 2022, url: "https://arxiv.org/abs/2206.00364" },
  options,
  evaluations: 2,
  // A trapezoid in sigma: where levels that are even in time fall from thousands to ten, it would go far beyond all examples.
  spacing: "karras",
  follows: ({ churn }) => churn === 0,
  scalars(levels, index, { churn, churnFrom, churnTo, churnNoise }, timeOf) {
    const { sigma } = levels[index];
    const gamma = sigma >= churnFrom && sigma <= churnTo ? Math.min(churn / levels.length, Math.SQRT2 - 1) : 0;
    const hat = sigma * (1 + gamma);
    return { hat, hatTime: timeOf(hat), added: churnNoise * Math.sqrt(hat ** 2 - sigma ** 2), step: levels[index + 1].sigma - hat };
  },
  step({ x, denoise, to, scalars: { hat, hatTime, added, step }, noise }) {
    const start = add(x, mul(added, noise()));
    const slope = div(sub(start, denoise(start, { sigma: hat, time: hatTime })), hat);
    const euler = add(start, mul(step, slope));
    const slopeThere = div(sub(euler, denoise(euler, to)), to.sigma);
    return { x: add(start, mul(mul(0.5, step), add(slope, slopeThere))) };
  },
};
