/**
 * An autoencoder with tied weights, as in Vincent et al., "Extracting and Composing Robust Features with Denoising Autoencoders" (2008), section 2.2:
 * W' = W^T, so that each layer of the decoder is the transpose of the encoder's, with a bias of its own. Half the weights, and less room to overfit.
 */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { activations, constantOf, Conv2d, Conv2dTranspose, Dense, DenseTranspose, Flatten, Reshape, sequential, type Module } from "../nn/index.js";
import { sizeOf, type Shape, type Variable } from "../tensor/index.js";
import { autoencoderModel } from "./autoencoder.js";
import type { Model } from "./model.js";
import { denseOptions } from "./stacked.js";

const options = z.strictObject({
  network: z.enum(["dense", "convolutional"]).default("dense").describe("kind of encoder; the decoder is its transpose"),
  ...denseOptions,
  hidden: denseOptions.hidden.describe("units of the dense encoder's hidden layers"),
  channels: z.array(z.int().min(1)).min(1).default([16, 32]).describe("channels of the convolutional encoder's layers, each 3 x 3 of stride 2"),
});

/** What the convolutions are, forward and backward. */
const convolution = { kernelSize: 3, stride: 2, padding: "same" } as const;

/** A layer's kernel comes before its bias. */
const kernelOf = ({ parameters: [kernel] }: Module): Variable => kernel;

export const tied: Model<typeof options> = {
  name: "tied",
  title: "Tied autoencoder",
  summary: "A stacked autoencoder whose decoder uses the encoder's weights transposed: half the weights.",
  paper: { authors: "Vincent et al.", title: "Extracting and Composing Robust Features with Denoising Autoencoders", year: 2008, url: "https://doi.org/10.1145/1390156.1390294" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "nadam", learningRate: 1e-3, batchSize: 32, epochs: 10 },

  build({ network, hidden, channels, latentSize, codingBias, ...names }, { kind, shape }) {
    if (network === "convolutional" && kind !== "images") throw new UsageError(`A convolutional network takes images, not ${kind}`, "Use --network dense.");
    const [activation, codingActivation] = [activations[names.activation], activations[names.codingActivation]];

    const convolutions: { readonly module: Module; readonly size: readonly [number, number] }[] = [];
    let image: Shape = shape;
    if (network === "convolutional")
      for (const filters of channels) {
        const module = Conv2d(filters, { ...convolution, activation })(`encoder.convolution.${convolutions.length}`, image);
        convolutions.push({ module, size: [image[1], image[2]] });
        image = module.outputShape;
      }

    const units = network === "dense" ? [...hidden, latentSize] : [latentSize];
    const dense: Module[] = [];
    for (const [i, n] of units.entries()) {
      const last = i === units.length - 1;
      dense.push(Dense(n, last ? { activation: codingActivation, biasInitializer: constantOf(codingBias) } : { activation })(`encoder.dense.${i}`, [i === 0 ? sizeOf(image) : units[i - 1]]));
    }

    // Activations as in the encoder's mirror image: none on the last layer, which makes the pixels.
    const linear = activations.linear;
    const backwards = [
      ...dense.map((module, i) => DenseTranspose(kernelOf(module), { activation: i === 0 && convolutions.length === 0 ? linear : activation })).reverse(),
      Reshape(image),
      ...convolutions.map(({ module, size }, i) => Conv2dTranspose(kernelOf(module), { ...convolution, size, activation: i === 0 ? linear : activation })).reverse(),
    ];
    const decoder = sequential(...backwards)("decoder", [latentSize]);
    const flatten = Flatten()("flatten", image);
    const encoder = [...convolutions.map(({ module }) => module), flatten, ...dense];
    return autoencoderModel({
      shape,
      size: latentSize,
      parameters: [...encoder, decoder].flatMap(({ parameters }) => parameters),
      encode: (x, mode) => encoder.reduce((y, module) => module.apply(y, mode), x),
      decode: (codings, mode) => decoder.apply(codings, mode),
    });
  },
};
