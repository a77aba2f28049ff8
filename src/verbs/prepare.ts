/** From names and options to what training and sampling need: the model built for its data, an engine, the data itself. */
import { basename } from "node:path";
import type { z } from "zod";
import { takeExamples } from "../data/batches.js";
import type { DataKind, DataSpec, Fingerprint, SplitName, Splits } from "../data/dataset.js";
import type { FileOptionsInput } from "../data/file-options.js";
import { isPath, loadFiles, parseFileOptions } from "../data/own-files.js";
import { withTask } from "../data/pair-tasks.js";
import { datasets, findDataset } from "../data/registry.js";
import { chooseEngine, type ChoiceOptions } from "../engines/choose.js";
import type { Engine } from "../engines/engine.js";
import { DataError, UsageError } from "../errors.js";
import type { BuiltModel, Model } from "../models/model.js";
import { findModel, models } from "../models/registry.js";
import { optimizerOf, trainingConfig, type RunConfig, type TrainingConfig } from "../training/index.js";
import { version } from "../version.js";

/** What to train on. */
export interface DataRequest {
  /** A dataset by name, the path of a folder of images or of a CSV, NPY or NPZ file, or splits made of one's own arrays (see `imagesFromArray`). */
  readonly data: string | Splits;
  /** Default "book": 55,000 / 5,000 / 10,000 for Fashion-MNIST. */
  readonly split?: SplitName | undefined;
  /** How the files at a path are read; of a dataset, which of them pairs are made of. */
  readonly files?: FileOptionsInput | undefined;
  /** Train and validate on at most so many examples. */
  readonly limit?: number | undefined;
}

/** Data that a run was trained on, and what it was then. */
export interface TrainedData extends DataRequest {
  readonly then?: { readonly spec: DataSpec; readonly fingerprint: Fingerprint };
}

const isDataset = (name: string): boolean => datasets.some((dataset) => dataset.name === name);

/**
 * The data asked for. Files that a run was trained on and that have changed since are told of; a DataError when they no longer make
 * examples of the same kind.
 */
export async function loadData({ data, split = "book", files, limit, then }: TrainedData, onProgress?: (line: string) => void, signal?: AbortSignal): Promise<Splits> {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) throw new UsageError(`limit is ${limit}`, "Use a whole number from 1.");
  const splits = typeof data === "string" ? await loadNamed(data, { split, files, onProgress, signal }) : data;
  if (then && splits.origin) tellChange(splits, then, onProgress);
  if (limit === undefined) return splits;
  return { ...splits, train: takeExamples(splits.train, limit), validation: takeExamples(splits.validation, limit) };
}

