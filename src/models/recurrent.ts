/**
 * The recurrent autoencoder of Srivastava, Mansimov & Salakhutdinov, "Unsupervised Learning of Video Representations using LSTMs"
 * (2015): one recurrent network reads a sequence into a coding, another writes the sequence out of it. The decoder is given the
 * coding at every step, and nothing of what it wrote before. The rows of an image are its steps.
 */
import { z } from "zod";
import { Dense, GRU, LSTM, RepeatVector, sequential, TimeDistributed } from "../nn/index.js";
import { reshape, transpose, type Tensor } from "../tensor/index.js";
import type { DataSpec } from "../data/dataset.js";
import { autoencoderModel } from "./autoencoder.js";
import type { Model } from "./model.js";

const options = z.strictObject({
  cell: z.enum(["lstm", "gru"]).default("lstm").describe("kind of recurrent layer"),
  hidden: z.array(z.int().min(1)).min(1).default([100]).describe("units of the encoder's layers before the codings; the decoder mirrors them"),
  latentSize: z.int().min(1).max(4096).default(30).describe("number of codings: the encoder's last output"),
});

/** Examples [batch, ...shape] as sequences [batch, steps, features], and back. */
function sequencesOf({ kind, shape }: DataSpec) {
  if (kind !== "images") return { steps: shape[0], features: shape[1] ?? 1, read: (x: Tensor) => x, write: (x: Tensor) => x };
  const [channels, height, width] = shape;
  return {
    steps: height,
    features: channels * width,
    read: (x: Tensor) => reshape(transpose(x, [0, 2, 1, 3]), [x.shape[0], height, channels * width]),
    write: (x: Tensor) => transpose(reshape(x, [x.shape[0], height, channels, width]), [0, 2, 1, 3]),
  };
}

export const recurrent: Model<typeof options> = {
  name: "recurrent",
  title: "Recurrent autoencoder",
  summary: "Reads a sequence, such as the rows of an image or a time series, into codings and writes it out again.",
  paper: { authors: "Srivastava, Mansimov & Salakhutdinov", title: "Unsupervised Learning of Video Representations using LSTMs", year: 2015, url: "https://arxiv.org/abs/1502.04681" },
  options,
  accepts: { kinds: ["images", "series"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "nadam", learningRate: 1e-3, batchSize: 32, epochs: 10 },

  build({ cell, hidden, latentSize }, spec) {
    const { steps, features, read, write } = sequencesOf(spec);
    const Recurrent = cell === "lstm" ? LSTM : GRU;
    const layers = (units: readonly number[]) => units.map((n) => Recurrent(n, { returnSequences: true }));
    const encoder = sequential(...layers(hidden), Recurrent(latentSize))("encoder", [steps, features]);
    const decoder = sequential(RepeatVector(steps), ...layers([...hidden].reverse()), TimeDistributed(Dense(features)))("decoder", [latentSize]);
    return autoencoderModel({
      shape: spec.shape,
      size: latentSize,
      parameters: [...encoder.parameters, ...decoder.parameters],
      encode: (x, mode) => encoder.apply(read(x), mode),
      decode: (codings, mode) => write(decoder.apply(codings, mode)),
    });
  },
};
