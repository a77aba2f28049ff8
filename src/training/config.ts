/** How to train: everything that, with the model, the data and the engine, decides what a run computes. */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { cosineDecay, exponentialDecay, optimizers, warmUp, type LearningRate, type Optimizer, type OptimizerName } from "../optimizers/index.js";

const optimizerNames = Object.keys(optimizers) as [OptimizerName, ...OptimizerName[]];

const schedule = z.strictObject({
  kind: z.enum(["constant", "cosine", "exponential"]).default("constant").describe("how the learning rate changes"),
  warmUpSteps: z.int().min(0).default(0).describe("steps in which it rises in a line from 0"),
  minimum: z.number().min(0).default(0).describe("where a cosine ends"),
  decay: z.number().positive().max(1).default(0.5).describe("factor of an exponential decay"),
  decaySteps: z.int().min(1).default(1000).describe("steps in which an exponential decay falls by its factor"),
});

const optimizer = z.strictObject({
  name: z.enum(optimizerNames).default("adam").describe("optimizer"),
  learningRate: z.number().positive().default(1e-3).describe("learning rate"),
  epsilon: z.number().positive().optional().describe("small number that keeps steps finite; the optimizer's own when left out"),
  momentum: z.number().min(0).lt(1).optional().describe("sgd, rmsprop: share of the velocity that is kept from step to step; 0 when left out, 0.9 is usual"),
  beta1: z.number().min(0).lt(1).optional().describe("adam, adamw, nadam: share of the mean gradient that is kept from step to step; 0.9 when left out, GANs often want 0.5 or 0"),
  beta2: z.number().min(0).lt(1).optional().describe("adam, adamw, nadam: share of the mean squared gradient that is kept; 0.999 when left out"),
  nesterov: z.boolean().optional().describe("sgd with momentum: look ahead along the velocity"),
  clipNorm: z.number().positive().optional().describe("largest norm of all gradients together"),
  schedule: schedule.prefault({}),
});

export const trainingConfig = z.strictObject({
  epochs: z.int().min(1).default(10).describe("passes over the training data"),
  batchSize: z.int().min(1).max(65536).default(128).describe("examples per step"),
  seed: z.int().min(0).default(42).describe("decides the first weights, the order of the data and all noise"),
  optimizer: optimizer.prefault({}),
  averageDecay: z.number().min(0).lt(1).optional().describe("keep an exponential moving average of the weights and use it after training; 0.999 is usual"),
  postHocAverages: z.boolean().optional().describe("keep snapshots of two more averages, so that how far the average reaches back can be chosen after training (morphogen average)"),
  validateEvery: z.int().min(1).default(1).describe("epochs between validations"),
  patience: z.int().min(1).optional().describe("stop early after so many validations without a better one"),
  checkpointEvery: z.int().min(1).optional().describe("steps between checkpoints, besides the one after each epoch"),
  keep: z.int().min(1).default(2).describe("newest checkpoints to keep, besides the best"),
  watchClasses: z.boolean().optional().describe("classify 1,000 samples at each validation and keep the share of each class: of models that sample, and images with labels"),
  logEvery: z.int().min(1).default(10).describe("steps between lines of metrics.jsonl"),
});
export type TrainingConfig = z.output<typeof trainingConfig>;

const particulars = ["epsilon", "momentum", "nesterov", "beta1", "beta2"] as const;
/** What an optimizer takes beside what all of them do. */
const takes: Readonly<Record<OptimizerName, readonly (typeof particulars)[number][]>> = {
  sgd: ["momentum", "nesterov"],
  rmsprop: ["epsilon", "momentum"],
  adam: ["epsilon", "beta1", "beta2"],
  adamw: ["epsilon", "beta1", "beta2"],
  nadam: ["epsilon", "beta1", "beta2"],
};

/** The optimizer of a configuration for a run of `steps` steps; `name` prefixes its state. A UsageError when it does not take what it is given. */
export function optimizerOf({ optimizer: { name, learningRate, clipNorm, schedule, ...given } }: Pick<TrainingConfig, "optimizer">, steps: number, prefix: string): Optimizer {
  for (const option of particulars) {
    const takers = optimizerNames.filter((other) => takes[other].includes(option));
    if (given[option] !== undefined && !takers.includes(name)) throw new UsageError(`The optimizer ${name} has no ${option}`, `Leave it out, or use ${takers.join(", ")}.`);
  }
  const { kind, warmUpSteps, minimum, decay, decaySteps } = schedule;
  const after: Readonly<Record<typeof kind, LearningRate>> = {
    constant: learningRate,
    cosine: cosineDecay(learningRate, Math.max(1, steps - warmUpSteps), minimum),
    exponential: exponentialDecay(learningRate, decaySteps, decay),
  };
  const rate = warmUpSteps > 0 ? warmUp(warmUpSteps, after[kind]) : after[kind];
  return optimizers[name]({ learningRate: rate, clipNorm, name: `${prefix}.${name}`, ...given });
}
