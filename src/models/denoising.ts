/**
 * The denoising autoencoder of Vincent et al., "Extracting and Composing Robust Features with Denoising Autoencoders" (2008): examples are
 * corrupted, and the autoencoder learns to give the whole ones back (section 2.3). What it learns must then hold more than copying does.
 */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { activations, Conv2d, ConvTranspose2d, inferenceMode, meanSquaredError, Reshape, Flatten, sequential, trainingMode, type ActivationName } from "../nn/index.js";
import type { Mode, Module } from "../nn/module.js";
import { clip, input, mul, sizeOf, slice, type Shape, type Tensor } from "../tensor/index.js";
import { autoencoderModel, type Autoencoder } from "./autoencoder.js";
import { corruptionOf } from "./corruption.js";
import { oneStage, type Model } from "./model.js";
import { denseDecoder, denseEncoder, denseOptions } from "./stacked.js";

const options = z.strictObject({
  corruption: z.enum(["gaussian", "dropout", "salt-and-pepper", "blocks"]).default("gaussian").describe("what is done to the examples: normal noise, values set to 0, values set to 0 or 1, a missing square"),
  stddev: z.number().positive().max(10).default(0.3).describe("standard deviation of gaussian noise, for pixels in [0, 1]"),
  rate: z.number().gt(0).lt(1).default(0.5).describe("share of the values that dropout, or salt-and-pepper, spoils"),
  blockSize: z.int().min(1).default(10).describe("side of the missing square of blocks, in pixels"),
  network: z.enum(["dense", "convolutional"]).default("convolutional").describe("kind of encoder and decoder; the convolutional one takes images of any size"),
  ...denseOptions,
  hidden: denseOptions.hidden.describe("units of the dense encoder's hidden layers; the decoder mirrors them"),
  latentSize: denseOptions.latentSize.describe("number of codings of the dense network"),
  codingBias: denseOptions.codingBias.describe("first value of the dense codings' biases; above 0, fewer rectified codings fall silent for good in the first steps"),
  channels: z.array(z.int().min(1)).min(1).default([32, 64]).describe("channels of the convolutional encoder's layers, each of stride 2; the decoder mirrors them. The codings are the last maps"),
});

/** Convolutions of stride 2 down to maps, and their mirror image: nothing in it depends on the size of the image. */
function convolutionalNetwork(channels: readonly number[], activation: ActivationName, codingActivation: ActivationName, shape: Shape): { readonly encoder: Module; readonly decoder: Module } {
  const layer = { kernelSize: 3, stride: 2, padding: "same" } as const;
  const last = channels.length - 1;
  const maps = sequential(...channels.map((filters, i) => Conv2d(filters, { ...layer, activation: activations[i < last ? activation : codingActivation] })));
  const small = maps("shape", shape).outputShape;
  const encoder = sequential(maps, Flatten())("encoder", shape);
  const grow = [...channels].reverse().map((filters) => ConvTranspose2d(filters, { ...layer, activation: activations[activation] }));
  const decoder = sequential(Reshape(small), ...grow, Conv2d(shape[0], { kernelSize: 3, padding: "same" }))("decoder", encoder.outputShape);
  // Sizes that do not halve overshoot by a few pixels on the way back.
  const cropped = (codings: Tensor, mode: Mode) => slice(decoder.apply(codings, mode), [0, 0, 0, 0], [codings.shape[0], ...shape]);
  return { encoder, decoder: { ...decoder, outputShape: shape, apply: cropped } };
}

export const denoising: Model<typeof options> = {
  name: "denoising",
  title: "Denoising autoencoder",
  summary: "Learns to clean examples: noise, missing values or missing squares are taken out.",
  paper: { authors: "Vincent et al.", title: "Extracting and Composing Robust Features with Denoising Autoencoders", year: 2008, url: "https://doi.org/10.1145/1390156.1390294" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "nadam", learningRate: 1e-3, batchSize: 32, epochs: 10 },

  build({ network, hidden, latentSize, channels, activation, codingActivation, codingBias, ...corruption }, { kind, shape }) {
    if (network === "convolutional" && kind !== "images") throw new UsageError(`A convolutional network takes images, not ${kind}`, "Use --network dense.");
    const corrupt = corruptionOf(corruption, shape);
    /** Where a share of the values is missing, the others are fed larger, so that their sum stays (Srivastava et al. 2014). */
    const fed = (corrupted: Tensor): Tensor => (corruption.corruption === "dropout" ? mul(corrupted, 1 / (1 - corruption.rate)) : corrupted);

    const { encoder, decoder } =
      network === "dense"
        ? { encoder: denseEncoder([...hidden, latentSize], activation, codingActivation, codingBias)("encoder", shape), decoder: denseDecoder(hidden, activation, shape)("decoder", [latentSize]) }
        : convolutionalNetwork(channels, activation, codingActivation, shape);
    const autoencoder: Autoencoder = {
      shape,
      size: sizeOf(encoder.outputShape),
      parameters: [...encoder.parameters, ...decoder.parameters],
      encode: (x, mode) => encoder.apply(x, mode),
      decode: (codings, mode) => decoder.apply(codings, mode),
    };
    const whole = autoencoderModel(autoencoder);

    const denoise = (corrupted: Tensor, mode: Mode): Tensor => decoder.apply(encoder.apply(fed(corrupted), mode), mode);
    const exampleBatch = (batch: number) => input("x", [batch, ...shape]);
    return {
      ...whole,
      stages: oneStage({
        name: "autoencoder",
        parameters: autoencoder.parameters,
        objective(batch) {
          const [x, mode] = [exampleBatch(batch), trainingMode()];
          return { inputs: { x }, loss: meanSquaredError(denoise(corrupt(x), mode), x), metrics: {}, updates: mode.updates };
        },
      }),
      validation(batch) {
        const [x, mode] = [exampleBatch(batch), inferenceMode()];
        const corrupted = corrupt(x);
        // First what the book reports: the error of clean examples. Then that of corrupted ones, after and before.
        const ofClean = meanSquaredError(decoder.apply(encoder.apply(x, mode), mode), x);
        return { inputs: { x }, outputs: { meanSquaredError: ofClean, denoisingError: meanSquaredError(denoise(corrupted, mode), x), corruptionError: meanSquaredError(corrupted, x) } };
      },
      abilities: {
        ...whole.abilities,
        corrupt(batch) {
          const x = exampleBatch(batch);
          return { inputs: { x }, outputs: { corrupted: corrupt(x) } };
        },
        denoise(batch) {
          const x = exampleBatch(batch);
          return { inputs: { x }, outputs: { denoised: clip(denoise(x, inferenceMode()), 0, 1) } };
        },
      },
    };
  },
};
