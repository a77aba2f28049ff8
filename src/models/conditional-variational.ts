/**
 * The conditional variational autoencoder of Sohn, Lee & Yan, "Learning Structured Output Representation using Deep Conditional
 * Generative Models" (2015): encoder and decoder are told the label, so that the codings need to hold only what it does not say.
 * The codings are taken to be independent of the label, p(z|y) = N(0, I), which they name as the simpler of two priors.
 */
import { z } from "zod";
import { latent } from "./latent.js";
import { classesOf, type Model } from "./model.js";
import { variationalModel, variationalOptions } from "./variational.js";

const options = z.strictObject(variationalOptions);

export const conditionalVariational: Model<typeof options> = {
  name: "conditional-variational",
  title: "Conditional variational autoencoder",
  summary: "A variational autoencoder that is told each example's class, and makes new examples of the class that is asked for.",
  paper: { authors: "Sohn, Lee & Yan", title: "Learning Structured Output Representation using Deep Conditional Generative Models", year: 2015, url: "https://papers.nips.cc/paper/5775-learning-structured-output-representation-using-deep-conditional-generative-models" },
  options,
  accepts: { kinds: ["images"], range: [0, 1] },
  lossLabel: "negative ELBO (nats per image)",
  recipe: { optimizer: "adam", learningRate: 1e-3, batchSize: 128, epochs: 10 },
  build: (chosen, spec) => variationalModel(latent(chosen, spec.shape, classesOf(spec, "conditional-variational")), chosen),
};
