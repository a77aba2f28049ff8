/** Distilling a trained diffusion model into one that needs a step or two: a run that begins with another run's weights. */
import type { DataSpec, Splits } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { beginningOf, consistency, teaches } from "../models/consistency.js";
import { readRunConfig } from "../training/index.js";
import { weightsOf } from "./open.js";
import { buildModel, dataOf, modelOf } from "./prepare.js";
import { train, type TrainOutcome, type TrainRequest } from "./train.js";

export interface DistillRequest extends Omit<TrainRequest, "model" | "data" | "split" | "files" | "limit" | "initial"> {
  /** The arrays of a run that was trained on a program's own. */
  readonly data?: Splits | undefined;
}

/** What `train` is to be asked for, so that it distills the run at `path`, on the run's own data. A UsageError for a run that cannot teach. */
export async function distillation(path: string, { data, options, ...request }: DistillRequest = {}): Promise<TrainRequest> {
  const config = await readRunConfig(path);
  const { name, options: taught } = config.model;
  if (!teaches(name)) throw new UsageError(`The model "${name}" of ${path} cannot be distilled`, "Train diffusion with --prediction velocity, edm or flow-matching.");
  const spec = (config.data as { spec: DataSpec }).spec;
  const { built } = buildModel(modelOf(name), taught, spec);
  const settings = { ...options, teacher: { model: name, options: taught } };
  // What does not fit is said before anything is computed.
  buildModel(consistency, settings, spec);
  return { ...request, ...dataOf(config, data), model: consistency.name, options: settings, initial: beginningOf(await weightsOf({ built, path })) };
}

/** Trains a consistency model from the diffusion model of the run at `path`, into a run folder of its own. */
export const distill = async (path: string, request: DistillRequest = {}): Promise<TrainOutcome> => train(await distillation(path, request));
