/** What a model's reconstruction errors are compared with: exact PCA that may keep as many numbers of an example as the model does. */
import { pcaBaseline, type Limits, type PcaErrors } from "../analysis/pca.js";
import type { DataSpec, Examples, Splits } from "../data/dataset.js";
import type { BuiltModel } from "../models/model.js";
import { decompositionWork, sizeOf, widestExamples } from "../tensor/index.js";
import { readMetrics, type TrainingResult } from "../training/index.js";
import type { Trained } from "./abilities.js";
import type { TrainedRun } from "./open.js";

/** Number of principal components that are as many as a coding has values, whether these are bits or numbers; or why PCA is no comparison. */
export type Comparable = { readonly size: number } | { readonly reason: string };

export function comparableComponents({ abilities: { encode } }: BuiltModel, { shape }: DataSpec): Comparable {
  const [size, width] = [encode?.(1).outputs.codings.shape[1], sizeOf(shape)];
  if (size === undefined) return { reason: "the model has no codings" };
  if (size >= width) return { reason: `a coding has ${size.toLocaleString("en")} values, an example ${width.toLocaleString("en")}; PCA with as many loses nothing` };
  if (width > widestExamples) return { reason: `an example has ${width.toLocaleString("en")} values, and PCA takes at most ${widestExamples.toLocaleString("en")}` };
  return { size };
}

/** Errors of exact PCA on `examples`, fitted to `train`, with as many codings as the model has, reconstructions clipped to `limits` where there are any; or why it is no comparison. */
export async function compareWithPca({ built, spec, engine }: Trained, train: Examples, examples: Examples, limits?: Limits): Promise<{ readonly size: number; readonly errors: PcaErrors } | { readonly reason: string }> {
  const comparable = comparableComponents(built, spec);
  if ("reason" in comparable) return comparable;
  const baseline = await pcaBaseline(engine, train, comparable.size);
  return { size: baseline.size, errors: await baseline.errors(examples, limits) };
}

/** What a trained model reaches on the validation examples, beside exact PCA with as many codings: mean squared errors of values in [0, 1], of reconstructions that are not limited. */
export interface PcaOutcome {
  /** Number of codings. */
  readonly size: number;
  readonly meanSquaredError: number;
  /** The model's, in its best validation; of a variational model with codings drawn from their distributions. */
  readonly modelMeanSquaredError: number;
}

/** A second or two of work each. The eigendecomposition grows with the third power of an example's width, or the second where few components are wanted. */
const [MOST_OF_DECOMPOSITION, MOST_OF_SUMS] = [1e9, 1e11];

/**
 * The comparison that a training ends with. Undefined where PCA is no comparison or would take longer than people wait for it, where the model's validation has no
 * mean squared error, and for models that learn nothing by gradients, which are in closed form themselves.
 */
export async function pcaOutcome(trained: Omit<TrainedRun, "dispose">, { train, validation }: Pick<Splits, "train" | "validation">, { best }: TrainingResult): Promise<PcaOutcome | undefined> {
  const { built, spec, engine, path, model: { accepts: { range: [low, high] } } } = trained;
  const comparable = comparableComponents(built, spec);
  const learns = built.stages.some(({ phases }) => phases.some(({ parameters }) => parameters.length > 0));
  if (!("size" in comparable) || !learns || !built.abilities.reconstruct || spec.kind === "series") return undefined;
  const width = sizeOf(spec.shape);
  if (decompositionWork(width, comparable.size) > MOST_OF_DECOMPOSITION || train.count * width ** 2 > MOST_OF_SUMS) return undefined;
  const validated = (await readMetrics(path)).find(({ step, validation: metrics }) => metrics && step === best?.step);
  const own = validated?.validation?.meanSquaredError;
  if (own === undefined) return undefined;
  const { mean } = await (await pcaBaseline(engine, train, comparable.size)).errors(validation);
  return { size: comparable.size, meanSquaredError: mean, modelMeanSquaredError: own / (high - low) ** 2 };
}