interface Naming {
  readonly split: SplitName;
  readonly files: FileOptionsInput | undefined;
  readonly onProgress: ((line: string) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

async function loadNamed(data: string, { split, files, onProgress, signal }: Naming): Promise<Splits> {
  if (!isDataset(data) && isPath(data)) return loadFiles(data, files, { onProgress, signal });
  const dataset = findDataset(data);
  const takes = ["task", "factor", ...(dataset.takes ?? [])];
  const stray = Object.keys(files ?? {}).find((name) => !takes.includes(name));
  if (stray) throw new UsageError(`"${stray}" is about files of one's own, not the dataset ${data}`, `It takes ${takes.join(", ")}. Leave it out, or give the path of a folder or file.`);
  const options = parseFileOptions(files);
  return withTask(await dataset.load({ split, files: options, ...(onProgress && { onProgress }), ...(signal && { signal }) }), options);
}

/** What the data asked for is like; files are read for it, the examples of a dataset only where options may change them. */
export async function specOfData(data: string, files?: FileOptionsInput, onProgress?: (line: string) => void): Promise<DataSpec> {
  return (!isDataset(data) && isPath(data)) || files ? (await loadData({ data, files }, onProgress)).train.spec : findDataset(data).spec;
}

function tellChange({ train: { spec }, origin }: Splits, { spec: before, fingerprint }: NonNullable<TrainedData["then"]>, onProgress?: (line: string) => void): void {
  if (!origin || origin.fingerprint.sha256 === fingerprint.sha256) return;
  const changed = `${origin.path} has changed since the run was trained: ${changeOf(fingerprint, origin.fingerprint)}`;
  if (JSON.stringify(spec) !== JSON.stringify(before)) throw new DataError(`${changed}, and its examples are no longer alike`, "Put back what it was, or train anew.");
  onProgress?.(`warning: ${changed}`);
}

const changeOf = (before: Fingerprint, now: Fingerprint): string =>
  before.files === now.files ? "its content is another" : `there were ${before.files} files, and are ${now.files}`;

/** How config.json names the data, so that a run can be repeated. */
export function describeData({ data, split = "book", files, limit }: DataRequest, { train: { spec }, origin }: Splits): RunConfig["data"] {
  const limited = limit !== undefined && { limit };
  if (origin) return { name: origin.path, files: origin.options, fingerprint: origin.fingerprint, ...limited, spec };
  return { name: typeof data === "string" ? data : "arrays", ...(typeof data === "string" && { split, ...(files && { files }) }), ...limited, spec };
}

/** What `describeData` wrote. */
type DescribedData = Omit<DataRequest, "data"> & { readonly name: string; readonly fingerprint?: Fingerprint; readonly spec: DataSpec };

/** Reads back what `describeData` wrote. A run on one's own arrays needs them again. */
export function dataOf({ data }: RunConfig, given?: Splits): TrainedData {
  const { name, split, files, limit, fingerprint, spec } = data as DescribedData;
  if (name === "arrays" && !given) throw new DataError("The run was trained on a program's own arrays, which are not stored with it", "Resume it from that program: resume(path, { data }).");
  return { data: given ?? name, split, files, limit, ...(fingerprint && { then: { spec, fingerprint } }) };
}

/** A dataset by its name, files by that of the file or folder: for titles. */
export const dataTitle = ({ data }: RunConfig): string => basename(String(data.name));

export type TrainingInput = z.input<typeof trainingConfig>;

/** A model's recipe, overridden by what the caller says. */
export function trainingOf({ recipe }: Model, given: TrainingInput = {}): TrainingConfig {
  const { epochs, batchSize, averageDecay, optimizer, learningRate, ...betas } = recipe;
  // What the recipe's optimizer takes, another may not.
  const particulars = (given.optimizer?.name ?? optimizer) === optimizer ? betas : {};
  const merged = { epochs, batchSize, ...(averageDecay !== undefined && { averageDecay }), ...given, optimizer: { name: optimizer, learningRate, ...particulars, ...given.optimizer } };
  const parsed = trainingConfig.safeParse(merged);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new UsageError(`Training: ${path.join(".") || "the configuration"}: ${message}`, "morphogen train --help lists what can be set.");
  }
  // What the optimizer does not take is said now, not when a run folder has been made.
  optimizerOf(parsed.data, 1, "optimizer");
  return parsed.data;
}

/** Builds a model for the data; a UsageError when its options are wrong or it does not take such data. */
export function buildModel(model: Model, options: Readonly<Record<string, unknown>>, spec: DataSpec): { readonly built: BuiltModel; readonly options: Record<string, unknown> } {
  if (!model.accepts.kinds.includes(spec.kind)) throw new UsageError(`The model "${model.name}" takes ${model.accepts.kinds.join(", ")}, not ${spec.kind}`, otherData(model.accepts.kinds, spec.kind));
  const parsed = model.options.safeParse(options);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new UsageError(`${model.name}: ${path.join(".") || "options"}: ${message}`, `morphogen models ${model.name} lists its options.`);
  }
  return { built: model.build(parsed.data, spec), options: parsed.data };
}

/** The way out where a model does not take data of this kind. */
function otherData(wanted: readonly DataKind[], kind: DataKind): string {
  if (wanted.includes("pairs")) return "Make pairs of images: --task superres, colorize or edges; or name a second folder, with what they are to become: --target-folder FOLDER.";
  const takers = models.filter(({ accepts }) => accepts.kinds.includes(kind)).map(({ name }) => name);
  return `${kind === "pairs" ? "Leave out what makes pairs (--task, --target-folder, --to)" : "Use other data"}, or a model that takes ${kind}: ${takers.join(", ")}.`;
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
