/** Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models" (2022), the right column of table 1: a network that is given inputs, and asked for outputs, of one size at every noise. */
import { z } from "zod";
import type { DataSpec } from "../data/dataset.js";
import { logarithmicSchedule } from "../samplers/index.js";
import { add, exp, mul, noise } from "../tensor/index.js";
import { diffusionModel, type DiffusionDesign } from "./denoiser.js";
import { denoisingNetwork } from "./denoising-networks.js";
import { diffusionOptions } from "./diffusion.js";
import { classesOf, type Model } from "./model.js";

const options = z.strictObject({
  ...diffusionOptions,
  logSigmaMean: z.number().default(-1.2).describe("P_mean: mean of ln(sigma) in training"),
  logSigmaDeviation: z.number().positive().default(1.2).describe("P_std: its standard deviation"),
  sigmaData: z.number().positive().default(0.5).describe("standard deviation of the data, for pixels in [-1, 1]"),
  sigmaMin: z.number().positive().default(0.002).describe("smallest noise of a sampler's steps"),
  sigmaMax: z.number().positive().default(80).describe("largest noise, where sampling begins"),
});

/** c_noise is a few units wide; sinusoids are made for hundreds. */
const TIME_SCALE = 250;

/** The model as a design; `name` is that of its network's variables. */
export function edmDesign({ logSigmaMean, logSigmaDeviation, sigmaData, sigmaMin, sigmaMax, loss, weighting, conditional, unknown, ...design }: z.output<typeof options>, spec: DataSpec, name?: string): DiffusionDesign {
  const classes = conditional ? { count: classesOf(spec, "edm"), unknown } : undefined;
  return {
    shape: spec.shape,
    network: denoisingNetwork(spec.shape, { ...design, timeScale: TIME_SCALE, classes: classes?.count, name }),
    schedule: logarithmicSchedule(sigmaMin, sigmaMax),
    spacing: "karras",
    prediction: "edm",
    drawLevels(batch) {
      const logSigma = add(logSigmaMean, mul(logSigmaDeviation, noise.normal([batch])));
      return { sigma: exp(logSigma), time: mul(0.25, logSigma) };
    },
    loss,
    weighting,
    deviation: sigmaData,
    classes,
  };
}

export const edm: Model<typeof options> = {
  name: "edm",
  title: "Diffusion model, preconditioned (EDM)",
  summary: "A diffusion model of any amount of noise, whose network is never asked for large numbers.",
  paper: { authors: "Karras et al.", title: "Elucidating the Design Space of Diffusion-Based Generative Models", year: 2022, url: "https://arxiv.org/abs/2206.00364" },
  options,
  accepts: { kinds: ["images"], range: [-1, 1] },
  lossLabel: "error of the prediction",
  recipe: { optimizer: "adam", learningRate: 1e-3, averageDecay: 0.999, batchSize: 64, epochs: 20 },

  build: (options, spec) => diffusionModel(edmDesign(options, spec)),
};
