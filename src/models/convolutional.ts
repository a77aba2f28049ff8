/**
 * A convolutional autoencoder after Masci et al., "Stacked Convolutional Auto-Encoders for Hierarchical Feature Extraction" (2011):
 * convolutions and max pooling down to maps whose means are the codings, and transposed convolutions, or upsampling, back up.
 */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { activations, constantOf, Conv2d, ConvTranspose2d, Dense, GlobalAveragePool, MaxPool, Reshape, sequential, UpSample, type Layer } from "../nn/index.js";
import { sizeOf, type Shape, type Tensor } from "../tensor/index.js";
import { autoencoderModel } from "./autoencoder.js";
import type { Model } from "./model.js";
import { denseOptions } from "./stacked.js";

const options = z.strictObject({
  channels: z.array(z.int().min(1)).min(1).default([16, 32, 64]).describe("channels of the encoder's convolutions, each followed by pooling, which halves the image"),
  latentSize: denseOptions.latentSize.describe("number of codings: the means of so many maps"),
  decoder: z.enum(["transposed", "upsample"]).default("transposed").describe("how the decoder doubles the image: transposed convolutions, or repeated pixels and a convolution"),
  decoderChannels: z.array(z.int().min(1)).min(1).default([16, 32, 16]).describe("channels that the decoder starts with, then those after each doubling but the last; as many numbers as channels has"),
  activation: denseOptions.activation,
  codingActivation: denseOptions.codingActivation.describe("activation of the maps whose means are the codings"),
  codingBias: denseOptions.codingBias.describe("first value of these maps' biases; above 0, fewer rectified codings fall silent for good in the first steps"),
});

type Size = readonly [height: number, width: number];
type Activation = (x: Tensor) => Tensor;

/**
 * From n to `target` pixels, 2 n or 2 n + 1, along each axis. A transposed 3 x 3 convolution of stride 2 gives 2 n + 1, of which padding takes one
 * away; behind repeated pixels a 3 x 3 convolution gives as many as its padding says.
 */
const doublings: Readonly<Record<"transposed" | "upsample", (filters: number, from: Size, target: Size, activation: Activation) => Layer>> = {
  transposed: (filters, from, target, activation) =>
    ConvTranspose2d(filters, { kernelSize: 3, stride: 2, padding: [[0, 2 * from[0] + 1 - target[0]], [0, 2 * from[1] + 1 - target[1]]], activation }),
  upsample: (filters, from, target, activation) =>
    sequential(UpSample(2), Conv2d(filters, { kernelSize: 3, padding: [[1, target[0] - 2 * from[0] + 1], [1, target[1] - 2 * from[1] + 1]], activation })),
};

export const convolutional: Model<typeof options> = {
  name: "convolutional",
  title: "Convolutional autoencoder",
  summary: "Squeezes images through convolutions and pooling into a few codings and grows them back.",
  paper: { authors: "Masci et al.", title: "Stacked Convolutional Auto-Encoders for Hierarchical Feature Extraction", year: 2011, url: "https://doi.org/10.1007/978-3-642-21735-7_7" },
  options,
  accepts: { kinds: ["images"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "nadam", learningRate: 1e-3, batchSize: 32, epochs: 10 },

  build({ channels, latentSize, decoder: kind, decoderChannels, codingBias, ...names }, { shape }) {
    const [activation, codingActivation] = [activations[names.activation], activations[names.codingActivation]];
    const [colours, height, width]: Shape = shape;
    if (decoderChannels.length !== channels.length)
      throw new UsageError(`channels has ${channels.length} numbers, decoderChannels ${decoderChannels.length}`, "Use as many of both: each halving of the encoder is a doubling of the decoder.");
    // Pooling leaves out an odd last row or column: sizes[i] is the image's after i times.
    const sizes = Array.from({ length: channels.length + 1 }, (_, i): Size => [Math.floor(height / 2 ** i), Math.floor(width / 2 ** i)]);
    const smallest = sizes[channels.length];
    if (Math.min(...smallest) < 1)
      throw new UsageError(`Images of ${height} x ${width} cannot be halved ${channels.length} times`, `Use fewer channels (and decoderChannels): at most ${Math.floor(Math.log2(Math.min(height, width)))}.`);

    const encoder = sequential(
      ...channels.flatMap((filters) => [Conv2d(filters, { kernelSize: 3, padding: "same", activation }), MaxPool(2)]),
      Conv2d(latentSize, { kernelSize: 3, padding: "same", activation: codingActivation, biasInitializer: constantOf(codingBias) }),
      GlobalAveragePool(),
    )("encoder", shape);

    const start = [decoderChannels[0], ...smallest];
    const grown = [...decoderChannels.slice(1), colours];
    const decoder = sequential(
      Dense(sizeOf(start)),
      Reshape(start),
      ...grown.map((filters, i) => {
        const [from, target] = [sizes[channels.length - i], sizes[channels.length - i - 1]];
        return doublings[kind](filters, from, target, i === grown.length - 1 ? activations.linear : activation);
      }),
    )("decoder", [latentSize]);

    return autoencoderModel({
      shape,
      size: latentSize,
      parameters: [...encoder.parameters, ...decoder.parameters],
      encode: (x, mode) => encoder.apply(x, mode),
      decode: (codings, mode) => decoder.apply(codings, mode),
    });
  },
};
