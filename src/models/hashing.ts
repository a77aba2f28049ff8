/**
 * Semantic hashing of Salakhutdinov & Hinton, "Semantic Hashing" (2009): codings that are bits, so that similar examples have codes
 * that differ in few of them. Noise before the codings' sigmoid makes the encoder drive it to 0 or 1, where noise does no harm.
 */
import { z } from "zod";
import { activations, Dense, Flatten, GaussianNoise, sequential } from "../nn/index.js";
import { autoencoderModel } from "./autoencoder.js";
import type { Model } from "./model.js";
import { denseDecoder, denseOptions } from "./stacked.js";

const options = z.strictObject({
  hidden: denseOptions.hidden,
  latentSize: denseOptions.latentSize.unwrap().default(16).describe("number of bits"),
  activation: denseOptions.activation,
  noise: z.number().min(0).default(15).describe("standard deviation of the noise that is added, in training, to what the codings are computed from"),
});

export const hashing: Model<typeof options> = {
  name: "hashing",
  title: "Hashing autoencoder",
  summary: "Gives each example a code of a few bits; similar examples have similar codes.",
  paper: { authors: "Salakhutdinov & Hinton", title: "Semantic Hashing", year: 2009, url: "https://doi.org/10.1016/j.ijar.2008.11.006" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "nadam", learningRate: 5e-4, batchSize: 32, epochs: 10 },

  build({ hidden, latentSize, activation, noise }, { shape }) {
    const layers = hidden.map((units) => Dense(units, { activation: activations[activation] }));
    const encoder = sequential(Flatten(), ...layers, GaussianNoise(noise), Dense(latentSize, { activation: activations.sigmoid }))("encoder", shape);
    const decoder = denseDecoder(hidden, activation, shape)("decoder", [latentSize]);
    const model = autoencoderModel({
      shape,
      size: latentSize,
      parameters: [...encoder.parameters, ...decoder.parameters],
      encode: (x, mode) => encoder.apply(x, mode),
      decode: (codings, mode) => decoder.apply(codings, mode),
    });
    return { ...model, codings: "bits" };
  },
};
