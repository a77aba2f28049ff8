/**
 * Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks" (2017): of images of two kinds that are not paired, a network
 * for each direction learns to make the one look like the other, such that there and back again leads to the image itself.
 */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { meanAbsoluteError } from "../nn/index.js";
import { inferenceMode, trainingMode } from "../nn/module.js";
import { add, mul, stopGradient, tanh, type Tensor, type Variable } from "../tensor/index.js";
import { adversarialLosses } from "./adversarial-losses.js";
import type { Model, Phase } from "./model.js";
import { replay } from "./replay.js";
import { patchDiscriminator, residualNetwork } from "./translation-networks.js";
import { backQuality, halvesOf, translating, translationQuality } from "./translation.js";

const options = z.strictObject({
  channels: z.int().min(1).default(32).describe("channels of both generators' first layer (Zhu et al. 2017: 64)"),
  blocks: z.int().min(1).default(6).describe("residual blocks of both generators (6, and 9 for images of 256 x 256)"),
  discriminatorChannels: z.int().min(1).default(64).describe("channels of both discriminators' first layer"),
  cycleWeight: z.number().min(0).default(10).describe("weight of the absolute error of an image that was translated there and back"),
  identityWeight: z.number().min(0).optional().describe("weight of the change of an image that is already of the wanted kind; left out: 5 where both kinds have as many channels, else 0"),
  pool: z.int().min(0).default(50).describe("made images of each kind that are kept to be shown to the discriminators again; takes batches of two and more"),
});

export const cycleGan: Model<typeof options> = {
  name: "cycle-gan",
  title: "CycleGAN",
  summary: "Learns to translate between two kinds of images without pairs, in both directions.",
  paper: { authors: "Zhu et al.", title: "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", year: 2017, url: "https://arxiv.org/abs/1703.10593" },
  options,
  accepts: { kinds: ["pairs"], range: [-1, 1] },
  lossLabel: "mean absolute error, there and back",
  recipe: { optimizer: "adam", learningRate: 2e-4, beta1: 0.5, batchSize: 4, epochs: 20 },

  build({ channels, blocks, discriminatorChannels, cycleWeight, pool, ...given }, spec) {
    const { source, target, unpaired, pairs } = halvesOf(spec);
    const alike = source[0] === target[0];
    const identityWeight = given.identityWeight ?? (alike ? 5 : 0);
    if (identityWeight > 0 && !alike) throw new UsageError(`An image of ${source[0]} channels cannot stay the same with ${target[0]}`, "Leave --identity-weight out.");

    const design = { channels, blocks };
    const there = residualNetwork("there", source, target[0], design);
    const back = residualNetwork("back", target, source[0], design);
    const judges = { source: patchDiscriminator("sourceDiscriminator", source, discriminatorChannels, "instance"), target: patchDiscriminator("targetDiscriminator", target, discriminatorChannels, "instance") };
    const pools = { source: replay(pool, source, false, "sourcePool"), target: replay(pool, target, false, "targetPool") };
    const losses = adversarialLosses["least-squares"];
    // Instance normalization keeps no statistics: training and inference are one.
    const mode = inferenceMode();
    const translate = (x: Tensor): Tensor => tanh(there.apply(x, mode));
    const translateBack = (y: Tensor): Tensor => tanh(back.apply(y, mode));

    const discriminating: Phase = {
      name: "discriminators",
      parameters: [...judges.source.parameters, ...judges.target.parameters],
      averaged: false,
      objective(batch) {
        const [{ x, from, to }, { updates }] = [pairs(batch), trainingMode()];
        const lossOf = (kind: "source" | "target", real: Tensor, made: Tensor): Tensor => {
          const shown = pools[kind].mix(stopGradient(made), undefined, updates).made;
          return losses.discriminator(judges[kind].apply(real, mode), judges[kind].apply(shown, mode), 0);
        };
        const loss = add(lossOf("source", from, translateBack(to)), lossOf("target", to, translate(from)));
        return { inputs: { x }, loss, metrics: { discriminatorLoss: loss }, updates };
      },
    };

    const generating: Phase = {
      name: "generators",
      parameters: [...there.parameters, ...back.parameters],
      objective(batch) {
        const { x, from, to } = pairs(batch);
        const [translated, translatedBack] = [translate(from), translateBack(to)];
        // E[(D - 1)^2] (equation 1 with section 4's least squares): twice what the table of losses halves.
        const adversarialLoss = mul(2, add(losses.generator(judges.target.apply(translated, mode)), losses.generator(judges.source.apply(translatedBack, mode))));
        const cycle = cycleLoss(from, translateBack(translated), to, translate(translatedBack));
        const identity = identityWeight > 0 ? add(meanAbsoluteError(translate(to), to), meanAbsoluteError(translateBack(from), from)) : undefined;
        return {
          inputs: { x },
          loss: add(add(adversarialLoss, mul(cycleWeight, cycle)), identity ? mul(identityWeight, identity) : 0),
          metrics: { cycleError: mul(0.25, cycle), adversarialLoss, ...(identity && { identityError: mul(0.25, identity) }) },
          updates: new Map<Variable, Tensor>(),
        };
      },
    };

    return {
      variables: [there, back, judges.source, judges.target].flatMap(({ parameters }) => parameters).concat(pools.source.variables, pools.target.variables),
      stages: [{ name: "translation", phases: [discriminating, generating] }],
      best: "newest",
      validation(batch) {
        const { x, from, to } = pairs(batch);
        const [translated, translatedBack] = [translate(from), translateBack(to)];
        const cycleError = mul(0.25, cycleLoss(from, translateBack(translated), to, translate(translatedBack)));
        return { inputs: { x }, outputs: { cycleError, ...(unpaired ? {} : { ...translationQuality(translated, from, to), ...backQuality(translatedBack, from) }) } };
      },
      abilities: { translate: translating(source, translate), translateBack: translating(target, translateBack) },
    };
  },
};

/** Equation 2: the absolute errors of both kinds, there and back; a quarter of it is their mean for pixels in [0, 1]. */
const cycleLoss = (from: Tensor, fromAgain: Tensor, to: Tensor, toAgain: Tensor): Tensor => add(meanAbsoluteError(fromAgain, from), meanAbsoluteError(toAgain, to));
