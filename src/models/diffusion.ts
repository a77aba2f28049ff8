/** Ho, Jain & Abbeel, "Denoising Diffusion Probabilistic Models" (2020), with the cosine schedule of Nichol & Dhariwal (2021) and predictions of the noise, of x0 or of the velocity between. */
import { z } from "zod";
import type { DataSpec } from "../data/dataset.js";
import { cosineAlphasCumprod, discreteSchedule, linearAlphasCumprod, type Level } from "../samplers/index.js";
import { add, cast, constant, gather, mul, noise, type Tensor } from "../tensor/index.js";
import { denoisingNetwork, networkOptions } from "./denoising-networks.js";
import { diffusionModel, type DiffusionDesign } from "./denoiser.js";
import { classesOf, type Model } from "./model.js";

/** Options of every diffusion model. */
export const diffusionOptions = {
  ...networkOptions,
  conditional: z.boolean().default(false).describe("tell the network each example's class, so that samples of a class can be asked for, with guidance (Ho & Salimans 2022)"),
  unknown: z.number().min(0).max(1).default(0.1).describe("of a conditional model: share of the examples whose class it is not told, which guidance needs"),
  loss: z.enum(["mse", "huber"]).default("mse").describe("error of the prediction: squared, or linear beyond 1"),
  weighting: z.enum(["none", "min-snr", "p2"]).default("none").describe("how errors count that were made at different noise: min-SNR-5 (Hang et al. 2023), P2 (Choi et al. 2022), or as the paper has it"),
};

/** Options of those that know T steps. */
export const stepOptions = {
  schedule: z.enum(["linear", "cosine"]).default("cosine").describe("how noise grows from step to step"),
  steps: z.int().min(2).max(100_000).default(1000).describe("steps from example to noise, T"),
  prediction: z.enum(["noise", "x0", "velocity"]).default("noise").describe("what the network predicts"),
};

const options = z.strictObject({
  ...diffusionOptions,
  ...stepOptions,
  variance: z.enum(["fixed", "learned"]).default("fixed").describe("of the noise that a step down adds: as the sampler has it, or predicted too, for every pixel (Nichol & Dhariwal 2021)"),
});

const schedules = { linear: linearAlphasCumprod, cosine: cosineAlphasCumprod };

/** T steps of noise, and what a model is trained at: t uniform in 1 .. T (algorithm 1). */
export function noiseSteps(schedule: keyof typeof schedules, steps: number) {
  const alphasCumprod = schedules[schedule](steps);
  const sigmas = constant(alphasCumprod.map((a) => Math.sqrt((1 - a) / a)));
  return {
    alphasCumprod,
    schedule: discreteSchedule(alphasCumprod),
    /** What times are multiplied by for the network. */
    timeScale: 1000 / steps,
    drawLevels: (batch: number): Level<Tensor> => {
      const index: Tensor = cast(mul(noise.uniform([batch]), steps), "int32");
      return { sigma: gather(sigmas, index), time: add(cast(index, "float32"), 1) };
    },
  };
}

/** The model as a design; `name` is that of its network's variables. */
export function diffusionDesign({ schedule, steps, prediction, variance, loss, weighting, conditional, unknown, ...design }: z.output<typeof options>, spec: DataSpec, name?: string): DiffusionDesign {
  const { alphasCumprod, timeScale, ...noising } = noiseSteps(schedule, steps);
  const classes = conditional ? { count: classesOf(spec, "diffusion"), unknown } : undefined;
  return {
    shape: spec.shape,
    network: denoisingNetwork(spec.shape, { ...design, timeScale, classes: classes?.count, name, ...(variance === "learned" && { outputChannels: 2 * spec.shape[0] }) }),
    ...noising,
    spacing: "time",
    prediction,
    loss,
    weighting,
    deviation: 1,
    learnedVariance: variance === "learned" ? { alphasCumprod } : undefined,
    classes,
  };
}

export const diffusion: Model<typeof options> = {
  name: "diffusion",
  title: "Diffusion model",
  summary: "Learns to take noise off examples, step by step, until new examples come out of noise alone.",
  paper: { authors: "Ho, Jain & Abbeel", title: "Denoising Diffusion Probabilistic Models", year: 2020, url: "https://arxiv.org/abs/2006.11239" },
  options,
  accepts: { kinds: ["images"], range: [-1, 1] },
  lossLabel: "error of the prediction",
  recipe: { optimizer: "adam", learningRate: 2e-4, averageDecay: 0.9999, batchSize: 64, epochs: 20 },

  build: (options, spec) => diffusionModel(diffusionDesign(options, spec)),
};
