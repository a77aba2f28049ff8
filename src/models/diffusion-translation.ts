/**
 * Saharia et al., "Palette: Image-to-Image Diffusion Models" (2022), and for super-resolution their "Image Super-Resolution via Iterative Refinement" (SR3, 2021): a diffusion model of targets whose network
 * sees the source's channels beside those of the noisy target. The papers tell it the noise; here, as in `diffusion`, it is told the step.
 */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { diffusionModel } from "./denoiser.js";
import { denoisingNetwork, networkOptions } from "./denoising-networks.js";
import { diffusionOptions, noiseSteps, stepOptions } from "./diffusion.js";
import type { Model } from "./model.js";
import { halvesOf, requireAddable } from "./translation.js";

const { loss, weighting } = diffusionOptions;
const options = z.strictObject({
  ...networkOptions,
  ...stepOptions,
  loss,
  weighting,
  residual: z.boolean().default(false).describe("learn what to add to the source, as suits super-resolution and colouring: the source needs as many channels as the target, or is grey"),
});

export const diffusionTranslation: Model<typeof options> = {
  name: "diffusion-translation",
  title: "Diffusion model that translates (Palette)",
  summary: "Learns from pairs to translate images, in steps from noise: each time one of the images that the source may become.",
  paper: { authors: "Saharia et al.", title: "Palette: Image-to-Image Diffusion Models", year: 2022, url: "https://arxiv.org/abs/2111.05826" },
  options,
  accepts: { kinds: ["pairs"], range: [-1, 1] },
  lossLabel: "error of the prediction",
  recipe: { optimizer: "adam", learningRate: 2e-4, averageDecay: 0.999, batchSize: 64, epochs: 20 },

  build({ schedule: scheduleName, steps, residual, prediction, loss, weighting, ...design }, spec) {
    const { source: [source], target: [target], unpaired } = halvesOf(spec);
    if (unpaired) throw new UsageError("diffusion-translation learns from pairs, and these images are not paired", "Use cycle-gan.");
    if (residual) requireAddable(source, target);
    const { timeScale, schedule, drawLevels } = noiseSteps(scheduleName, steps);
    return diffusionModel({
      shape: spec.shape,
      pairs: { source, residual },
      network: denoisingNetwork(spec.shape, { ...design, timeScale, outputChannels: target }),
      schedule,
      drawLevels,
      spacing: "time",
      prediction,
      loss,
      weighting,
      deviation: 1,
    });
  },
};
