/** The deep convolutional GAN of Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks" (2016). */
import { z } from "zod";
import { activations } from "../nn/index.js";
import { adversarialModel, adversarialOptions } from "./adversarial.js";
import { adversaryOptions, discriminatorOf, generatorOf } from "./adversarial-networks.js";
import type { Model } from "./model.js";

export const convolutionalOptions = {
  channels: z.array(z.int().min(1)).min(1).default([64, 128]).describe("channels of the discriminator's layers, each 5 x 5 of stride 2; the generator mirrors them"),
  style: z.enum(["book", "paper"]).default("book").describe("dropout in the discriminator (Géron's network), or the paper's rules: batch normalization in both networks, weights from N(0, 0.02)"),
};

const options = z.strictObject({ ...convolutionalOptions, ...adversaryOptions, ...adversarialOptions });

export const dcgan: Model<typeof options> = {
  name: "dcgan",
  title: "Deep convolutional GAN",
  summary: "A GAN of strided convolutions: sharper images than dense layers make.",
  paper: { authors: "Radford et al.", title: "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks", year: 2016, url: "https://arxiv.org/abs/1511.06434" },
  options,
  accepts: { kinds: ["images"], range: [-1, 1] },
  lossLabel: "losses of both networks",
  recipe: { optimizer: "rmsprop", learningRate: 1e-3, batchSize: 32, epochs: 50 },

  build({ channels, style, latentSize, spectral, minibatch, ...training }, { shape }) {
    const design = { network: "convolutional", hidden: [], channels, style, spectral, minibatch } as const;
    return adversarialModel({ shape, size: latentSize, generator: generatorOf(shape, latentSize, activations.tanh, design), discriminator: discriminatorOf(shape, design) }, training);
  },
};
