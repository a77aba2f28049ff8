/**
 * The contractive autoencoder of Rifai, Vincent, Muller, Glorot & Bengio, "Contractive Auto-Encoders: Explicit Invariance During
 * Feature Extraction" (2011): codings that change little when the example does. The penalty is the squared Frobenius norm of the
 * encoder's Jacobian (equation 1), averaged over the batch.
 */
import { z } from "zod";
import { add, constant, gradients, matmul, mean, mul, noise, reshape, square, sub, sum, type Tensor } from "../tensor/index.js";
import { autoencoderModel } from "./autoencoder.js";
import type { Model } from "./model.js";
import { denseDecoder, denseEncoder, denseOptions } from "./stacked.js";

const options = z.strictObject({
  hidden: denseOptions.hidden.unwrap().default([]).describe("units of the encoder's hidden layers; the decoder mirrors them"),
  latentSize: denseOptions.latentSize.unwrap().default(300).describe("number of codings"),
  activation: denseOptions.activation,
  codingActivation: denseOptions.codingActivation.unwrap().default("sigmoid").describe("activation of the codings"),
  weight: z.number().min(0).default(1e-4).describe("of the Jacobian's squared norm beside the mean squared error"),
  jacobian: z
    .enum(["exact", "estimated"])
    .default("exact")
    .describe("exact: one more backward pass for each coding, or a closed form where the encoder is one sigmoid layer; estimated: one backward pass in a random direction (Hutchinson 1990)"),
});

/** The squared norm for one layer h = sigmoid(x W + b), averaged over the batch. Codings h [batch, size], kernel W [features, size]. */
function ofSigmoidLayer(codings: Tensor, kernel: Tensor): Tensor {
  const slopes = mul(codings, sub(1, codings));
  return mean(matmul(square(slopes), reshape(sum(square(kernel), 0), [-1, 1])));
}

/** |v^T J|^2, averaged over the batch, for a direction v among the codings: [size], or one for each example [batch, size]. */
function alongDirection(codings: Tensor, x: Tensor, direction: Tensor): Tensor {
  const [slopes] = gradients(sum(mul(codings, direction)), [x]);
  return mul(sum(square(slopes)), 1 / x.shape[0]);
}

/** The squared norm of any encoder: the sum over the unit vectors. */
function ofAnyEncoder(codings: Tensor, x: Tensor): Tensor {
  const units = Array.from({ length: codings.shape[1] }, (_, unit) => unit);
  return units.map((unit) => alongDirection(codings, x, constant(units.map((other) => Number(other === unit))))).reduce((total, row) => add(total, row));
}

/** Its estimate, without bias: |v^T J|^2 in directions of -1 and 1. */
const estimated = (codings: Tensor, x: Tensor): Tensor => alongDirection(codings, x, sub(mul(2, noise.bernoulli(codings.shape, 0.5)), 1));

export const contractive: Model<typeof options> = {
  name: "contractive",
  title: "Contractive autoencoder",
  summary: "Learns codings that hardly change when an example does, unless it becomes another one.",
  paper: { authors: "Rifai, Vincent, Muller, Glorot & Bengio", title: "Contractive Auto-Encoders: Explicit Invariance During Feature Extraction", year: 2011, url: "https://icml.cc/2011/papers/455_icmlpaper.pdf" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error + penalty",
  recipe: { optimizer: "nadam", learningRate: 1e-3, batchSize: 32, epochs: 10 },

  build({ hidden, latentSize, activation, codingActivation, weight, jacobian }, { shape }) {
    const encoder = denseEncoder([...hidden, latentSize], activation, codingActivation)("encoder", shape);
    const decoder = denseDecoder(hidden, activation, shape)("decoder", [latentSize]);
    const isOneSigmoidLayer = hidden.length === 0 && codingActivation === "sigmoid";

    function squaredNorm(codings: Tensor, x: Tensor): Tensor {
      if (jacobian === "estimated") return estimated(codings, x);
      return isOneSigmoidLayer ? ofSigmoidLayer(codings, encoder.parameters[0]) : ofAnyEncoder(codings, x);
    }

    return autoencoderModel({
      shape,
      size: latentSize,
      parameters: [...encoder.parameters, ...decoder.parameters],
      encode: (x, mode) => encoder.apply(x, mode),
      decode: (codings, mode) => decoder.apply(codings, mode),
      penalty(codings, x) {
        const squared = squaredNorm(codings, x);
        return { penalty: mul(weight, squared), metrics: { jacobian: squared } };
      },
    });
  },
};
