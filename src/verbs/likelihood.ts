/** How probable a trained model finds examples. */
import { logLikelihoods, samplingRuns } from "../analysis/likelihood.js";
import { runRows } from "../analysis/rows.js";
import { UsageError } from "../errors.js";
import { sizeOf } from "../tensor/index.js";
import { requireAbility, type Conditions, type Trained } from "./abilities.js";

export interface LikelihoodRequest extends Conditions {
  /** Importance samples for each example. Default 5,000, as in the papers. */
  readonly samples?: number;
  /** Seed of the samples, and of the black and white images of a model that draws them. Default 0. */
  readonly seed?: number;
  /** Called now and then with the number of examples done. */
  readonly onBatch?: (done: number) => void;
}

export interface LikelihoodEstimate {
  /** Estimates of log p(x) in nats, one for each example. */
  readonly logLikelihoods: Float64Array;
  /** Their mean. */
  readonly mean: number;
  /** Standard error of the mean, from how the examples differ; 0 for one example. */
  readonly standardError: number;
  /** -mean in bits for each value of an example. */
  readonly bitsPerDimension: number;
  /** Importance samples that were drawn for each example. */
  readonly samples: number;
  /** Whether the examples were binarised first, as the model was trained. */
  readonly binarized: boolean;
}

/** Estimates log p(x) of examples [n, ...shape] in the model's range, of log p(x|label) for a conditional model. */
export async function likelihood(trained: Trained, values: ArrayLike<number>, { samples = 5000, seed = 0, labels, onBatch }: LikelihoodRequest = {}): Promise<LikelihoodEstimate> {
  if (!(Number.isInteger(samples) && samples >= 1)) throw new UsageError(`samples is ${samples}`, "Use a whole number from 1.");
  const ability = requireAbility(trained, "logLikelihood");
  const { binarize } = trained.built.abilities;
  const size = sizeOf(trained.spec.shape);
  const count = values.length / size;
  const rows = { count, seed, ...(labels && { labels }) };
  const observed = binarize ? await runRows(trained.engine, binarize, { ...rows, values }) : values;
  const estimates = await logLikelihoods(trained.engine, ability, { ...rows, values: observed, samples, onBatch });
  const mean = estimates.reduce((total, value) => total + value / count, 0);
  const variance = estimates.reduce((total, value) => total + (value - mean) ** 2, 0) / Math.max(1, count - 1);
  const { runs, each } = samplingRuns(samples);
  return {
    logLikelihoods: estimates,
    mean,
    standardError: Math.sqrt(variance / count),
    bitsPerDimension: -mean / (size * Math.LN2),
    samples: runs * each,
    binarized: binarize !== undefined,
  };
}
