/**
 * The sparse autoencoder: more codings than are needed, most of them near 0 for any one example. Two penalties do that: the l1 norm
 * of an example's codings, or the Kullback-Leibler divergence of each unit's mean activity from a small target (Ng, "Sparse
 * Autoencoder", CS294A lecture notes, 2011, section 3).
 */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { inferenceMode, klDivergenceBernoulli } from "../nn/index.js";
import { abs, add, cast, less, max, mean, mul, neg, sum, type Tensor } from "../tensor/index.js";
import { autoencoderModel, type Autoencoder } from "./autoencoder.js";
import type { Model } from "./model.js";
import { denseDecoder, denseEncoder, denseOptions } from "./stacked.js";

const options = z.strictObject({
  ...denseOptions,
  latentSize: denseOptions.latentSize.unwrap().default(300).describe("number of codings"),
  codingActivation: denseOptions.codingActivation.unwrap().default("sigmoid").describe("activation of the codings"),
  penalty: z.enum(["l1", "kl"]).default("kl").describe("l1: sum of an example's absolute codings; kl: divergence of the units' mean activity over a batch from the target, for sigmoid codings"),
  weight: z.number().min(0).default(1.5e-4).describe("of the penalty beside the mean squared error"),
  target: z.number().gt(0).lt(1).default(0.1).describe("mean activity that kl asks of each unit"),
});

/** A unit whose codings all lie within this of each other says nothing about the examples. */
const DEAD = 0.01;

/** Metrics of codings [batch, size]: their mean, and the number of units that are dead on this batch. */
function activityOf(codings: Tensor) {
  const spread = add(max(codings, 0), max(neg(codings), 0));
  return { meanActivity: mean(codings), deadUnits: sum(cast(less(spread, DEAD), "float32")) };
}

export const sparse: Model<typeof options> = {
  name: "sparse",
  title: "Sparse autoencoder",
  summary: "Describes each example by the few of many codings that are active for it.",
  paper: { authors: "Ng", title: "Sparse Autoencoder (CS294A lecture notes)", year: 2011, url: "https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error + penalty",
  recipe: { optimizer: "nadam", learningRate: 1e-3, batchSize: 32, epochs: 10 },

  build({ hidden, latentSize, activation, codingActivation, codingBias, penalty, weight, target }, { shape }) {
    if (penalty === "kl" && codingActivation !== "sigmoid")
      throw new UsageError(`sparse: the penalty kl compares rates in [0, 1], which ${codingActivation} codings are not`, "Use --coding-activation sigmoid, or --penalty l1.");
    const encoder = denseEncoder([...hidden, latentSize], activation, codingActivation, codingBias)("encoder", shape);
    const decoder = denseDecoder(hidden, activation, shape)("decoder", [latentSize]);
    /** Summed over the units, averaged over the batch. */
    const sparsity = {
      l1: (codings: Tensor) => mean(sum(abs(codings), 1)),
      kl: (codings: Tensor) => sum(klDivergenceBernoulli(target, mean(codings, 0))),
    }[penalty];
    const encode: Autoencoder["encode"] = (x, mode) => encoder.apply(x, mode);
    const model = autoencoderModel({
      shape,
      size: latentSize,
      parameters: [...encoder.parameters, ...decoder.parameters],
      encode,
      decode: (codings, mode) => decoder.apply(codings, mode),
      penalty: (codings) => ({ penalty: mul(weight, sparsity(codings)) }),
    });
    return {
      ...model,
      validation(batch) {
        const program = model.validation(batch);
        return { ...program, outputs: { ...program.outputs, ...activityOf(encode(program.inputs!.x, inferenceMode())) } };
      },
    };
  },
};
