/**
 * The variational autoencoder of Kingma & Welling, "Auto-Encoding Variational Bayes" (2014). Equation numbers are theirs.
 *
 * q(z|x) is a diagonal normal whose mean and log-variance the encoder gives, the prior p(z) is N(0, I), and p(x|z) is
 * Bernoulli or normal around what the decoder gives. Training maximizes the evidence lower bound (ELBO).
 */
import { z } from "zod";
import { activations, binaryCrossEntropyWithLogits, klDivergenceNormal } from "../nn/index.js";
import { inferenceMode, trainingMode, type Mode } from "../nn/module.js";
import { add, clip, exp, input, maximum, mean, mul, noise, reshape, sigmoid, sizeOf, square, sub, sum, type Tensor } from "../tensor/index.js";
import { oneStage, type Model } from "./model.js";
import { gaussianEncoder, imageDecoder } from "./networks.js";

const options = z.strictObject({
  network: z.enum(["dense", "convolutional"]).default("convolutional").describe("kind of encoder and decoder"),
  latentSize: z.int().min(1).max(4096).default(16).describe("number of codings, the size of z"),
  hidden: z.array(z.int().min(1)).min(1).default([150, 100]).describe("units of the dense encoder's layers; the decoder mirrors them"),
  channels: z.array(z.int().min(1)).min(1).default([32, 64]).describe("channels of the convolutional encoder's layers, each of stride 2; the decoder mirrors them"),
  activation: z.enum(["relu", "selu", "elu", "silu", "gelu", "tanh"]).default("relu").describe("activation of the hidden layers"),
  likelihood: z.enum(["bernoulli", "gaussian"]).default("bernoulli").describe("p(x|z): Bernoulli suits grey pixels in [0, 1], Gaussian any; both train on the same images"),
  variance: z.number().positive().default(0.5).describe("variance of the Gaussian likelihood; 0.5 makes the loss squared error + KL"),
  beta: z.number().min(0).default(1).describe("weight of the KL term (Higgins et al. 2017); 1 is the ELBO"),
  freeBits: z.number().min(0).default(0).describe("nats of KL per coding that are not penalized (Kingma et al. 2016)"),
  samples: z.int().min(1).max(1024).default(1).describe("latent samples per image, L in the paper"),
});

/** A posterior q(z|x): mean and logVar, both [batch, latentSize]. */
interface Posterior {
  readonly mean: Tensor;
  readonly logVar: Tensor;
}

/** z = mean + sigma * epsilon with epsilon ~ N(0, I), L times for each image: [batch * L, latentSize] (equation 10). */
function reparameterize({ mean, logVar }: Posterior, samples: number): Tensor {
  const [batch, size] = mean.shape;
  const each = (x: Tensor) => reshape(x, [batch, 1, size]);
  const epsilon = noise.normal([batch, samples, size]);
  return reshape(add(each(mean), mul(exp(mul(0.5, each(logVar))), epsilon)), [batch * samples, size]);
}

export const variational: Model<typeof options> = {
  name: "variational",
  title: "Variational autoencoder",
  summary: "Learns codings that follow a normal distribution, so that decoding a random coding gives a new example.",
  paper: { authors: "Kingma & Welling", title: "Auto-Encoding Variational Bayes", year: 2014, url: "https://arxiv.org/abs/1312.6114" },
  options,
  accepts: { kinds: ["images"], range: [0, 1] },
  lossLabel: "negative ELBO (nats per image)",
  recipe: { optimizer: "adam", learningRate: 1e-3, batchSize: 128, epochs: 10 },

  build({ network, latentSize, likelihood, variance, beta, freeBits, samples, ...sizes }, { shape }) {
    const pixels = sizeOf(shape);
    const design = { network, hidden: sizes.hidden, channels: sizes.channels, activation: activations[sizes.activation] };
    const encoder = gaussianEncoder("encoder", shape, latentSize, design);
    const decoder = imageDecoder("decoder", latentSize, shape, design);

    const posterior = (x: Tensor, mode: Mode): Posterior => encoder.apply(x, mode);
    /** The decoder's output as images: Bernoulli means, or normal means kept in the range of pixels. */
    const images = (output: Tensor): Tensor => (likelihood === "bernoulli" ? sigmoid(output) : clip(output, 0, 1));

    /** -log p(x|z) in nats, [batch, L]: appendix C.1 and C.2. `output` is [batch * L, ...image]. */
    function negativeLogLikelihood(x: Tensor, output: Tensor): Tensor {
      const target = reshape(x, [x.shape[0], 1, pixels]);
      const prediction = reshape(output, [x.shape[0], samples, pixels]);
      if (likelihood === "bernoulli") return sum(binaryCrossEntropyWithLogits(prediction, target, "none"), 2);
      const squaredError = sum(square(sub(prediction, target)), 2);
      return add(mul(squaredError, 1 / (2 * variance)), (pixels / 2) * Math.log(2 * Math.PI * variance));
    }

    /** Negative ELBO in nats per image and its parts (equation 10; the KL term in closed form, appendix B). */
    function negativeElbo(x: Tensor, mode: Mode) {
      const q = posterior(x, mode);
      const output = decoder.apply(reparameterize(q, samples), mode);
      const reconstruction = mean(negativeLogLikelihood(x, output));
      const klPerCoding = mean(klDivergenceNormal(q.mean, q.logVar), 0);
      const kl = sum(klPerCoding);
      const penalty = freeBits > 0 ? sum(maximum(klPerCoding, freeBits)) : kl;
      return { loss: add(reconstruction, mul(beta, penalty)), reconstruction, kl, output };
    }

    const exampleBatch = (batch: number) => input("x", [batch, ...shape]);

    return {
      variables: [encoder, decoder].flatMap(({ parameters, statistics }) => [...parameters, ...statistics]),
      stages: oneStage({
        name: "autoencoder",
        parameters: [...encoder.parameters, ...decoder.parameters],
        objective(batch) {
          const [x, mode] = [exampleBatch(batch), trainingMode()];
          const { loss, reconstruction, kl } = negativeElbo(x, mode);
          return { inputs: { x }, loss, metrics: { reconstruction, kl }, updates: mode.updates };
        },
      }),
      validation(batch) {
        const x = exampleBatch(batch);
        const { loss, reconstruction, kl, output } = negativeElbo(x, inferenceMode());
        const decoded = reshape(likelihood === "bernoulli" ? sigmoid(output) : output, [batch, samples, pixels]);
        const meanSquaredError = mean(square(sub(decoded, reshape(x, [batch, 1, pixels]))));
        return { inputs: { x }, outputs: { loss, reconstruction, kl, meanSquaredError } };
      },
      abilities: {
        reconstruct(batch) {
          const [x, mode] = [exampleBatch(batch), inferenceMode()];
          return { inputs: { x }, outputs: { reconstruction: images(decoder.apply(posterior(x, mode).mean, mode)) } };
        },
        encode(batch) {
          const x = exampleBatch(batch);
          return { inputs: { x }, outputs: { codings: posterior(x, inferenceMode()).mean } };
        },
        decode(batch) {
          const codings = input("codings", [batch, latentSize]);
          return { inputs: { codings }, outputs: { images: images(decoder.apply(codings, inferenceMode())) } };
        },
        sample(batch) {
          const z = noise.normal([batch, latentSize]);
          return { outputs: { samples: images(decoder.apply(z, inferenceMode())) } };
        },
      },
    };
  },
};
