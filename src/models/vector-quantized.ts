/**
 * The VQ-VAE of van den Oord, Vinyals & Kavukcuoglu, "Neural Discrete Representation Learning" (2017): an image becomes a small grid of
 * codes, each one of K. Equation numbers are theirs. A first stage learns encoder, codebook and decoder; a second an autoregressive
 * prior of the grids, which samples are drawn from.
 */
import { z } from "zod";
import { Activation, categoricalCrossEntropyWithLogits, Conv2d, ConvTranspose2d, meanSquaredError, sequential, type Layer } from "../nn/index.js";
import { inferenceMode, trainingMode, type Mode } from "../nn/module.js";
import { add, clip, exp, full, input, log, maximum, mul, neg, relu, reshape, scatterAdd, sizeOf, slice, stopGradient, sub, sum, transpose, type Shape, type Tensor } from "../tensor/index.js";
import { codebook, perplexity } from "./codebook.js";
import type { Assessment, Model } from "./model.js";
import { drawGrid, pixelCnn } from "./pixel-cnn.js";
import { Residual } from "./residual.js";

const options = z.strictObject({
  codes: z.int().min(2).max(65536).default(128).describe("number of codes in the codebook, K in the paper"),
  codeSize: z.int().min(1).max(1024).default(16).describe("length of a code, D"),
  channels: z.int().min(2).default(32).describe("channels of encoder and decoder"),
  downsamplings: z.int().min(1).max(6).default(2).describe("convolutions of stride 2; each halves the grid of codes"),
  commitment: z.number().min(0).default(0.25).describe("weight of the commitment loss, beta"),
  decay: z.number().min(0).lt(1).default(0.99).describe("share of the codebook's running means that is kept at each step, gamma"),
  restart: z.number().min(0).max(1).default(0.05).describe("codes used less than this share of an equal share start again from the batch (Dhariwal et al. 2020); 0 for never"),
  pixelVariance: z.number().positive().default(0.1).describe("variance of the data's pixels, the unit of the squared error"),
  priorChannels: z.int().min(2).default(64).describe("channels of the prior"),
  priorBlocks: z.int().min(0).default(4).describe("residual blocks of the prior"),
});

/** relu, 3 x 3 convolution, relu, 1 x 1 convolution, beside the identity (section 4.1). */
const residual = (channels: number): Layer => {
  const layers = sequential(Conv2d(channels >> 1, { kernelSize: 3, padding: "same", activation: relu }), Conv2d(channels, { kernelSize: 1 }));
  return Residual((name, shape) => {
    const module = layers(name, shape);
    return { ...module, apply: (x, mode) => module.apply(relu(x), mode) };
  });
};

/** The networks of section 4.1, with `downsamplings` strided convolutions. */
function networks(shape: Shape, { channels, codeSize, downsamplings }: z.output<typeof options>) {
  const times = (make: (i: number) => Layer) => Array.from({ length: downsamplings }, (_, i) => make(i));
  const down = times(() => Conv2d(channels, { kernelSize: 4, stride: 2, padding: "same", activation: relu }));
  const encoder = sequential(...down, residual(channels), residual(channels), Conv2d(codeSize, { kernelSize: 1 }))("encoder", shape);
  const up = times((i) => (i < downsamplings - 1 ? ConvTranspose2d(channels, { kernelSize: 4, stride: 2, padding: "same", activation: relu }) : ConvTranspose2d(shape[0], { kernelSize: 4, stride: 2, padding: "same" })));
  const decoder = sequential(Conv2d(channels, { kernelSize: 3, padding: "same" }), residual(channels), residual(channels), Activation(relu), ...up)("decoder", encoder.outputShape);
  // Grids are rounded up: what comes back may be a few pixels too large, which are cropped.
  return { encoder, decoder, decode: (grid: Tensor, mode: Mode) => slice(decoder.apply(grid, mode), [0, 0, 0, 0], [grid.shape[0], ...shape]) };
}

