/** Opening a trained run. */
import type { DataSpec } from "../data/dataset.js";
import { CheckpointError } from "../errors.js";
import type { Data } from "../tensor/index.js";
import type { Model } from "../models/model.js";
import { bestCheckpoint, loadVariables, newestCheckpoint, readRunConfig, type RunConfig } from "../training/index.js";
import type { Trained } from "./abilities.js";
import { buildModel, engineOf, modelOf, type EngineRequest } from "./prepare.js";

export interface TrainedRun extends Trained {
  readonly path: string;
  readonly config: RunConfig;
  readonly dispose: () => Promise<void>;
}

export interface OpenOptions extends EngineRequest {
  /** The model, when it is not one of the registry's. */
  readonly model?: Model;
  /** Which weights: of the best validation (default), or the newest. */
  readonly checkpoint?: "best" | "newest" | undefined;
}

/** The model of a run with its trained weights. */
export async function openTrained(path: string, options: OpenOptions = {}): Promise<TrainedRun> {
  const config = await readRunConfig(path);
  const model = modelOf(options.model ?? config.model.name);
  const spec = (config.data as { spec: DataSpec }).spec;
  const { built } = buildModel(model, config.model.options, spec);
  const { engine, release } = await engineOf(options);
  const trained = { model, built, spec, engine, path, config, dispose: release };
  try {
    await loadWeights(trained, options.checkpoint);
    return trained;
  } catch (error) {
    await release();
    throw error;
  }
}

/** A run's weights by the names of its model's variables; their averages where the run kept any. */
export async function weightsOf({ built, path }: Pick<TrainedRun, "built" | "path">): Promise<ReadonlyMap<string, Data>> {
  const checkpoint = await bestCheckpoint(path);
  if (!checkpoint) throw new CheckpointError(`${path} has no checkpoint yet`, `Train it: morphogen resume ${path}`);
  const { tensors } = checkpoint;
  return new Map(built.variables.flatMap(({ name }): [string, Data][] => {
    const stored = tensors.get(`average.${name}`) ?? tensors.get(name);
    return stored ? [[name, stored.data]] : [];
  }));
}

/** Puts a run's weights into its engine; the averages of the weights in their place where the run kept any. */
export async function loadWeights({ built, engine, path }: Pick<TrainedRun, "built" | "engine" | "path">, which: "best" | "newest" = "best"): Promise<void> {
  const checkpoint = which === "best" ? await bestCheckpoint(path) : await newestCheckpoint(path);
  if (!checkpoint) throw new CheckpointError(`${path} has no checkpoint yet`, `Train it: morphogen resume ${path}`);
  await loadVariables(engine, built.variables, checkpoint);
  for (const variable of built.variables) {
    const average = checkpoint.tensors.get(`average.${variable.name}`);
    if (average) await engine.write(variable, average.data);
  }
}
