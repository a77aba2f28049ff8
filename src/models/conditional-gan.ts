/** The conditional GAN of Mirza & Osindero, "Conditional Generative Adversarial Nets" (2014): both networks are told the class. */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { activations } from "../nn/index.js";
import { adversarialModel, adversarialOptions } from "./adversarial.js";
import { adversaryOptions, discriminatorOf, generatorOf } from "./adversarial-networks.js";
import { convolutionalOptions } from "./dcgan.js";
import { classesOf, type Model } from "./model.js";

const options = z.strictObject({
  network: z.enum(["dense", "convolutional"]).default("convolutional").describe("kind of both networks"),
  conditioning: z
    .enum(["concatenated", "projection", "auxiliary"])
    .default("projection")
    .describe("how the discriminator is told the class: beside its input, by a product with its features (Miyato & Koyama 2018), or by learning to tell it itself (AC-GAN, Odena et al. 2017)"),
  hidden: z.array(z.int().min(1)).min(1).default([100, 150]).describe("units of the dense generator's hidden layers; the discriminator mirrors them"),
  ...convolutionalOptions,
  ...adversaryOptions,
  ...adversarialOptions,
});

export const conditionalGan: Model<typeof options> = {
  name: "conditional-gan",
  title: "Conditional GAN",
  summary: "A GAN that makes examples of the class asked for.",
  paper: { authors: "Mirza & Osindero", title: "Conditional Generative Adversarial Nets", year: 2014, url: "https://arxiv.org/abs/1411.1784" },
  options,
  accepts: { kinds: ["images", "vectors"], range: [-1, 1] },
  lossLabel: "losses of both networks",
  recipe: { optimizer: "adam", learningRate: 2e-4, beta1: 0.5, batchSize: 32, epochs: 50 },

  build({ network, conditioning, hidden, channels, style, latentSize, spectral, minibatch, ...training }, spec) {
    const { kind, shape } = spec;
    if (network === "convolutional" && kind !== "images") throw new UsageError(`A convolutional network takes images, not ${kind}`, "Use --network dense.");
    const classes = classesOf(spec, "conditional-gan");
    const design = { network, hidden, channels, style, spectral, minibatch } as const;
    const generator = generatorOf(shape, latentSize, activations.tanh, design, classes);
    return adversarialModel({ shape, size: latentSize, classes, generator, discriminator: discriminatorOf(shape, design, { classes, kind: conditioning }) }, training);
  },
};
