/**
 * Rombach, Blattmann, Lorenz, Esser & Ommer, "High-Resolution Image Synthesis with Latent Diffusion Models" (2022): diffusion of the codings of a trained autoencoder, which are far fewer numbers than the pixels.
 * The autoencoder stays as it is; its weights are part of the model.
 */
import { z } from "zod";
import type { DataSpec } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { input, reshape, sameShape, sizeOf, type Shape } from "../tensor/index.js";
import { adversarialAutoencoder } from "./adversarial-autoencoder.js";
import { boltzmann } from "./boltzmann.js";
import { contractive } from "./contractive.js";
import { convolutional } from "./convolutional.js";
import { deepBelief } from "./deep-belief.js";
import { denoising } from "./denoising.js";
import { diffusionModel } from "./denoiser.js";
import { denoisingNetwork, networkOptions } from "./denoising-networks.js";
import { diffusionOptions, noiseSteps, stepOptions } from "./diffusion.js";
import { greedy } from "./greedy.js";
import { hierarchical } from "./hierarchical.js";
import { importanceWeighted } from "./importance-weighted.js";
import { linear } from "./linear.js";
import { classesOf, type BuiltModel, type Model } from "./model.js";
import { pca } from "./pca.js";
import { recurrent } from "./recurrent.js";
import { sparse } from "./sparse.js";
import { stacked } from "./stacked.js";
import { standardizedCodings } from "./standardized-codings.js";
import { tied } from "./tied.js";
import { variational } from "./variational.js";
import { vectorQuantized } from "./vector-quantized.js";

/** Those whose codings are real numbers, and that are told no classes. */
const autoencoders: readonly Model[] = [
  pca, linear, stacked, tied, greedy, boltzmann, deepBelief, convolutional, recurrent, denoising, sparse, contractive, variational, importanceWeighted, hierarchical, vectorQuantized, adversarialAutoencoder,
];
/** Names of the models whose codings can be learned. */
export const autoencoderNames = autoencoders.map(({ name }) => name);

const notOnARun = { error: "a latent diffusion model learns the codings of a trained autoencoder: morphogen train latent-diffusion --autoencoder RUN" };

const { conditional, unknown, loss, weighting } = diffusionOptions;
const options = z.strictObject({
  autoencoder: z.strictObject({ model: z.enum(autoencoderNames), options: z.record(z.string(), z.unknown()), shape: z.array(z.int()) }, notOnARun).describe("whose codings are learned: a model, its options, and the shape of its examples"),
  ...networkOptions,
  network: z.enum(["mlp", "unet", "dit"]).optional().describe("dense layers for codings without a grid (Li et al. 2024, the default for those), or for a grid of them a U-Net (its default) or a transformer"),
  channels: networkOptions.channels.default([64, 128]),
  attention: networkOptions.attention.default([1]),
  width: networkOptions.width.default(256).describe("mlp: units of a layer; dit: values of a patch"),
  depth: networkOptions.depth.default(4).describe("mlp, dit: blocks"),
  patch: networkOptions.patch.default(1).describe("dit: places of the grid to a side of a patch"),
  ...stepOptions,
  // The noise says little of x0 where there is little else, and nothing is as surely known of codings as that pixels lie between black and white.
  prediction: stepOptions.prediction.default("velocity"),
  conditional,
  unknown,
  loss,
  weighting,
});

/** The autoencoder with its options, for such data. */
function builtAutoencoder({ model: name, options: given, shape }: z.output<typeof options>["autoencoder"], spec: DataSpec): BuiltModel {
  const model = autoencoders.find((candidate) => candidate.name === name)!;
  if (!sameShape(shape, spec.shape)) throw new UsageError(`The autoencoder was trained on examples of [${shape.join(", ")}], the data are [${spec.shape.join(", ")}]`, "Use the data that it was trained on, or others of the same shape.");
  if (!model.accepts.kinds.includes(spec.kind)) throw new UsageError(`The autoencoder "${name}" takes ${model.accepts.kinds.join(", ")}, not ${spec.kind}`, "Use the data that it was trained on.");
  return model.build(model.options.parse(given), spec);
}

/** What suits codings of the shape when nothing is said; a UsageError for a network that does not. */
function networkFor({ length: rank }: Shape, wanted?: "mlp" | "unet" | "dit"): "mlp" | "unet" | "dit" {
  if (rank === 1 && wanted !== undefined && wanted !== "mlp") throw new UsageError(`The autoencoder's codings have no rows and columns, which --network ${wanted} needs`, "Use --network mlp, or an autoencoder with a grid of codings: vector-quantized.");
  if (rank > 1 && wanted === "mlp") throw new UsageError("The autoencoder's codings lie in a grid, which --network mlp would not see", "Use --network unet or dit.");
  return wanted ?? (rank === 1 ? "mlp" : "unet");
}

export const latentDiffusion: Model<typeof options> = {
  name: "latent-diffusion",
  title: "Latent diffusion model",
  summary: "Learns to take noise off the codings of a trained autoencoder, which then decodes what came out of noise alone.",
  paper: { authors: "Rombach et al.", title: "High-Resolution Image Synthesis with Latent Diffusion Models", year: 2022, url: "https://arxiv.org/abs/2112.10752" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "error of the prediction",
  recipe: { optimizer: "adam", learningRate: 3e-4, averageDecay: 0.999, batchSize: 128, epochs: 30 },

  build({ autoencoder, network, schedule: scheduleName, steps, prediction, conditional, unknown, loss, weighting, ...design }, spec) {
    const { shape, encode, decode, limit, variables, stage } = standardizedCodings(builtAutoencoder(autoencoder, spec), spec);
    const { timeScale, schedule, drawLevels } = noiseSteps(scheduleName, steps);
    const classes = conditional ? { count: classesOf(spec, "latent-diffusion"), unknown } : undefined;
    const examplesOf = (batch: number) => input("x", [batch, ...spec.shape]);
    const model = diffusionModel({
      shape,
      fed(batch) {
        const x = examplesOf(batch);
        return { x, examples: encode(x) };
      },
      network: denoisingNetwork(shape, { ...design, network: networkFor(shape, network), timeScale, classes: classes?.count }),
      schedule,
      drawLevels,
      spacing: "time",
      prediction,
      loss,
      weighting,
      deviation: 1,
      classes,
    });
    const size = sizeOf(shape);
    return {
      ...model,
      variables: [...model.variables, ...variables],
      stages: [stage, ...model.stages],
      diffusion: { ...model.diffusion!, latent: { shape, encode, decode, limit } },
      abilities: {
        ...model.abilities,
        denoiser(batch) {
          const { outputs: { denoised }, ...program } = model.abilities.denoiser!(batch);
          return { ...program, outputs: { denoised: limit(denoised) } };
        },
        encode(batch) {
          const x = examplesOf(batch);
          return { inputs: { x }, outputs: { codings: reshape(encode(x), [batch, size]) } };
        },
        decode(batch) {
          const codings = input("codings", [batch, size]);
          return { inputs: { codings }, outputs: { images: decode(reshape(codings, [batch, ...shape])) } };
        },
      },
    };
  },
};

export type AutoencoderOptions = z.output<typeof options>["autoencoder"];
