import { z } from "zod";
import { add, mul, sub } from "../tensor/index.js";
import { lambdaOf, type Sampler } from "./sampler.js";

const options = z.strictObject({});

/** DPM-Solver++(2M), algorithm 2: second order with one evaluation a step, by what the step before has found. The first step is of first order. */
export const dpmSolver: Sampler<typeof options> = {
  name: "dpm-solver",
  title: "DPM-Solver++(2M)",
  paper: { authors: "Lu et al.", title: "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", year: 2022, url: "https://arxiv.org/abs/2211.01095" },
  options,
  evaluations: 1,
  // Levels even in time are far apart where little noise is left, which gives data of small variance a fifth too much.
  spacing: "karras",
  follows: () => true,
  memory: ["earlier"],
  scalars(levels, index) {
    const [from, to] = [levels[index], levels[index + 1]];
    const h = lambdaOf(to) - lambdaOf(from);
    const r = index === 0 ? Infinity : (lambdaOf(from) - lambdaOf(levels[index - 1])) / h;
    return { ratio: to.sigma / from.sigma, gain: -Math.expm1(-h), beyond: 1 / (2 * r) };
  },
  step({ x, denoise, from, scalars: { ratio, gain, beyond }, memory: { earlier } }) {
    const x0 = denoise(x, from);
    const extrapolated = add(x0, mul(beyond, sub(x0, earlier)));
    return { x: add(mul(ratio, x), mul(gain, extrapolated)), memory: { earlier: x0 } };
  },
};
