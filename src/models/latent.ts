/** What variational autoencoders with one layer of codings share: their networks, the evidence lower bound, the importance weights, and their abilities. */
import { z } from "zod";
import { activations, klDivergenceNormal } from "../nn/index.js";
import { inferenceMode, type Mode } from "../nn/module.js";
import { add, broadcastTo, concat, exp, input, logSumExp, mean, mul, noise, oneHot, reshape, sizeOf, square, sub, sum, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { activeUnits, collapseWarnings } from "./active-units.js";
import type { Abilities, Assessment } from "./model.js";
import { gaussianEncoder, imageDecoder } from "./networks.js";
import { observation, observationOptions, type Observation } from "./observation.js";

/** Options of the networks and of p(x|z). */
export const latentOptions = {
  network: z.enum(["dense", "convolutional"]).default("convolutional").describe("kind of encoder and decoder"),
  latentSize: z.int().min(1).max(4096).default(16).describe("number of codings, the size of z"),
  hidden: z.array(z.int().min(1)).min(1).default([150, 100]).describe("units of the dense encoder's layers; the decoder mirrors them"),
  channels: z.array(z.int().min(1)).min(1).default([32, 64]).describe("channels of the convolutional encoder's layers, each of stride 2; the decoder mirrors them"),
  activation: z.enum(["relu", "selu", "elu", "silu", "gelu", "tanh"]).default("relu").describe("activation of the hidden layers"),
  ...observationOptions,
};
type LatentOptions = z.output<z.ZodObject<typeof latentOptions>>;

/** A posterior q(z|x): mean and logVar, both [batch, size]. */
export interface Posterior {
  readonly mean: Tensor;
  readonly logVar: Tensor;
}

/** Examples x [batch, ...shape], and for a conditional model their labels, int32 [batch]. */
export type Batch = { readonly x: Tensor; readonly labels?: Tensor };

export interface Latent extends Observation {
  /** Number of codings, the size of z. */
  readonly size: number;
  readonly parameters: readonly Variable[];
  /** Parameters and running statistics. */
  readonly variables: readonly Variable[];
  /** The inputs of a program about so many examples. */
  readonly examples: (batch: number) => Batch;
  readonly posterior: (batch: Batch, mode: Mode) => Posterior;
  /** z [batch * samples, size], the samples of an example one after the other -> the decoder's output, [batch * samples, ...shape]. */
  readonly decode: (z: Tensor, labels: Tensor | undefined, mode: Mode) => Tensor;
}

/** The networks; with a number of `classes` both are told the label, as one-hot. */
export function latent(options: LatentOptions, shape: Shape, classes = 0): Latent {
  const { network, latentSize: size } = options;
  const design = { network, hidden: options.hidden, channels: options.channels, activation: activations[options.activation] };
  const [channels, ...plane] = shape;
  const seen = classes === 0 ? shape : network === "dense" ? [sizeOf(shape) + classes] : [channels + classes, ...plane];
  const encoder = gaussianEncoder("encoder", seen, size, design);
  const decoder = imageDecoder("decoder", size + classes, shape, design);

  /** A dense encoder gets the one-hot label beside the pixels, a convolutional one as a plane for each class. */
  function withLabels({ x, labels }: Batch): Tensor {
    if (!labels) return x;
    const [batch, code] = [x.shape[0], oneHot(labels, classes)];
    if (network === "dense") return concat([reshape(x, [batch, sizeOf(shape)]), code], 1);
    return concat([x, broadcastTo(reshape(code, [batch, classes, ...plane.map(() => 1)]), [batch, classes, ...plane])], 1);
  }

  return {
    ...observation(options, shape),
    size,
    parameters: [...encoder.parameters, ...decoder.parameters],
    variables: [encoder, decoder].flatMap(({ parameters, statistics }) => [...parameters, ...statistics]),
    examples: (batch) => ({ x: input("x", [batch, ...shape]), ...(classes > 0 && { labels: input("labels", [batch], "int32") }) }),
    posterior: (batch, mode) => encoder.apply(withLabels(batch), mode),
    decode(codings, labels, mode) {
      if (!labels) return decoder.apply(codings, mode);
      const [rows, batch] = [codings.shape[0], labels.shape[0]];
      const each = broadcastTo(reshape(oneHot(labels, classes), [batch, 1, classes]), [batch, rows / batch, classes]);
      return decoder.apply(concat([codings, reshape(each, [rows, classes])], 1), mode);
    },
  };
}

/** z = mean + sigma * epsilon with epsilon ~ N(0, I), `samples` times for each example: [batch, samples, size] (Kingma & Welling 2014, equation 10). */
export function reparameterize({ mean, logVar }: Posterior, samples: number) {
  const [batch, size] = mean.shape;
  const each = (x: Tensor) => reshape(x, [batch, 1, size]);
  const epsilon = noise.normal([batch, samples, size]);
  return { z: add(each(mean), mul(exp(mul(0.5, each(logVar))), epsilon)), epsilon };
}

const asRows = (samples: Tensor): Tensor => reshape(samples, [samples.shape[0] * samples.shape[1], samples.shape[2]]);

/** The negative ELBO's parts in nats per example (Kingma & Welling 2014, equation 10; KL in closed form, appendix B), and what it was computed from. */
export function negativeElbo(model: Latent, batch: Batch, samples: number, mode: Mode) {
  const x = model.observed(batch.x);
  const q = model.posterior({ ...batch, x }, mode);
  const output = model.decode(asRows(reparameterize(q, samples).z), batch.labels, mode);
  const reconstruction = mean(model.negativeLogLikelihood(x, output));
  const klPerCoding = mean(klDivergenceNormal(q.mean, q.logVar), 0);
  return { x, q, output, reconstruction, klPerCoding, kl: sum(klPerCoding) };
}

/** log w = log p(x|z) + log p(z) - log q(z|x) of samples z ~ q(z|x): [batch, samples] (Burda et al. 2016, the terms of equation 8). `batch` holds what is observed. */
export function logWeights(model: Latent, batch: Batch, q: Posterior, samples: number, mode: Mode): Tensor {
  const { z, epsilon } = reparameterize(q, samples);
  const logLikelihood = mul(-1, model.negativeLogLikelihood(batch.x, model.decode(asRows(z), batch.labels, mode)));
  // Both densities are normal: their constants cancel, and (z - mean) / sigma is epsilon.
  const logVar = reshape(q.logVar, [q.logVar.shape[0], 1, model.size]);
  return add(logLikelihood, mul(0.5, sum(sub(add(square(epsilon), logVar), square(z)), 2)));
}

/** log of the mean of weights that are given as logarithms, over the last axis: [batch, samples] -> [batch]. */
export const logMeanExp = (logWeights: Tensor): Tensor => sub(logSumExp(logWeights, -1), Math.log(logWeights.shape[logWeights.rank - 1]));

/** Validation metrics beside the loss, scalars and one value for each coding. */
export function latentMetrics(model: Latent, { x, q, output, klPerCoding }: ReturnType<typeof negativeElbo>) {
  const [batch, pixels] = [x.shape[0], sizeOf(x.shape.slice(1))];
  const decoded = reshape(model.mean(output), [batch, output.shape[0] / batch, pixels]);
  return {
    meanSquaredError: mean(square(sub(decoded, reshape(x, [batch, 1, pixels])))),
    klPerCoding,
    codingMean: mean(q.mean, 0),
    codingSquare: mean(square(q.mean), 0),
  };
}

/** From the means of `latentMetrics` over all validation examples. */
export function assessLatent({ klPerCoding, codingMean, codingSquare }: Readonly<Record<string, ArrayLike<number>>>): Assessment {
  const active = activeUnits(codingMean, codingSquare);
  return { metrics: { activeUnits: active }, details: { klPerCoding: Array.from(klPerCoding) }, warnings: collapseWarnings(active, codingMean.length) };
}

export function latentAbilities(model: Latent): Abilities {
  const mode = inferenceMode();
  const given = (batch: number) => {
    const inputs = model.examples(batch);
    return { inputs, seen: { ...inputs, x: model.likeliest(inputs.x) } };
  };
  const conditions = (batch: number) => {
    const { labels } = model.examples(batch);
    return labels && { labels };
  };
  return {
    reconstruct(batch) {
      const { inputs, seen } = given(batch);
      return { inputs, outputs: { reconstruction: model.images(model.decode(model.posterior(seen, mode).mean, inputs.labels, mode)) } };
    },
    encode(batch) {
      const { inputs, seen } = given(batch);
      return { inputs, outputs: { codings: model.posterior(seen, mode).mean } };
    },
    decode(batch) {
      const [codings, condition] = [input("codings", [batch, model.size]), conditions(batch)];
      return { inputs: { codings, ...condition }, outputs: { images: model.images(model.decode(codings, condition?.labels, mode)) } };
    },
    sample(batch) {
      const condition = conditions(batch);
      return { inputs: { ...condition }, outputs: { samples: model.images(model.decode(noise.normal([batch, model.size]), condition?.labels, mode)) } };
    },
    logLikelihood(batch, samples = 50) {
      const inputs = model.examples(batch);
      const q = model.posterior(inputs, mode);
      return { inputs, outputs: { logLikelihood: logMeanExp(logWeights(model, inputs, q, samples, mode)) } };
    },
    ...(model.binary && {
      binarize(batch: number) {
        const { x } = model.examples(batch);
        return { inputs: { x }, outputs: { binarized: model.observed(x) } };
      },
    }),
  };
}
