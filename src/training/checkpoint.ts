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
});
/** Where a run stands, beside its variables. */
export type Progress = z.output<typeof progress>;

const NAME = /^step-(\d+)\.safetensors$/;
const folderOf = (runPath: string): string => join(runPath, "checkpoints");
const bestPath = (runPath: string): string => join(folderOf(runPath), "best.safetensors");
const stepPath = (runPath: string, step: number): string => join(folderOf(runPath), `step-${step}.safetensors`);

/** Reads all variables and writes them whole. Values that are not finite are refused: such a state is never saved. */
async function encodeState(engine: Engine, variables: readonly Variable[], state: Progress): Promise<Uint8Array> {
  const tensors = new Map<string, StoredTensor>();
  for (const variable of variables) {
    const data = await engine.read(variable);
    if (!data.every(Number.isFinite)) throw new RunError(`Variable "${variable.name}" has values that are not finite after step ${state.step}`);
    tensors.set(variable.name, { shape: variable.shape, data });
  }
  return encodeSafetensors({ tensors, metadata: { format: "morphogen-1", progress: JSON.stringify(state) } });
}

/** Writes step-N.safetensors, and only then drops all but the newest `keep`. Returns its path. */
export async function saveCheckpoint(runPath: string, engine: Engine, variables: readonly Variable[], state: Progress, keep: number): Promise<string> {
  const path = stepPath(runPath, state.step);
  await writeWhole(path, await encodeState(engine, variables, state));
  const steps = await checkpointSteps(runPath);
  // Steps beyond this one are left over from before a damaged checkpoint was passed over.
  const old = steps.filter((step) => step > state.step).concat(steps.filter((step) => step <= state.step).slice(keep));
  for (const step of old) await rm(stepPath(runPath, step), { force: true });
  return path;
}

export const saveBest = async (runPath: string, engine: Engine, variables: readonly Variable[], state: Progress): Promise<void> =>
  writeWhole(bestPath(runPath), await encodeState(engine, variables, state));

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

async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = decodeSafetensors(await readFile(path), path);
  try {
    return { path, progress: progress.parse(JSON.parse(metadata.progress ?? "")), tensors };
  } catch (error) {
    throw new CheckpointError(`${path} is not a checkpoint of a run: it does not say where the run stood`, undefined, { cause: error });
  }
}

/** The newest whole checkpoint; damaged ones are told to `onDamaged` and passed over. Undefined when there is none at all. */
export async function newestCheckpoint(runPath: string, onDamaged: (reason: string) => void = () => undefined): Promise<Checkpoint | undefined> {
  const steps = await checkpointSteps(runPath);
  for (const step of steps) {
    try {
      return await readCheckpoint(stepPath(runPath, step));
    } catch (error) {
      onDamaged(error instanceof Error ? error.message : String(error));
    }
  }
  if (steps.length > 0) throw new CheckpointError(`All ${steps.length} checkpoints of ${runPath} are damaged`, "Train again: its config.json says how (morphogen train --config).");
  return undefined;
}

/** The checkpoint of the best validation, or the newest when there is none. */
export async function bestCheckpoint(runPath: string): Promise<Checkpoint | undefined> {
  return readCheckpoint(bestPath(runPath)).catch(() => newestCheckpoint(runPath));
}

/** Puts a checkpoint's values into the engine. A variable that is missing or has another shape is a CheckpointError. */
export async function loadVariables(engine: Engine, variables: readonly Variable[], { path, tensors }: Checkpoint): Promise<void> {
  const stored = variables.map((variable) => [variable, requireTensor(tensors, variable, path)] as const);
  for (const [variable, { data }] of stored) await engine.write(variable, data);
}

function requireTensor(tensors: Safetensors["tensors"], { name, shape }: Variable, path: string): StoredTensor {
  const tensor = tensors.get(name);
  const hint = "It belongs to another model, or to other options of this one; the run's config.json says which.";
  if (!tensor) throw new CheckpointError(`${path} has no variable "${name}"`, hint);
  if (!sameShape(tensor.shape, shape)) throw new CheckpointError(`${path} has "${name}" as ${formatShape(tensor.shape)}, but the model wants ${formatShape(shape)}`, hint);
  return tensor;
}
