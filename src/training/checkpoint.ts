/** Checkpoints: all variables of a run and where it stands, in one safetensors file each. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CheckpointError, RunError } from "../errors.js";
import type { Engine } from "../engines/engine.js";
import { formatShape, sameShape, type Variable } from "../tensor/index.js";
import { writeWhole } from "./files.js";
import { decodeSafetensors, encodeSafetensors, type Safetensors, type StoredTensor } from "./safetensors.js";

const progress = z.strictObject({
  /** Steps done. */
  step: z.int().min(0),
  /** The best validation so far and the step it was made at. */
  best: z.strictObject({ value: z.number(), step: z.int() }).nullable(),
  /** Validations since the best. */
  waited: z.int().min(0),
  /** What the batches of each step follow from; absent in the checkpoints of early versions. */
  batches: z.strictObject({ seed: z.int(), batchSize: z.int(), examples: z.int() }).optional(),
});
/** Where a run stands, beside its variables. */
export type Progress = z.output<typeof progress>;

const FORMAT = "morphogen-1";
const NAME = /^step-(\d+)\.safetensors$/;
const folderOf = (runPath: string): string => join(runPath, "checkpoints");
const bestPath = (runPath: string): string => join(folderOf(runPath), "best.safetensors");
const stepPath = (runPath: string, step: number): string => join(folderOf(runPath), `step-${step}.safetensors`);

/** Reads all variables and writes them whole. Values that are not finite are refused: such a state is never saved. */
async function encodeState(runPath: string, engine: Engine, variables: readonly Variable[], state: Progress): Promise<Uint8Array> {
  const tensors = new Map<string, StoredTensor>();
  for (const variable of variables) {
    const data = await engine.read(variable);
    if (!data.every(Number.isFinite)) throw await notFinite(runPath, `Variable "${variable.name}" has values that are not finite after step ${state.step}`);
    tensors.set(variable.name, { shape: variable.shape, data });
  }
  return encodeSafetensors({ tensors, metadata: { format: FORMAT, progress: JSON.stringify(state) } });
}

/** Writes step-N.safetensors, and only then drops all but the newest `keep`. Returns its path. */
export async function saveCheckpoint(runPath: string, engine: Engine, variables: readonly Variable[], state: Progress, keep: number): Promise<string> {
  const path = stepPath(runPath, state.step);
  await writeWhole(path, await encodeState(runPath, engine, variables, state));
  for (const step of (await checkpointSteps(runPath)).slice(keep)) await rm(stepPath(runPath, step), { force: true });
  return path;
}

/** Drops the checkpoints after `step`: they are damaged, or they would have been gone on with. */
export async function dropAfter(runPath: string, step: number): Promise<void> {
  for (const later of await checkpointSteps(runPath)) if (later > step) await rm(stepPath(runPath, later), { force: true });
}

/** What to say when numbers are no longer finite: such a state is never saved, so the newest checkpoint is good. */
export async function notFinite(runPath: string, what: string): Promise<RunError> {
  const [last] = await checkpointSteps(runPath);
  return new RunError(
    what,
    `${last === undefined ? "There is no checkpoint yet." : `The last finite checkpoint is that of step ${last} in ${runPath}.`} Train again with a smaller --learning-rate, or with --set optimizer.clipNorm=1.`,
  );
}

export const saveBest = async (runPath: string, engine: Engine, variables: readonly Variable[], state: Progress): Promise<void> =>
  writeWhole(bestPath(runPath), await encodeState(runPath, engine, variables, state));

/** Steps of the checkpoints of a run, newest first. */
export async function checkpointSteps(runPath: string): Promise<number[]> {
  const names = await readdir(folderOf(runPath)).catch(() => []);
  return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number).sort((a, b) => b - a);
}

export interface Checkpoint {
  readonly path: string;
  readonly progress: Progress;
  readonly tensors: Safetensors["tensors"];
}

/** A damaged file is a CheckpointError. One of another version is not damaged: a RunError, so that it is never passed over and dropped. */
async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = decodeSafetensors(await readFile(path), path);
  const { format = "none" } = metadata;
  if (format !== FORMAT) throw new RunError(`${path} has the format "${format}", not "${FORMAT}"`, "Use the version of Morphogen that wrote it; the run's config.json names it.");
  try {
    return { path, progress: progress.parse(JSON.parse(metadata.progress ?? "")), tensors };
  } catch (error) {
    throw new CheckpointError(`${path} is not a checkpoint of a run: it does not say where the run stood`, undefined, { cause: error });
  }
}

