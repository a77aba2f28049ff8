/** Diffusion in the codings of a trained autoencoder: a run that begins with another run's weights, which it keeps. */
import type { DataSpec, Splits } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { autoencoderNames, latentDiffusion, type AutoencoderOptions } from "../models/latent-diffusion.js";
import type { Data } from "../tensor/index.js";
import { readRunConfig, type RunConfig } from "../training/index.js";
import { weightsOf } from "./open.js";
import { buildModel, dataOf, modelOf } from "./prepare.js";
import { train, type TrainOutcome, type TrainRequest } from "./train.js";

/** A trained autoencoder, as what a latent diffusion model stands on. */
export interface FirstStage {
  /** For the model's options. */
  readonly autoencoder: AutoencoderOptions;
  /** For `initial` of the training. */
  readonly initial: ReadonlyMap<string, Data>;
  readonly config: RunConfig;
}

/** The autoencoder of the run at `path`. A UsageError for a run of another model. */
export async function firstStageOf(path: string): Promise<FirstStage> {
  const config = await readRunConfig(path);
  const { name, options } = config.model;
  if (!autoencoderNames.includes(name)) throw new UsageError(`The codings of the model "${name}" of ${path} cannot be learned by diffusion`, `Train one of ${autoencoderNames.join(", ")}.`);
  const spec = (config.data as { spec: DataSpec }).spec;
  const { built } = buildModel(modelOf(name), options, spec);
  return { autoencoder: { model: name, options, shape: [...spec.shape] }, initial: await weightsOf({ built, path }), config };
}

export interface LatentRequest extends Omit<TrainRequest, "model" | "data" | "split" | "files" | "limit" | "initial"> {
  /** The arrays of a run that was trained on a program's own. */
  readonly data?: Splits | undefined;
}

/** What `train` is to be asked for, so that it learns the codings of the run at `path`, on the run's own data. */
export async function latentTraining(path: string, { data, options, ...request }: LatentRequest = {}): Promise<TrainRequest> {
  const { autoencoder, initial, config } = await firstStageOf(path);
  return { ...request, ...dataOf(config, data), model: latentDiffusion.name, options: { ...options, autoencoder }, initial };
}

/** Trains a latent diffusion model on the codings of the run at `path`, into a run folder of its own. */
export const trainLatent = async (path: string, request: LatentRequest = {}): Promise<TrainOutcome> => train(await latentTraining(path, request));
