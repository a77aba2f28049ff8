/**
 * The variational autoencoder of Kingma & Welling, "Auto-Encoding Variational Bayes" (2014). Equation numbers are theirs.
 *
 * q(z|x) is a diagonal normal whose mean and log-variance the encoder gives, the prior p(z) is N(0, I), and p(x|z) is
 * Bernoulli or normal around what the decoder gives. Training maximizes the evidence lower bound (ELBO).
 */
import { z } from "zod";
import { inferenceMode, trainingMode } from "../nn/module.js";
import { add, maximum, mul, sum, type Tensor, type Variable } from "../tensor/index.js";
import { annealing } from "./annealing.js";
import { assessLatent, latent, latentAbilities, latentMetrics, latentOptions, negativeElbo, type Latent } from "./latent.js";
import { oneStage, type BuiltModel, type Model } from "./model.js";

export const variationalOptions = {
  ...latentOptions,
  beta: z.number().min(0).default(1).describe("weight of the KL term (Higgins et al. 2017); 1 is the ELBO"),
  annealing: z.int().min(0).default(0).describe("steps over which the weight of the KL term rises in a line from 0 to beta (Bowman et al. 2016)"),
  freeBits: z.number().min(0).default(0).describe("nats of KL per coding that are not penalized (Kingma et al. 2016)"),
  samples: z.int().min(1).max(1024).default(1).describe("latent samples per image, L in the paper"),
};
const options = z.strictObject(variationalOptions);

/** Trains a model's evidence lower bound; what a variational autoencoder does, conditional or not. */
export function variationalModel(model: Latent, { beta, freeBits, samples, ...rest }: z.output<typeof options>): BuiltModel {
  const weight = annealing("annealing", rest.annealing);

  /** Equation 10 with weights of its parts: reconstruction + weight * KL, beyond the free bits of each coding. */
  function weighted({ reconstruction, klPerCoding, kl }: ReturnType<typeof negativeElbo>, klWeight: Tensor | number): Tensor {
    return add(reconstruction, mul(klWeight, freeBits > 0 ? sum(maximum(klPerCoding, freeBits)) : kl));
  }

  return {
    variables: [...model.variables, ...weight.variables],
    stages: oneStage({
      name: "autoencoder",
      parameters: model.parameters,
      objective(batch) {
        const [inputs, mode] = [model.examples(batch), trainingMode()];
        const bound = negativeElbo(model, inputs, samples, mode);
        const updates = new Map<Variable, Tensor>([...mode.updates, ...weight.updates]);
        return { inputs, loss: weighted(bound, mul(beta, weight.value)), metrics: { reconstruction: bound.reconstruction, kl: bound.kl }, updates };
      },
    }),
    validation(batch) {
      const inputs = model.examples(batch);
      const bound = negativeElbo(model, inputs, samples, inferenceMode());
      return { inputs, outputs: { loss: weighted(bound, beta), reconstruction: bound.reconstruction, kl: bound.kl, ...latentMetrics(model, bound) } };
    },
    assess: assessLatent,
    codings: "normal",
    abilities: latentAbilities(model),
  };
}

export const variational: Model<typeof options> = {
  name: "variational",
  title: "Variational autoencoder",
  summary: "Learns codings that follow a normal distribution, so that decoding a random coding gives a new example.",
  paper: { authors: "Kingma & Welling", title: "Auto-Encoding Variational Bayes", year: 2014, url: "https://arxiv.org/abs/1312.6114" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "negative ELBO (nats per image)",
  recipe: { optimizer: "adam", learningRate: 1e-3, batchSize: 128, epochs: 10 },
  build: (chosen, { kind, shape }) => variationalModel(latent({ ...chosen, network: kind === "images" ? chosen.network : "dense" }, shape), chosen),
};
