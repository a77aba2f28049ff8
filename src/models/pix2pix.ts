/** Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks" (2017): a U-Net learns from pairs, with a discriminator that judges patches. */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { meanAbsoluteError } from "../nn/index.js";
import { inferenceMode, trainingMode, type Mode } from "../nn/module.js";
import { add, cast, concat, greater, less, mean, mul, stopGradient, tanh, type Tensor } from "../tensor/index.js";
import { adversarialLosses, type AdversarialLossName } from "./adversarial-losses.js";
import type { Model, Phase } from "./model.js";
import { mostLevels, patchDiscriminator, uNet } from "./translation-networks.js";
import { halvesOf, requireAddable, translating, translationQuality } from "./translation.js";

const lossNames = Object.keys(adversarialLosses) as [AdversarialLossName, ...AdversarialLossName[]];

const options = z.strictObject({
  channels: z.int().min(1).default(64).describe("channels of the first level of the U-Net, doubled from level to level, up to eight times as many"),
  levels: z.int().min(1).optional().describe("how often the U-Net halves the image; as often as leaves 2 x 2 pixels when left out. Where it is given, the trained model takes larger pictures too"),
  normalization: z.enum(["batch", "instance", "none"]).default("batch").describe("normalization within both networks; none suits super-resolution"),
  dropout: z.number().min(0).lt(1).default(0.5).describe("share of the values that the first levels of the way back lose in training"),
  residual: z.boolean().default(false).describe("learn what to add to the source, as suits super-resolution and colouring: the source needs as many channels as the target, or is grey"),
  discriminatorChannels: z.int().min(1).default(64).describe("channels of the discriminator's first layer"),
  loss: z.enum(lossNames).default("non-saturating").describe("what the two networks minimize against each other"),
  adversarialWeight: z.number().min(0).default(1).describe("weight of that loss for the U-Net; 0: no discriminator, the absolute error alone"),
  l1Weight: z.number().min(0).default(100).describe("weight of the mean absolute error, for pixels in [-1, 1]"),
});

export const pix2pix: Model<typeof options> = {
  name: "pix2pix",
  title: "pix2pix",
  summary: "Learns from pairs to translate images: enlarge, colour, or redraw them in another style.",
  paper: { authors: "Isola et al.", title: "Image-to-Image Translation with Conditional Adversarial Networks", year: 2017, url: "https://arxiv.org/abs/1611.07004" },
  options,
  accepts: { kinds: ["pairs"], range: [-1, 1] },
  lossLabel: "mean absolute error",
  recipe: { optimizer: "adam", learningRate: 2e-4, beta1: 0.5, batchSize: 16, epochs: 20 },

  build({ channels, levels, normalization, dropout, residual, discriminatorChannels, loss: lossName, adversarialWeight, l1Weight }, spec) {
    const { source, target, unpaired, pairs } = halvesOf(spec);
    if (unpaired) throw new UsageError("pix2pix learns from pairs, and these images are not paired", "Use cycle-gan.");
    if (residual) requireAddable(source[0], target[0]);
    if (adversarialWeight === 0 && l1Weight === 0) throw new UsageError("Both weights are 0: there is nothing to learn", "Leave one of them out.");
    const most = mostLevels(source);
    if (levels !== undefined && levels > most) throw new UsageError(`Images of ${source[2]} x ${source[1]} cannot be halved ${levels} times`, `Use at most ${most} levels.`);

    const generator = uNet("generator", source, target[0], { channels, levels: levels ?? most, normalization, dropout });
    const discriminator = patchDiscriminator("discriminator", [source[0] + target[0], source[1], source[2]], discriminatorChannels, normalization);
    const losses = adversarialLosses[lossName];
    const generate = (from: Tensor, mode: Mode): Tensor => (residual ? add(from, generator.apply(from, mode)) : tanh(generator.apply(from, mode)));
    /** One logit for each patch of the target, beside its source. */
    const judge = (from: Tensor, to: Tensor, mode: Mode): Tensor => discriminator.apply(concat([from, to], 1), mode);
    const share = (condition: Tensor): Tensor => mean(cast(condition, "float32"));

    const discriminating: Phase = {
      name: "discriminator",
      parameters: discriminator.parameters,
      averaged: false,
      objective(batch) {
        const [{ x, from, to }, mode] = [pairs(batch), trainingMode()];
        const made = stopGradient(generate(from, mode));
        const [real, fake] = [judge(from, to, mode), judge(from, made, mode)];
        // Halved, so that it learns more slowly than the generator (section 3.3).
        const loss = mul(0.5, losses.discriminator(real, fake, 0));
        return {
          inputs: { x },
          loss,
          metrics: { discriminatorLoss: loss, realAccuracy: share(greater(real, losses.threshold)), madeAccuracy: share(less(fake, losses.threshold)) },
          updates: mode.updates,
        };
      },
    };

    const generating: Phase = {
      name: "generator",
      parameters: generator.parameters,
      objective(batch) {
        const [{ x, from, to }, mode] = [pairs(batch), trainingMode()];
        const made = generate(from, mode);
        const error = meanAbsoluteError(made, to);
        const absolute = mul(l1Weight, error);
        // Half of it, for pixels in [0, 1], as validation has it.
        const metrics = { meanAbsoluteError: mul(0.5, error) };
        if (adversarialWeight === 0) return { inputs: { x }, loss: absolute, metrics, updates: mode.updates };
        const adversarialLoss = losses.generator(judge(from, made, mode));
        // The discriminator only judges: what it keeps count of is not for this phase.
        for (const statistic of discriminator.statistics) mode.updates.delete(statistic);
        return { inputs: { x }, loss: add(absolute, mul(adversarialWeight, adversarialLoss)), metrics: { ...metrics, adversarialLoss }, updates: mode.updates };
      },
    };

    const adversaries = adversarialWeight > 0 ? [discriminator] : [];
    return {
      variables: [generator, ...adversaries].flatMap(({ parameters, statistics }) => [...parameters, ...statistics]),
      stages: [{ name: "translation", phases: [...(adversarialWeight > 0 ? [discriminating] : []), generating] }],
      validation(batch) {
        const { x, from, to } = pairs(batch);
        return { inputs: { x }, outputs: translationQuality(generate(from, inferenceMode()), from, to) };
      },
      abilities: { translate: translating(source, (x) => generate(x, inferenceMode())) },
    };
  },
};
