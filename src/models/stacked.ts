/**
 * The stacked autoencoder of Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks" (2006): dense
 * layers that grow narrower down to the codings, and their mirror image. Here all layers are trained at once.
 */
import { z } from "zod";
import { activations, constantOf, Dense, Flatten, Reshape, sequential, type ActivationName, type Layer } from "../nn/index.js";
import { sizeOf } from "../tensor/index.js";
import { autoencoderModel } from "./autoencoder.js";
import type { Model } from "./model.js";

/** Options of the dense autoencoders. */
export const denseOptions = {
  hidden: z.array(z.int().min(1)).default([100]).describe("units of the encoder's hidden layers; the decoder mirrors them"),
  latentSize: z.int().min(1).max(4096).default(30).describe("number of codings"),
  activation: z.enum(["relu", "selu", "elu", "silu", "gelu", "tanh", "sigmoid"]).default("relu").describe("activation of the hidden layers"),
  codingActivation: z.enum(["relu", "selu", "elu", "silu", "gelu", "tanh", "sigmoid", "linear"]).default("relu").describe("activation of the codings"),
  // A rectified unit that is below 0 for every example learns nothing any more: Goodfellow, Bengio & Courville, "Deep Learning" (2016), section 6.3.1.
  codingBias: z.number().default(0).describe("first value of the codings' biases; above 0, fewer rectified codings fall silent for good in the first steps"),
};

const options = z.strictObject(denseOptions);

/** Example of any shape -> `units` of the last entry, through dense layers; the last one's biases begin with `lastBias`. */
export const denseEncoder = (units: readonly number[], activation: ActivationName, last: ActivationName, lastBias = 0): Layer =>
  sequential(
    Flatten(),
    ...units.slice(0, -1).map((n) => Dense(n, { activation: activations[activation] })),
    Dense(units[units.length - 1], { activation: activations[last], biasInitializer: constantOf(lastBias) }),
  );

/** Codings -> example of this shape; `units` are those of the encoder's hidden layers. */
export const denseDecoder = (units: readonly number[], activation: ActivationName, shape: readonly number[]): Layer =>
  sequential(...[...units].reverse().map((n) => Dense(n, { activation: activations[activation] })), Dense(sizeOf(shape)), Reshape(shape));

export const stacked: Model<typeof options> = {
  name: "stacked",
  title: "Stacked autoencoder",
  summary: "Squeezes examples through a narrow layer of codings and learns to rebuild them.",
  paper: { authors: "Hinton & Salakhutdinov", title: "Reducing the Dimensionality of Data with Neural Networks", year: 2006, url: "https://doi.org/10.1126/science.1127647" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "nadam", learningRate: 1e-3, batchSize: 32, epochs: 20 },

  build({ hidden, latentSize, activation, codingActivation, codingBias }, { shape }) {
    const encoder = denseEncoder([...hidden, latentSize], activation, codingActivation, codingBias)("encoder", shape);
    const decoder = denseDecoder(hidden, activation, shape)("decoder", [latentSize]);
    return autoencoderModel({
      shape,
      size: latentSize,
      parameters: [...encoder.parameters, ...decoder.parameters],
      encode: (x, mode) => encoder.apply(x, mode),
      decode: (codings, mode) => decoder.apply(codings, mode),
    });
  },
};
