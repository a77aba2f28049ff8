/** Training a model and going on with a run: from names to a run folder with figures and an ONNX file. */
import type { Splits } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { DataError } from "../errors.js";
import type { Model } from "../models/model.js";
import { createRun, openRun, requireExamples, train as runTraining, writeWhole, type OnEvent, type Run, type RunConfig, type TrainingConfig, type TrainingResult } from "../training/index.js";
import type { Data } from "../tensor/index.js";
import { finishRun } from "./figures.js";
import { loadWeights, type TrainedRun } from "./open.js";
import { pcaOutcome, type PcaOutcome } from "./pca-comparison.js";
import { buildModel, dataOf, describeData, engineOf, loadData, modelOf, trainingOf, versions, type DataRequest, type EngineRequest, type TrainedData, type TrainingInput } from "./prepare.js";
import { classWatch, requireWatchable } from "./watch-classes.js";
import { join } from "node:path";

interface Common extends EngineRequest {
  /** Stops after the step under way; the run can be resumed. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
}

export interface TrainRequest extends Common, DataRequest {
  /** A model, or its name. */
  readonly model: Model | string;
  /** The model's options; defaults for what is left out. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** How to train; the model's recipe for what is left out. */
  readonly training?: TrainingInput;
  /** Values that variables begin with, by their names; the others begin with their own. */
  readonly initial?: ReadonlyMap<string, Data> | undefined;
  /** The run folder. Default: runs/<model>-<next free number>. */
  readonly out?: string | undefined;
}

/** A trained model in its engine, and how training ended. `dispose` frees the engine if `train` made it. */
export interface TrainOutcome extends TrainedRun {
  readonly result: TrainingResult;
  /** What was written when it was done; empty when it was interrupted. */
  readonly files: readonly string[];
  /** What it reached beside PCA, where that is to be had in a few seconds. */
  readonly pca?: PcaOutcome | undefined;
}

/** Trains a model into a new run folder. */
export async function train(request: TrainRequest): Promise<TrainOutcome> {
  const model = modelOf(request.model);
  const training = trainingOf(model, request.training);
  const splits = await loadData(request, request.onProgress, request.signal);
  const { spec } = splits.train;
  const { options, built } = buildModel(model, request.options ?? {}, spec);
  // What cannot be trained is said before there is a run folder, which could not be gone on with.
  requireExamples(built, training, splits);
  if (training.watchClasses) requireWatchable({ model, built }, splits);
  return withEngine(request, async (engine) => {
    const { name, version, threads } = engine;
    const config: RunConfig = {
      format: 1,
      model: { name: model.name, options },
      data: describeData(request, splits),
      training,
      engine: { name, version, threads },
      versions: versions(),
    };
    const watch = await watchOf(training, engine, splits, request, request);
    const run = await createRun(config, { path: request.out });
    return trainRun(run, model, splits, engine, watch, request);
  });
}

export interface ResumeRequest extends Common {
  /** The arrays of a run that was trained on a program's own. */
  readonly data?: Splits;
  /** The model, when it is not one of the registry's. */
  readonly model?: Model;
  /** A new number of epochs, to train longer than was planned. */
  readonly epochs?: number | undefined;
}

/** Goes on with a run from its newest whole checkpoint, exactly as if it had never stopped. */
export async function resume(path: string, request: ResumeRequest = {}): Promise<TrainOutcome> {
  const opened = await openRun(path);
  try {
    const config = request.epochs === undefined ? opened.config : { ...opened.config, training: { ...opened.config.training, epochs: request.epochs } };
    const model = modelOf(request.model ?? config.model.name);
    const training = trainingOf(model, config.training);
    if (config !== opened.config) await writeWhole(join(path, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
    const data = dataOf(config, request.data);
    const splits = await loadUnchanged(data, request);
    const wanted = { ...request, engine: request.engine ?? config.engine.name, threads: request.threads ?? config.engine.threads };
    return await withEngine(wanted, async (engine) => trainRun({ ...opened, config }, model, splits, engine, await watchOf(training, engine, splits, data, request), request));
  } catch (error) {
    await opened.release();
    throw error;
  }
}

/** The data of a run that goes on: what has changed would not lead to where it was going. */
async function loadUnchanged(data: TrainedData, { onProgress, signal }: Common): Promise<Splits> {
  const splits = await loadData(data, onProgress, signal);
  const { origin } = splits;
  if (!data.then || !origin || origin.fingerprint.sha256 === data.then.fingerprint.sha256) return splits;
  throw new DataError(`${origin.path} has changed since the run was begun`, "Put back what it was, or train anew.");
}

/** Frees an engine made here when the work fails; when it succeeds, the outcome's `dispose` does. */
async function withEngine(request: Common, work: (engine: Engine) => Promise<Omit<TrainOutcome, "dispose">>): Promise<TrainOutcome> {
  const { engine, release } = await engineOf(request);
  try {
    return { ...(await work(engine)), dispose: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** What watches the classes of samples, where the run is to. Its classifier is that of all the data, whatever part of it the run is trained on: `evaluate` has the same. */
async function watchOf({ watchClasses }: TrainingConfig, engine: Engine, splits: Splits, request: TrainedData, { onProgress, signal }: Common) {
  if (!watchClasses) return undefined;
  const data = request.limit === undefined ? splits : await loadData({ ...request, limit: undefined }, onProgress, signal);
  return classWatch(engine, { data, trainedOn: splits.train, onProgress, signal });
}

type ClassWatch = Awaited<ReturnType<typeof watchOf>>;

async function trainRun(run: Run, model: Model, splits: Splits, engine: Engine, watch: ClassWatch, { initial, signal, onEvent }: Common & Pick<TrainRequest, "initial">): Promise<Omit<TrainOutcome, "dispose">> {
  try {
    const { spec } = splits.train;
    const { built } = buildModel(model, run.config.model.options, spec);
    const config = trainingOf(model, run.config.training);
    const trained = { model, built, spec, engine, path: run.path, config: run.config };
    const observe = watch && (() => watch(trained));
    const result = await runTraining({ model: built, examples: splits, range: model.accepts.range, engine, config, run, initial, signal, onEvent, observe });
    if (result.status === "interrupted") return { ...trained, result, files: [] };
    await loadWeights(trained);
    const files = await finishRun(trained, splits);
    return { ...trained, result, files, pca: await pcaOutcome(trained, splits, result) };
  } finally {
    await run.release();
  }
}
