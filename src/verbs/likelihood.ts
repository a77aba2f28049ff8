/** How probable a trained model finds examples. */
import { boundsOfLogLikelihood, logLikelihoodsByFlow } from "../analysis/diffusion-likelihood.js";
import { logLikelihoods, samplingRuns } from "../analysis/likelihood.js";
import { runRows } from "../analysis/rows.js";
import { UsageError } from "../errors.js";
import type { Diffusion } from "../models/model.js";
import type { StepVariance } from "../samplers/index.js";
import { sizeOf } from "../tensor/index.js";
import { requireAbility, type Conditions, type Trained } from "./abilities.js";
import { requireFlow, requirePixels } from "./diffusion.js";

export interface LikelihoodRequest extends Conditions {
  /** Importance samples for each example. Default 5,000, as in the papers. */
  readonly samples?: number;
  /** Of a diffusion model, for each example: terms of the bound that are looked at (of a model of so many steps), or steps along the probability flow. Default 100. */
  readonly steps?: number;
  /** Of a bound of so many steps: how much a step back leaves open. Default "large". */
  readonly variance?: StepVariance | undefined;
  /** Seed of the samples, and of the black and white images of a model that draws them. Default 0. */
  readonly seed?: number;
  /** Called now and then with the number of examples done. */
  readonly onBatch?: (done: number) => void;
}

export type LikelihoodMethod = "importance sampling" | "variational bound" | "probability flow";

export interface LikelihoodEstimate {
  readonly method: LikelihoodMethod;
  /** Estimates of log p(x) in nats, one for each example; of a diffusion model of the probability of its 8-bit values. */
  readonly logLikelihoods: Float64Array;
  /** Their mean. */
  readonly mean: number;
  /** Standard error of the mean, from how the estimates of the examples differ; 0 for one example. */
  readonly standardError: number;
  /** -mean in bits for each value of an example. */
  readonly bitsPerDimension: number;
  /** Importance samples that were drawn for each example; of a diffusion model, terms of the bound or steps of the flow. */
  readonly samples: number;
  /** Whether the examples were binarised first, as the model was trained. */
  readonly binarized: boolean;
}

/** What all methods have found out of some examples. */
type Estimates = Pick<LikelihoodEstimate, "method" | "logLikelihoods" | "samples" | "binarized">;

/**
 * Estimates log p(x) of examples [n, ...shape] in the model's range, of log p(x|label) for a conditional model: by importance sampling; of a diffusion model of T steps its variational bound, of one of any
 * noise by the probability flow. A UsageError for a distilled model and one of codings, which have neither.
 */
export async function likelihood(trained: Trained, values: ArrayLike<number>, request: LikelihoodRequest = {}): Promise<LikelihoodEstimate> {
  requireFlow(trained, "a likelihood");
  requirePixels(trained, "a likelihood");
  const size = sizeOf(trained.spec.shape);
  const { built: { diffusion } } = trained;
  const estimates = await (diffusion && !diffusion.translates ? byDiffusion(trained, diffusion, values, request) : byImportance(trained, values, request));
  const { logLikelihoods: { length: count } } = estimates;
  const mean = estimates.logLikelihoods.reduce((total, value) => total + value / count, 0);
  const variance = estimates.logLikelihoods.reduce((total, value) => total + (value - mean) ** 2, 0) / Math.max(1, count - 1);
  return { ...estimates, mean, standardError: Math.sqrt(variance / count), bitsPerDimension: -mean / (size * Math.LN2) };
}

const requireWhole = (name: string, value: number): void => {
  if (!(Number.isInteger(value) && value >= 1)) throw new UsageError(`${name} is ${value}`, "Use a whole number from 1.");
};

async function byDiffusion({ engine, spec: { shape } }: Trained, diffusion: Diffusion, values: ArrayLike<number>, { steps = 100, variance, seed = 0, labels, onBatch }: LikelihoodRequest): Promise<Estimates> {
  requireWhole("steps", steps);
  if (diffusion.classes !== undefined && !labels) throw new UsageError("The model wants a class for each example", "Use data with labels.");
  const terms = diffusion.schedule.steps;
  if (terms === undefined && variance !== undefined) throw new UsageError("A variance of the steps back is of a model that has so many steps", "Leave --variance out.");
  const rows = { diffusion, shape, count: values.length / sizeOf(shape), values, steps, variance, seed, onBatch, ...(labels && { labels }) };
  if (terms === undefined) return { method: "probability flow", logLikelihoods: await logLikelihoodsByFlow(engine, rows), samples: steps, binarized: false };
  return { method: "variational bound", logLikelihoods: await boundsOfLogLikelihood(engine, rows), samples: Math.min(steps, terms - 1), binarized: false };
}

async function byImportance(trained: Trained, values: ArrayLike<number>, { samples = 5000, seed = 0, labels, onBatch }: LikelihoodRequest): Promise<Estimates> {
  requireWhole("samples", samples);
  const ability = requireAbility(trained, "logLikelihood");
  const { binarize } = trained.built.abilities;
  const count = values.length / sizeOf(trained.spec.shape);
  const rows = { count, seed, ...(labels && { labels }) };
  const observed = binarize ? await runRows(trained.engine, binarize, { ...rows, values }) : values;
  const estimates = await logLikelihoods(trained.engine, ability, { ...rows, values: observed, samples, onBatch });
  const { runs, each } = samplingRuns(samples);
  return { method: "importance sampling", logLikelihoods: estimates, samples: runs * each, binarized: binarize !== undefined };
}
