/**
 * The linear autoencoder of Baldi & Hornik, "Neural Networks and Principal Component Analysis: Learning from Examples Without Local
 * Minima" (1989): one linear layer down and one up. Its squared error has no local minima, and at the least its codings span the
 * subspace of the principal components, though not along them one by one.
 */
import { z } from "zod";
import { autoencoderModel } from "./autoencoder.js";
import type { Model } from "./model.js";
import { denseDecoder, denseEncoder } from "./stacked.js";

const options = z.strictObject({
  latentSize: z.int().min(1).max(4096).default(30).describe("number of codings"),
});

export const linear: Model<typeof options> = {
  name: "linear",
  title: "Linear autoencoder",
  summary: "One linear layer down and one up: finds the subspace of principal component analysis by gradients.",
  paper: {
    authors: "Baldi & Hornik",
    title: "Neural Networks and Principal Component Analysis: Learning from Examples Without Local Minima",
    year: 1989,
    url: "https://doi.org/10.1016/0893-6080(89)90014-2",
  },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "nadam", learningRate: 1e-3, batchSize: 32, epochs: 10 },

  build({ latentSize }, { shape }) {
    const encoder = denseEncoder([latentSize], "linear", "linear")("encoder", shape);
    const decoder = denseDecoder([], "linear", shape)("decoder", [latentSize]);
    return autoencoderModel({
      shape,
      size: latentSize,
      parameters: [...encoder.parameters, ...decoder.parameters],
      encode: (x, mode) => encoder.apply(x, mode),
      decode: (codings, mode) => decoder.apply(codings, mode),
    });
  },
};
