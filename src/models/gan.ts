/** The first GAN: Goodfellow et al., "Generative Adversarial Nets" (2014), of dense layers. */
import { z } from "zod";
import { activations } from "../nn/index.js";
import { adversarialModel, adversarialOptions } from "./adversarial.js";
import { adversaryOptions, discriminatorOf, generatorOf } from "./adversarial-networks.js";
import type { Model } from "./model.js";

const options = z.strictObject({
  hidden: z.array(z.int().min(1)).min(1).default([100, 150]).describe("units of the generator's hidden layers; the discriminator mirrors them"),
  ...adversaryOptions,
  latentSize: adversaryOptions.latentSize.unwrap().default(30).describe("number of codings"),
  ...adversarialOptions,
});

export const gan: Model<typeof options> = {
  name: "gan",
  title: "Generative adversarial network",
  summary: "A generator makes examples of noise, and learns to fool a discriminator that learns to tell them from real ones.",
  paper: { authors: "Goodfellow et al.", title: "Generative Adversarial Nets", year: 2014, url: "https://arxiv.org/abs/1406.2661" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "losses of both networks",
  recipe: { optimizer: "adam", learningRate: 2e-4, beta1: 0.5, averageDecay: 0.999, batchSize: 32, epochs: 50 },

  build({ hidden, latentSize, spectral, minibatch, ...training }, { shape }) {
    const design = { network: "dense", hidden, channels: [], style: "book", spectral, minibatch } as const;
    return adversarialModel({ shape, size: latentSize, generator: generatorOf(shape, latentSize, activations.sigmoid, design), discriminator: discriminatorOf(shape, design) }, training);
  },
};
