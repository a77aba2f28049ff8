/** Every model of the house: a new one is one file and one line here. */
import { suggest, UsageError } from "../errors.js";
import type { Model } from "./model.js";
import { adversarialAutoencoder } from "./adversarial-autoencoder.js";
import { boltzmann } from "./boltzmann.js";
import { conditionalVariational } from "./conditional-variational.js";
import { conditionalGan } from "./conditional-gan.js";
import { consistency } from "./consistency.js";
import { contractive } from "./contractive.js";
import { convolutional } from "./convolutional.js";
import { cycleGan } from "./cycle-gan.js";
import { dcgan } from "./dcgan.js";
import { deepBelief } from "./deep-belief.js";
import { denoising } from "./denoising.js";
import { diffusion } from "./diffusion.js";
import { diffusionTranslation } from "./diffusion-translation.js";
import { edm } from "./edm.js";
import { flowMatching } from "./flow-matching.js";
import { gan } from "./gan.js";
import { greedy } from "./greedy.js";
import { hashing } from "./hashing.js";
import { hierarchical } from "./hierarchical.js";
import { importanceWeighted } from "./importance-weighted.js";
import { latentDiffusion } from "./latent-diffusion.js";
import { linear } from "./linear.js";
import { pca } from "./pca.js";
import { pix2pix } from "./pix2pix.js";
import { recurrent } from "./recurrent.js";
import { sparse } from "./sparse.js";
import { stacked } from "./stacked.js";
import { styleGan } from "./style-gan.js";
import { tied } from "./tied.js";
import { variational } from "./variational.js";
import { vectorQuantized } from "./vector-quantized.js";

export const models: readonly Model[] = [
  pca,
  linear,
  stacked,
  tied,
  greedy,
  boltzmann,
  deepBelief,
  convolutional,
  recurrent,
  denoising,
  sparse,
  contractive,
  hashing,
  variational,
  conditionalVariational,
  importanceWeighted,
  hierarchical,
  vectorQuantized,
  adversarialAutoencoder,
  gan,
  dcgan,
  conditionalGan,
  styleGan,
  pix2pix,
  cycleGan,
  diffusion,
  edm,
  flowMatching,
  diffusionTranslation,
];

/** Models that learn from a trained run of another: by a command of their own, or from its codings. */
export const students: readonly Model[] = [consistency, latentDiffusion];

/** The model of that name; a UsageError with the nearest name when there is none. */
export function findModel(name: string): Model {
  const model = [...models, ...students].find((candidate) => candidate.name === name);
  if (!model) throw new UsageError(`There is no model "${name}"`, suggest(name, models.map((candidate) => candidate.name)));
  return model;
}
