/**
 * Rectified flow, Liu, Gong & Liu, "Flow Straight and Fast" (2022), which is flow matching along straight ways (Lipman et al., "Flow Matching for Generative Modeling", 2022): the network
 * learns the velocity n - x0 at which examples become noise.
 */
import { z } from "zod";
import type { DataSpec } from "../data/dataset.js";
import { straightSchedule } from "../samplers/index.js";
import { add, div, mul, noise, sigmoid, sub } from "../tensor/index.js";
import { diffusionModel, type DiffusionDesign } from "./denoiser.js";
import { denoisingNetwork } from "./denoising-networks.js";
import { diffusionOptions } from "./diffusion.js";
import { classesOf, type Model } from "./model.js";

const options = z.strictObject({
  ...diffusionOptions,
  times: z.enum(["uniform", "logit-normal"]).default("uniform").describe("where between example and noise it is trained: everywhere, or more often halfway (Esser et al. 2024)"),
});

/** How near training and sampling come to the example, and to the noise. */
const LEAST = 1e-3;

/** The model as a design; `name` is that of its network's variables. */
export function flowMatchingDesign({ times, loss, weighting, conditional, unknown, ...design }: z.output<typeof options>, spec: DataSpec, name?: string): DiffusionDesign {
  const classes = conditional ? { count: classesOf(spec, "flow-matching"), unknown } : undefined;
  return {
    shape: spec.shape,
    network: denoisingNetwork(spec.shape, { ...design, timeScale: 1000, classes: classes?.count, name }),
    schedule: straightSchedule(LEAST),
    spacing: "time",
    prediction: "flow",
    drawLevels(batch) {
      const share = times === "uniform" ? noise.uniform([batch]) : sigmoid(noise.normal([batch]));
      const time = add(LEAST, mul(1 - 2 * LEAST, share));
      return { sigma: div(time, sub(1, time)), time };
    },
    loss,
    weighting,
    deviation: 1,
    classes,
  };
}

export const flowMatching: Model<typeof options> = {
  name: "flow-matching",
  title: "Flow matching",
  summary: "Learns the straight ways from noise to examples, which few steps can follow.",
  paper: { authors: "Liu, Gong & Liu", title: "Flow Straight and Fast: Learning to Generate and Transfer Data with Rectified Flow", year: 2022, url: "https://arxiv.org/abs/2209.03003" },
  options,
  accepts: { kinds: ["images"], range: [-1, 1] },
  lossLabel: "error of the prediction",
  recipe: { optimizer: "adam", learningRate: 1e-3, averageDecay: 0.999, batchSize: 64, epochs: 20 },

  build: (options, spec) => diffusionModel(flowMatchingDesign(options, spec)),
};