export type OnDamaged = (reason: string) => void;

/** The newest whole checkpoint; damaged ones are told to `onDamaged` and passed over. Undefined when there is none at all. */
export async function newestCheckpoint(runPath: string, onDamaged: OnDamaged = () => undefined): Promise<Checkpoint | undefined> {
  const steps = await checkpointSteps(runPath);
  for (const step of steps) {
    try {
      return await readCheckpoint(stepPath(runPath, step));
    } catch (error) {
      // Training has just replaced it by a newer one.
      if (isMissing(error)) return newestCheckpoint(runPath, onDamaged);
      onDamaged(damageOf(error));
    }
  }
  if (steps.length > 0) throw new CheckpointError(`All ${steps.length} checkpoints of ${runPath} are damaged`, "Train again: its config.json says how (morphogen train --config).");
  return undefined;
}

/** The checkpoint of the best validation; the newest when there is none, or when it is damaged, which `onDamaged` is told. */
export async function bestCheckpoint(runPath: string, onDamaged: OnDamaged = () => undefined): Promise<Checkpoint | undefined> {
  return readCheckpoint(bestPath(runPath)).catch((error: unknown) => {
    if (!isMissing(error)) onDamaged(damageOf(error));
    return newestCheckpoint(runPath, onDamaged);
  });
}

/** Makes the newest checkpoint the best, with other averages of its weights, by the names of these. A RunError when there is no checkpoint. */
export async function replaceAverages(runPath: string, averages: ReadonlyMap<string, Float32Array>): Promise<void> {
  const newest = await newestCheckpoint(runPath);
  if (!newest) throw new RunError(`${runPath} has no checkpoint yet`, `Train it: morphogen resume ${runPath}`);
  const replaced = [...averages].flatMap(([name, data]): [string, StoredTensor][] => {
    const stored = newest.tensors.get(name);
    return stored ? [[`average.${name}`, { shape: stored.shape, data }]] : [];
  });
  await writeWhole(bestPath(runPath), encodeSafetensors({ tensors: new Map([...newest.tensors, ...replaced]), metadata: { format: FORMAT, progress: JSON.stringify(newest.progress) } }));
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** The reason why a checkpoint cannot be used. An error of reading (no permission, no memory) says nothing about the file, and is thrown on. */
function damageOf(error: unknown): string {
  if (error instanceof CheckpointError) return error.message;
  throw error;
}

/** Puts a checkpoint's values into the engine. A variable that is missing or has another shape is a CheckpointError. */
export async function loadVariables(engine: Engine, variables: readonly Variable[], { path, tensors }: Checkpoint): Promise<void> {
  const stored = variables.map((variable) => [variable, requireTensor(tensors, variable, path)] as const);
  for (const [variable, { data }] of stored) await engine.write(variable, data);
}

/** `loadVariables` of a whole run, to go on with it: nothing may be left over, and its batches must be those of before. */
export async function restoreRun(engine: Engine, variables: readonly Variable[], checkpoint: Checkpoint, batches: NonNullable<Progress["batches"]>): Promise<void> {
  const { path, tensors, progress: { batches: stored = batches } } = checkpoint;
  for (const variable of variables) requireTensor(tensors, variable, path);
  const names = new Set(variables.map(({ name }) => name));
  const extra = [...tensors.keys()].find((name) => !names.has(name));
  if (extra !== undefined) throw new CheckpointError(`${path} has a variable "${extra}", which the run has not`, OTHER);
  const told = ({ seed, batchSize, examples }: typeof batches) => `seed ${seed}, batches of ${batchSize}, ${examples} examples`;
  if (told(stored) !== told(batches))
    throw new CheckpointError(`${path} was trained with ${told(stored)}; now it is ${told(batches)}`, "A run goes on with the data and settings it began with. Give it those, or train anew.");
  await loadVariables(engine, variables, checkpoint);
}

const OTHER = "It belongs to another model, or to other options of this one; the run's config.json says which.";

function requireTensor(tensors: Safetensors["tensors"], { name, shape, dtype }: Variable, path: string): StoredTensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new CheckpointError(`${path} has no variable "${name}"`, OTHER);
  if (!sameShape(tensor.shape, shape)) throw new CheckpointError(`${path} has "${name}" as ${formatShape(tensor.shape)}, but the model wants ${formatShape(shape)}`, OTHER);
  if (tensor.data instanceof Int32Array !== (dtype === "int32")) throw new CheckpointError(`${path} has "${name}" in another type than the model's ${dtype}`, OTHER);
  return tensor;
}
