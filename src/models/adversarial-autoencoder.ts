/**
 * The adversarial autoencoder of Makhzani et al., "Adversarial Autoencoders" (2016), with a deterministic encoder: a discriminator tells the encoder's codings from
 * draws of N(0, I), and the encoder learns to fool it, so that draws can be decoded.
 */
import { z } from "zod";
import { activations, Dense, sequential } from "../nn/index.js";
import { inferenceMode, trainingMode } from "../nn/module.js";
import { cast, clip, greater, input, less, mean, noise, square, stopGradient, sub, type Tensor } from "../tensor/index.js";
import { adversarialLosses, type AdversarialLossName } from "./adversarial-losses.js";
import { autoencoderModel, reconstructionObjective, type Autoencoder } from "./autoencoder.js";
import { latentOptions } from "./latent.js";
import type { Assessment, BuiltModel, MetricPanel, Model, Phase } from "./model.js";
import { imageDecoder, imageEncoder } from "./networks.js";

const { network, latentSize, hidden, channels, activation } = latentOptions;
const lossNames = Object.keys(adversarialLosses) as [AdversarialLossName, ...AdversarialLossName[]];
const options = z.strictObject({
  network,
  latentSize,
  hidden,
  channels,
  activation,
  discriminatorHidden: z.array(z.int().min(1)).default([256, 256]).describe("units of the discriminator's layers, from codings to the judgement"),
  loss: z.enum(lossNames).default("non-saturating").describe("what the discriminator and the encoder against it minimize"),
  regularization: z.number().positive().default(0.2).describe("learning rate of the discriminator and of the encoder against it, as a multiple of the autoencoder's"),
});

export const adversarialAutoencoder: Model<typeof options> = {
  name: "adversarial-autoencoder",
  title: "Adversarial autoencoder",
  summary: "An autoencoder whose codings a discriminator keeps like draws from a normal distribution, so that decoding a draw gives a new example.",
  paper: { authors: "Makhzani et al.", title: "Adversarial Autoencoders", year: 2016, url: "https://arxiv.org/abs/1511.05644" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "adam", learningRate: 1e-3, batchSize: 128, epochs: 20 },

  build({ discriminatorHidden, loss: lossName, regularization, latentSize: size, ...chosen }, { kind, shape }) {
    const design = { ...chosen, network: kind === "images" ? chosen.network : "dense", activation: activations[chosen.activation] } as const;
    const [encoder, decoder] = [imageEncoder(size, design)("encoder", shape), imageDecoder("decoder", size, shape, design)];
    const discriminator = sequential(...discriminatorHidden.map((units) => Dense(units, { activation: activations.relu })), Dense(1))("discriminator", [size]);
    const losses = adversarialLosses[lossName];
    const autoencoder: Autoencoder = {
      shape,
      size,
      parameters: [...encoder.parameters, ...decoder.parameters],
      encode: (x, mode) => encoder.apply(x, mode),
      decode: (codings, mode) => decoder.apply(codings, mode),
    };
    const judge = (codings: Tensor): Tensor => discriminator.apply(codings, inferenceMode());
    const drawn = (batch: number): Tensor => noise.normal([batch, size]);
    const share = (condition: Tensor): Tensor => mean(cast(condition, "float32"));

    const reconstructing: Phase = {
      name: "autoencoder",
      parameters: autoencoder.parameters,
      objective(batch) {
        const objective = reconstructionObjective(autoencoder, batch);
        return { ...objective, metrics: { meanSquaredError: objective.loss } };
      },
    };
    const discriminating: Phase = {
      name: "discriminator",
      parameters: discriminator.parameters,
      learningRateFactor: regularization,
      averaged: false,
      objective(batch) {
        const x = input("x", [batch, ...shape]);
        const [real, made] = [judge(drawn(batch)), judge(stopGradient(encoder.apply(x, trainingMode())))];
        const loss = losses.discriminator(real, made, 0);
        return { inputs: { x }, loss, metrics: { discriminatorLoss: loss, realAccuracy: share(greater(real, losses.threshold)), madeAccuracy: share(less(made, losses.threshold)) }, updates: new Map() };
      },
    };
    const regularizing: Phase = {
      name: "encoder",
      parameters: encoder.parameters,
      learningRateFactor: regularization,
      // The autoencoder's phase keeps those.
      averaged: false,
      objective(batch) {
        const x = input("x", [batch, ...shape]);
        const loss = losses.generator(judge(encoder.apply(x, trainingMode())));
        return { inputs: { x }, loss, metrics: { encoderLoss: loss }, updates: new Map() };
      },
    };

    const whole: BuiltModel = autoencoderModel(autoencoder);
    return {
      ...whole,
      variables: [...whole.variables, ...discriminator.parameters],
      stages: [{ name: "autoencoder", phases: [reconstructing, discriminating, regularizing], panels }],
      // Reconstructions are best where codings are still far from normal.
      best: "newest",
      codings: "normal",
      validation(batch) {
        const x = input("x", [batch, ...shape]);
        const codings = encoder.apply(x, inferenceMode());
        const [real, made] = [judge(drawn(batch)), judge(codings)];
        const meanSquaredError = mean(square(sub(decoder.apply(codings, inferenceMode()), x)));
        const accuracies = { realAccuracy: share(greater(real, losses.threshold)), madeAccuracy: share(less(made, losses.threshold)) };
        return { inputs: { x }, outputs: { meanSquaredError, discriminatorLoss: losses.discriminator(real, made, 0), ...accuracies, codingMean: mean(codings, 0), codingSquare: mean(square(codings), 0) } };
      },
      assess,
      abilities: { ...whole.abilities, sample: (batch) => ({ outputs: { samples: clip(decoder.apply(drawn(batch), inferenceMode()), 0, 1) } }) },
    };
  },
};

const panels: readonly MetricPanel[] = [
  { title: "reconstructions", label: "mean squared error", metrics: ["meanSquaredError"] },
  { title: "losses of the game over the codings", label: "loss", metrics: ["discriminatorLoss", "encoderLoss"] },
  { title: "what the discriminator tells right: draws and codings", label: "share", metrics: ["realAccuracy", "madeAccuracy"] },
];

/** Mean and variance of the codings, 0 and 1 for those of N(0, I); a warning where the discriminator still tells them from draws. */
function assess({ codingMean, codingSquare, realAccuracy, madeAccuracy }: Readonly<Record<string, Float64Array>>): Assessment {
  const average = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const metrics = { codingOffset: Math.sqrt(average(codingMean.map((value) => value ** 2))), codingVariance: average(codingSquare.map((value, i) => value - codingMean[i] ** 2)) };
  const told = realAccuracy[0] > 0.9 && madeAccuracy[0] > 0.9;
  return { metrics, warnings: told ? ["The discriminator tells codings from draws of N(0, I): samples decode what no example is like. Try more epochs, a larger --regularization, or fewer codings."] : [] };
}
