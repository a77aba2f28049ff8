/**
 * What all GANs share: Goodfellow et al., "Generative Adversarial Nets" (2014). A generator makes examples of codings drawn from N(0, I); a discriminator
 * learns to tell them from real ones, and the generator to pass for real. Remedies for what goes wrong are options of every model.
 */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { categoricalCrossEntropyWithLogits } from "../nn/index.js";
import { inferenceMode, trainingMode, type Mode } from "../nn/module.js";
import { add, cast, clip, greater, input, less, mean, mul, noise, stopGradient, sub, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { adversarialLosses, type AdversarialLossName } from "./adversarial-losses.js";
import { annealing } from "./annealing.js";
import { coverage, totalVariance } from "./coverage.js";
import { augmentation, augmentationNames } from "./differentiable-augmentation.js";
import { interpolatedPenalty, realPenalty } from "./gradient-penalties.js";
import type { Assessment, BuiltModel, MetricPanel, Objective, Phase } from "./model.js";
import { replay } from "./replay.js";

const lossNames = Object.keys(adversarialLosses) as [AdversarialLossName, ...AdversarialLossName[]];

/** Options of every GAN. */
export const adversarialOptions = {
  loss: z.enum(lossNames).default("non-saturating").describe("what the two networks minimize"),
  criticSteps: z.int().min(1).default(1).describe("steps of the discriminator for each one of the generator"),
  discriminatorRate: z.number().positive().default(1).describe("learning rate of the discriminator, as a multiple of the generator's (two time-scale update rule, Heusel et al. 2017)"),
  penalty: z.enum(["none", "gradient", "r1"]).default("none").describe("penalty on the discriminator's slope: WGAN-GP's between real and made examples, or R1 at real ones"),
  penaltyWeight: z.number().positive().optional().describe("its weight; when left out 10, and 0.1 for R1, whose best falls with the size of the images"),
  penaltyEvery: z.int().min(1).optional().describe("steps of the discriminator from one with the penalty, of so many times its weight, to the next (lazy regularization, Karras et al. 2020); 1 when left out"),
  clipWeights: z.number().positive().optional().describe("largest weight of the discriminator, either sign (Arjovsky et al. 2017: 0.01)"),
  labelSmoothing: z.number().min(0).max(0.5).default(0).describe("share by which the target of real examples is below 1 (Salimans et al. 2016: 0.1)"),
  instanceNoise: z.number().min(0).default(0).describe("standard deviation of noise on all that the discriminator sees (Sønderby et al. 2017)"),
  instanceNoiseSteps: z.int().min(1).default(10_000).describe("steps in which that noise fades away"),
  augment: z.array(z.enum(augmentationNames)).default([]).describe("differentiable augmentations of all that the discriminator sees (Zhao et al. 2020): color, translation, cutout"),
  replay: z.int().min(0).default(0).describe("made examples that are kept to be shown to the discriminator again (experience replay); 1000 is usual"),
};
export type AdversarialOptions = z.output<z.ZodObject<typeof adversarialOptions>>;

/** Gulrajani et al. 2017, and for R1 what images of 28 x 28 want: Karras et al. (2020, "Training GANs with Limited Data", appendix C) let it fall with the number of pixels. */
const usualWeights = { none: 0, gradient: 10, r1: 0.1 } as const;

/** What a discriminator says about a batch. */
export interface Verdict {
  /** [batch, 1]: the higher, the more real. */
  readonly logits: Tensor;
  /** [batch, classes] of an auxiliary classifier. */
  readonly classLogits?: Tensor;
}

export interface Adversaries {
  /** Of one example. */
  readonly shape: Shape;
  /** Number of codings. */
  readonly size: number;
  /** Number of classes that both networks are told. */
  readonly classes?: number | undefined;
  readonly generator: {
    readonly parameters: readonly Variable[];
    readonly statistics: readonly Variable[];
    readonly apply: (codings: Tensor, mode: Mode, labels?: Tensor) => Tensor;
    /** What is added to the generator's loss beside what the discriminator says. */
    readonly penalty?: ((batch: number, mode: Mode) => Tensor) | undefined;
  };
  readonly discriminator: { readonly parameters: readonly Variable[]; readonly statistics: readonly Variable[]; readonly apply: (x: Tensor, mode: Mode, labels?: Tensor) => Verdict };
}

const share = (condition: Tensor): Tensor => mean(cast(condition, "float32"));

/** A model of two networks that train in turn. Throws a UsageError for options that contradict each other. */
export function adversarialModel({ shape, size, classes, generator, discriminator }: Adversaries, options: AdversarialOptions): BuiltModel {
  const { loss: lossName, penalty, penaltyWeight = usualWeights[options.penalty], penaltyEvery = 1, clipWeights, labelSmoothing, criticSteps, discriminatorRate } = options;
  const losses = adversarialLosses[lossName];
  const { threshold } = losses;
  if (labelSmoothing > 0 && !losses.smooths) throw new UsageError(`The loss ${lossName} has no labels to smooth`, "Leave out --label-smoothing, or use another loss.");
  if (penalty === "none" && options.penaltyWeight !== undefined) throw new UsageError("There is no penalty for the penalty weight", "Name one: --penalty gradient or --penalty r1.");
  if (penalty === "none" && options.penaltyEvery !== undefined) throw new UsageError("There is no penalty to be lazy with", "Name one: --penalty gradient or --penalty r1.");
  const fading = annealing("instanceNoise", options.instanceNoise > 0 ? options.instanceNoiseSteps : 0);
  const augment = augmentation(options.augment, shape);
  const earlier = replay(options.replay, shape, classes !== undefined);

  const codings = (batch: number): Tensor => noise.normal([batch, size]);
  const labelsOf = (batch: number): { readonly labels?: Tensor } => (classes === undefined ? {} : { labels: input("labels", [batch], "int32") });
  const disturbed = (x: Tensor): Tensor => (options.instanceNoise > 0 ? add(x, mul(mul(noise.normal(x.shape), options.instanceNoise), sub(1, fading.value))) : x);
  /** All that the discriminator is trained on, real or made, passes through here. */
  const shown = (x: Tensor): Tensor => augment(disturbed(x));

  /** Cross-entropy of the auxiliary classifier (Odena et al. 2017, equation 3), where there is one. */
  const classError = ({ classLogits }: Verdict, labels: Tensor | undefined): Tensor | number => (classLogits && labels ? categoricalCrossEntropyWithLogits(classLogits, labels) : 0);

  /** The discriminator's objective with so many times the penalty. */
  function discriminatorObjective(batch: number, penalties: number): Objective {
    const [x, { labels }, mode] = [input("x", [batch, ...shape]), labelsOf(batch), trainingMode()];
    const fresh = stopGradient(generator.apply(codings(batch), mode, labels));
    const past = earlier.mix(fresh, labels, mode.updates);
    const [real, made] = [discriminator.apply(shown(x), mode, labels), discriminator.apply(shown(past.made), mode, past.labels)];
    const told = add(losses.discriminator(real.logits, made.logits, labelSmoothing), classError(real, labels));
    const slope = (): Tensor => (penalty === "r1" ? realPenalty(real.logits, x) : interpolatedPenalty((between) => discriminator.apply(between, mode, labels).logits, x, past.made));
    const held = penalty !== "none" && penalties > 0 ? mul(penaltyWeight, slope()) : undefined;
    return {
      inputs: { x, ...(labels && { labels }) },
      loss: held ? add(told, mul(penalties, held)) : told,
      metrics: { discriminatorLoss: told, ...(held && { slopePenalty: held }), realAccuracy: share(greater(real.logits, threshold)), madeAccuracy: share(less(made.logits, threshold)) },
      updates: new Map([...mode.updates, ...fading.updates]),
    };
  }

  const discriminating: Phase = {
    name: "discriminator",
    parameters: discriminator.parameters,
    learningRateFactor: discriminatorRate,
    averaged: false,
    gradientNorm: true,
    ...(clipWeights !== undefined && { constrain: (updated: Tensor) => clip(updated, -clipWeights, clipWeights) }),
    objective: (batch) => discriminatorObjective(batch, penaltyEvery === 1 ? 1 : 0),
    // An optimizer of its own that divides by the size of gradients, as Adam, would undo the weight: it has the discriminator's (Karras et al. 2020, appendix B).
    ...(penaltyEvery > 1 && { lazily: { every: penaltyEvery, objective: (batch: number) => discriminatorObjective(batch, penaltyEvery) } }),
  };

  const generating: Phase = {
    name: "generator",
    parameters: generator.parameters,
    every: criticSteps,
    gradientNorm: true,
    objective(batch) {
      const [{ labels }, mode] = [labelsOf(batch), trainingMode()];
      const made = generator.apply(codings(batch), mode, labels);
      const verdict = discriminator.apply(shown(made), mode, labels);
      // The discriminator only judges: what it keeps count of is not for this phase.
      for (const statistic of discriminator.statistics) mode.updates.delete(statistic);
      const fooled = add(losses.generator(verdict.logits), classError(verdict, labels));
      const loss = add(fooled, generator.penalty?.(batch, mode) ?? 0);
      return { inputs: { ...(labels && { labels }) }, loss, metrics: { generatorLoss: fooled }, updates: mode.updates };
    },
  };

  return {
    variables: [...generator.parameters, ...generator.statistics, ...discriminator.parameters, ...discriminator.statistics, ...fading.variables, ...earlier.variables],
    stages: [{ name: "adversarial", phases: [discriminating, generating], panels }],
    best: "newest",
    codings: "normal",
    validation(batch) {
      const [x, { labels }, mode] = [input("x", [batch, ...shape]), labelsOf(batch), inferenceMode()];
      const samples = generator.apply(codings(batch), mode, labels);
      const [real, made] = [discriminator.apply(x, mode, labels), discriminator.apply(samples, mode, labels)];
      const outputs = {
        coverage: coverage(x, samples),
        discriminatorLoss: losses.discriminator(real.logits, made.logits, 0),
        generatorLoss: losses.generator(made.logits),
        realAccuracy: share(greater(real.logits, threshold)),
        madeAccuracy: share(less(made.logits, threshold)),
        dataVariance: totalVariance(x),
        sampleVariance: totalVariance(samples),
      };
      return { inputs: { x, ...(labels && { labels }) }, outputs };
    },
    assess,
    abilities: {
      sample(batch) {
        const { labels } = labelsOf(batch);
        return { ...(labels && { inputs: { labels } }), outputs: { samples: generator.apply(codings(batch), inferenceMode(), labels) } };
      },
      decode(batch) {
        const [given, { labels }] = [input("codings", [batch, size]), labelsOf(batch)];
        return { inputs: { codings: given, ...(labels && { labels }) }, outputs: { images: generator.apply(given, inferenceMode(), labels) } };
      },
    },
  };
}

const panels: readonly MetricPanel[] = [
  { title: "losses", label: "loss", metrics: ["discriminatorLoss", "generatorLoss"] },
  { title: "what the discriminator tells right", label: "share of examples", metrics: ["realAccuracy", "madeAccuracy"] },
  { title: "validation examples that samples come near", label: "share of examples", metrics: ["coverage"] },
  { title: "lengths of the gradients", label: "norm", metrics: ["discriminatorGradientNorm", "generatorGradientNorm"] },
];

/** Modes that collapsed, or a discriminator that has won outright. */
function assess(means: Readonly<Record<string, Float64Array>>): Assessment {
  const [covered, ratio] = [means.coverage[0], means.sampleVariance[0] / means.dataVariance[0]];
  const warnings: string[] = [];
  const percent = (value: number): string => `${(100 * value).toFixed(0)}%`;
  if (covered < 0.1 || ratio < 0.25)
    warnings.push(`The modes have collapsed: samples are near ${percent(covered)} of the validation examples, and vary ${percent(ratio)} as much as these. Try --penalty r1, --minibatch discrimination where the model has it, or a smaller learning rate.`);
  if (means.realAccuracy[0] > 0.99 && means.madeAccuracy[0] > 0.99)
    warnings.push("The discriminator tells all made examples from real ones: the generator learns little from it. Try --penalty r1, --instance-noise 0.1, --augment translation, or a smaller --discriminator-rate.");
  return { warnings };
}