export const vectorQuantized: Model<typeof options> = {
  name: "vector-quantized",
  title: "Vector-quantized autoencoder (VQ-VAE)",
  summary: "Turns an image into a small grid of codes from a learned codebook, and learns which grids there are, to make new ones.",
  paper: { authors: "van den Oord, Vinyals & Kavukcuoglu", title: "Neural Discrete Representation Learning", year: 2017, url: "https://arxiv.org/abs/1711.00937" },
  options,
  accepts: { kinds: ["images"], range: [0, 1] },
  lossLabel: "negative log-likelihood of the codes (nats per image)",
  recipe: { optimizer: "adam", learningRate: 1e-3, batchSize: 64, epochs: 10 },

  build(chosen, { shape }) {
    const { codes: count, codeSize: size, commitment, decay, restart, pixelVariance } = chosen;
    const { encoder, decoder, decode } = networks(shape, chosen);
    const [, height, width] = encoder.outputShape;
    const places = height * width;
    const book = codebook("codebook", { count, size, decay, restart });
    const prior = pixelCnn("prior", encoder.outputShape, { codes: count, channels: chosen.priorChannels, blocks: chosen.priorBlocks });

    /** [batch, size, height, width] <-> [batch * height * width, size]. */
    const asVectors = (grid: Tensor): Tensor => reshape(transpose(grid, [0, 2, 3, 1]), [grid.shape[0] * places, size]);
    const asGrid = (vectors: Tensor): Tensor => transpose(reshape(vectors, [vectors.shape[0] / places, height, width, size]), [0, 3, 1, 2]);
    /** The nearest codes of a grid: their numbers int32 [batch * height * width], and themselves as a grid. */
    function quantize(grid: Tensor) {
      const codes = book.nearest(asVectors(grid));
      return { codes, quantized: asGrid(book.lookUp(codes)) };
    }
    const exampleBatch = (batch: number) => input("x", [batch, ...shape]);

    /** Equation 3, without its second term: the codebook learns by itself. Gradients pass the quantization as if it were not there. */
    function firstStage(x: Tensor, mode: Mode) {
      const encoded = encoder.apply(x, mode);
      const { codes, quantized } = quantize(encoded);
      const straightThrough = add(encoded, stopGradient(sub(quantized, encoded)));
      const squaredError = meanSquaredError(decode(straightThrough, mode), x);
      const distance = meanSquaredError(encoded, stopGradient(quantized));
      return { encoded, codes, squaredError, distance, loss: add(mul(squaredError, 1 / pixelVariance), mul(commitment, distance)) };
    }
    const usage = (codes: Tensor): Tensor => scatterAdd(full(codes.shape, 1 / sizeOf(codes.shape)), codes, count);

    /** -log p of the grid of codes, in nats per image. */
    function secondStage(x: Tensor, mode: Mode) {
      const { codes, quantized } = quantize(encoder.apply(x, inferenceMode()));
      const logits = transpose(prior.apply(stopGradient(quantized), mode), [0, 2, 3, 1]);
      const perCode = categoricalCrossEntropyWithLogits(logits, reshape(codes, [x.shape[0], height, width]));
      return { codes, quantized, perCode, loss: mul(perCode, places) };
    }

    function assess({ usage: shares }: Readonly<Record<string, Float64Array>>): Assessment {
      const used = perplexity(shares);
      const warnings = used < 0.1 * count ? [`The codebook has collapsed: about ${Math.round(used)} of ${count} codes are used. Raise --restart, or use fewer --codes.`] : [];
      return { metrics: { perplexity: used }, warnings };
    }

    return {
      variables: [...encoder.parameters, ...decoder.parameters, ...book.variables, ...prior.parameters],
      stages: [
        {
          name: "codes",
          lossLabel: "mean squared error + commitment",
          phases: [
            {
              name: "codes",
              parameters: [...encoder.parameters, ...decoder.parameters],
              objective(batch) {
                const [x, mode] = [exampleBatch(batch), trainingMode()];
                const { encoded, codes, squaredError, distance, loss } = firstStage(x, mode);
                const shares = usage(codes);
                const updates = new Map([...mode.updates, ...book.learn(asVectors(encoded), codes)]);
                return { inputs: { x }, loss, metrics: { meanSquaredError: squaredError, commitment: distance, perplexity: exp(neg(sum(mul(shares, log(maximum(shares, 1e-12)))))) }, updates };
              },
            },
          ],
          validation(batch) {
            const x = exampleBatch(batch);
            const { codes, squaredError, distance, loss } = firstStage(x, inferenceMode());
            return { inputs: { x }, outputs: { loss, meanSquaredError: squaredError, commitment: distance, usage: usage(codes) } };
          },
          assess,
        },
        {
          name: "prior",
          phases: [
            {
              name: "prior",
              parameters: prior.parameters,
              objective(batch) {
                const [x, mode] = [exampleBatch(batch), trainingMode()];
                const { loss, perCode } = secondStage(x, mode);
                return { inputs: { x }, loss, metrics: { bitsPerCode: mul(perCode, 1 / Math.LN2) }, updates: mode.updates };
              },
            },
          ],
        },
      ],
      validation(batch) {
        const [x, mode] = [exampleBatch(batch), inferenceMode()];
        const { codes, quantized, perCode, loss } = secondStage(x, mode);
        return { inputs: { x }, outputs: { loss, bitsPerCode: mul(perCode, 1 / Math.LN2), meanSquaredError: meanSquaredError(decode(quantized, mode), x), usage: usage(codes) } };
      },
      assess,
      codingShape: encoder.outputShape,
      abilities: {
        reconstruct(batch) {
          const [x, mode] = [exampleBatch(batch), inferenceMode()];
          return { inputs: { x }, outputs: { reconstruction: clip(decode(quantize(encoder.apply(x, mode)).quantized, mode), 0, 1) } };
        },
        // The codes themselves, not their numbers: these can be compared, and mixed on the way from one image to another.
        encode(batch) {
          const x = exampleBatch(batch);
          return { inputs: { x }, outputs: { codings: reshape(quantize(encoder.apply(x, inferenceMode())).quantized, [batch, sizeOf(encoder.outputShape)]) } };
        },
        decode(batch) {
          const codings = input("codings", [batch, sizeOf(encoder.outputShape)]);
          const { quantized } = quantize(reshape(codings, [batch, ...encoder.outputShape]));
          return { inputs: { codings }, outputs: { images: clip(decode(quantized, inferenceMode()), 0, 1) } };
        },
        sample(batch) {
          const mode = inferenceMode();
          return { outputs: { samples: clip(decode(drawGrid(prior, encoder.outputShape, batch, book.lookUp, mode), mode), 0, 1) } };
        },
      },
    };
  },
};
