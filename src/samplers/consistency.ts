import { z } from "zod";
import { add, mul } from "../tensor/index.js";
import type { Sampler } from "./sampler.js";

const options = z.strictObject({});

/** Algorithm 1, multistep consistency sampling: what is found at a level is taken for the example, and new noise brings it to the next. The paper's epsilon is 0 here. */
export const consistency: Sampler<typeof options> = {
  name: "consistency",
  title: "Consistency sampling",
  paper: { authors: "Song, Dhariwal, Chen & Sutskever", title: "Consistency Models", year: 2023, url: "https://arxiv.org/abs/2303.01469" },
  options,
  evaluations: 1,
  follows: () => false,
  jumps: true,
  step: ({ x, denoise, from, to, noise }) => ({ x: add(denoise(x, from), mul(to.sigma, noise())) }),
};
