/**
 * The importance weighted autoencoder of Burda, Grosse & Salakhutdinov (2016): the networks of a variational autoencoder, trained on a
 * tighter bound of log p(x), which k samples of the codings make together. Equation numbers are theirs.
 */
import { z } from "zod";
import { inferenceMode, trainingMode } from "../nn/module.js";
import { mean, neg, type Tensor } from "../tensor/index.js";
import { assessLatent, latent, latentAbilities, latentMetrics, latentOptions, logMeanExp, logWeights, negativeElbo, type Batch } from "./latent.js";
import { oneStage, type Model } from "./model.js";

const options = z.strictObject({
  ...latentOptions,
  k: z.int().min(1).max(1024).default(5).describe("samples of the codings per image that make the bound; 1 is the ELBO"),
});

export const importanceWeighted: Model<typeof options> = {
  name: "importance-weighted",
  title: "Importance weighted autoencoder",
  summary: "A variational autoencoder trained on a tighter bound of the likelihood, from several samples of the codings at once.",
  paper: { authors: "Burda, Grosse & Salakhutdinov", title: "Importance Weighted Autoencoders", year: 2016, url: "https://arxiv.org/abs/1509.00519" },
  options,
  accepts: { kinds: ["images"], range: [0, 1] },
  lossLabel: "negative IWAE bound (nats per image)",
  recipe: { optimizer: "adam", learningRate: 1e-3, batchSize: 128, epochs: 10 },

  build({ k, ...chosen }, { shape }) {
    const model = latent(chosen, shape);
    /** -L_k = -log of the mean of k importance weights (equation 8), of examples as they are observed. */
    const negativeBound = (seen: Batch, mode = inferenceMode()): Tensor => neg(mean(logMeanExp(logWeights(model, seen, model.posterior(seen, mode), k, mode))));

    return {
      variables: model.variables,
      stages: oneStage({
        name: "autoencoder",
        parameters: model.parameters,
        objective(batch) {
          const [inputs, mode] = [model.examples(batch), trainingMode()];
          return { inputs, loss: negativeBound({ x: model.observed(inputs.x) }, mode), metrics: {}, updates: mode.updates };
        },
      }),
      validation(batch) {
        const inputs = model.examples(batch);
        const bound = negativeElbo(model, inputs, 1, inferenceMode());
        return { inputs, outputs: { loss: negativeBound({ x: bound.x }), reconstruction: bound.reconstruction, kl: bound.kl, ...latentMetrics(model, bound) } };
      },
      assess: assessLatent,
      codings: "normal",
      abilities: latentAbilities(model),
    };
  },
};
