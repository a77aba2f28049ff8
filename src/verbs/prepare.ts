/** From names and options to what training and sampling need: the model built for its data, an engine, the data itself. */
import type { z } from "zod";
import { takeExamples } from "../data/batches.js";
import type { DataSpec, SplitName, Splits } from "../data/dataset.js";
import { findDataset } from "../data/registry.js";
import { chooseEngine, type ChoiceOptions } from "../engines/choose.js";
import type { Engine } from "../engines/engine.js";
import { DataError, UsageError } from "../errors.js";
import type { BuiltModel, Model } from "../models/model.js";
import { findModel } from "../models/registry.js";
import { trainingConfig, type RunConfig, type TrainingConfig } from "../training/index.js";
import { version } from "../version.js";

/** What to train on: a dataset by name, or splits made of one's own arrays (see `imagesFromArray`). */
export interface DataRequest {
  readonly data: string | Splits;
  /** Default "book": 55,000 / 5,000 / 10,000 for Fashion-MNIST. */
  readonly split?: SplitName | undefined;
  /** Train and validate on at most so many examples. */
  readonly limit?: number | undefined;
}

export async function loadData({ data, split = "book", limit }: DataRequest, onProgress?: (line: string) => void, signal?: AbortSignal): Promise<Splits> {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) throw new UsageError(`limit is ${limit}`, "Use a whole number from 1.");
  const splits = typeof data === "string" ? await findDataset(data).load({ split, ...(onProgress && { onProgress }), ...(signal && { signal }) }) : data;
  if (limit === undefined) return splits;
  return { train: takeExamples(splits.train, limit), validation: takeExamples(splits.validation, limit), test: splits.test };
}

/** How config.json names the data, so that a run can be repeated. */
export const describeData = ({ data, split = "book", limit }: DataRequest, spec: DataSpec): RunConfig["data"] => ({
  name: typeof data === "string" ? data : "arrays",
  ...(typeof data === "string" && { split }),
  ...(limit !== undefined && { limit }),
  spec,
});

/** Reads back what `describeData` wrote. A run on one's own arrays needs them again. */
export function dataOf({ data }: RunConfig, given?: Splits): DataRequest {
  const { name, split, limit } = data as { name: string; split?: SplitName; limit?: number };
  if (name === "arrays" && !given) throw new DataError("The run was trained on a program's own arrays, which are not stored with it", "Resume it from that program: resume(path, { data }).");
  return { data: given ?? name, split, limit };
}

export type TrainingInput = z.input<typeof trainingConfig>;

/** A model's recipe, overridden by what the caller says. */
export function trainingOf({ recipe }: Model, given: TrainingInput = {}): TrainingConfig {
  const { epochs, batchSize, optimizer, learningRate } = recipe;
  const merged = { epochs, batchSize, ...given, optimizer: { name: optimizer, learningRate, ...given.optimizer } };
  const parsed = trainingConfig.safeParse(merged);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new UsageError(`Training: ${path.join(".") || "the configuration"}: ${message}`, "morphogen train --help lists what can be set.");
}

/** Builds a model for the data; a UsageError when its options are wrong or it does not take such data. */
export function buildModel(model: Model, options: Readonly<Record<string, unknown>>, spec: DataSpec): { readonly built: BuiltModel; readonly options: Record<string, unknown> } {
  if (!model.accepts.kinds.includes(spec.kind)) throw new UsageError(`The model "${model.name}" takes ${model.accepts.kinds.join(", ")}, not ${spec.kind}`);
  const parsed = model.options.safeParse(options);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new UsageError(`${model.name}: ${path.join(".") || "options"}: ${message}`, `morphogen models ${model.name} lists its options.`);
  }
  return { built: model.build(parsed.data, spec), options: parsed.data };
}

export const modelOf = (model: Model | string): Model => (typeof model === "string" ? findModel(model) : model);

/** What to compute with. */
export interface EngineRequest {
  /** An engine, or its name. Default: MORPHOGEN_ENGINE, else onednn where it is found, else onnx. */
  readonly engine?: Engine | string | undefined;
  /** Default: all cores. */
  readonly threads?: number | undefined;
  /** Lines about what is worth knowing before the work: downloads, a slower engine than there could be. */
  readonly onProgress?: ChoiceOptions["onProgress"];
}

/** An engine by name, or one that the caller has and keeps. */
export async function engineOf({ engine, threads, onProgress }: EngineRequest): Promise<{ readonly engine: Engine; readonly release: () => Promise<void> }> {
  if (typeof engine === "object") return { engine, release: async () => undefined };
  const chosen = await chooseEngine(engine, { ...(threads !== undefined && { threads }), onProgress });
  return { engine: chosen, release: () => chosen.dispose() };
}

export const versions = (): Record<string, string> => ({ morphogen: version, node: process.version });
