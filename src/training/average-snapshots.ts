/** Averages of the weights as they were along a training, in `averages/` of the run folder: any other average is made of them afterwards (Karras et al. 2024, section 3.2). */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, UsageError } from "../errors.js";
import type { Engine } from "../engines/engine.js";
import { powerAverageCoefficients, powerAverageName, type PowerAverage } from "../optimizers/index.js";
import type { Variable } from "../tensor/index.js";
import { writeWhole } from "./files.js";
import { decodeSafetensors, encodeSafetensors, type Safetensors } from "./safetensors.js";

/** Widths of the averages that are kept, those of the paper. */
export const snapshotWidths: readonly number[] = [0.05, 0.1];
/** Snapshots in a training: at so many shares of it, the end among them. */
const SNAPSHOTS = 16;
const FORMAT = "morphogen-averages-1";
const NAME = /^step-(\d+)\.safetensors$/;
const folderOf = (runPath: string): string => join(runPath, "averages");
const fileOf = (runPath: string, step: number): string => join(folderOf(runPath), `step-${step}.safetensors`);

/** Whether a snapshot is taken after so many of all steps. */
export const snapshotIsDue = (step: number, steps: number): boolean => Math.floor((step * SNAPSHOTS) / steps) > Math.floor(((step - 1) * SNAPSHOTS) / steps);

/** Writes the averages; `steps` is how many they are made of. */
export async function saveSnapshot(runPath: string, engine: Engine, variables: readonly Variable[], { step, steps }: { readonly step: number; readonly steps: number }): Promise<void> {
  const tensors: Safetensors["tensors"] = new Map(await Promise.all(variables.map(async (variable) => [variable.name, { shape: variable.shape, data: await engine.read(variable) }] as const)));
  await mkdir(folderOf(runPath), { recursive: true });
  await writeWhole(fileOf(runPath, step), encodeSafetensors({ tensors, metadata: { format: FORMAT, steps: String(steps) } }));
}

/** Steps of the snapshots of a run, oldest first. */
async function snapshotSteps(runPath: string): Promise<number[]> {
  const names = await readdir(folderOf(runPath)).catch(() => []);
  return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b);
}

/** Drops the snapshots after `step`: they will be taken again. */
export async function dropSnapshotsAfter(runPath: string, step: number): Promise<void> {
  for (const later of await snapshotSteps(runPath)) if (later > step) await rm(fileOf(runPath, later), { force: true });
}

/**
 * The average of this width over the training so far, by the names of the parameters: a sum of all snapshots. A UsageError when the run has none, or there is no such width.
 */
export async function averageOfWidth(runPath: string, width: number): Promise<ReadonlyMap<string, Float32Array>> {
  const files = (await snapshotSteps(runPath)).map((at) => fileOf(runPath, at));
  const known: PowerAverage[] = [];
  for (const file of files) {
    const step = Number((await readSnapshot(file)).metadata.steps);
    for (const kept of snapshotWidths) known.push({ step, width: kept });
  }
  if (known.length === 0) throw new UsageError(`${runPath} has no snapshots of averages`, "They are kept by: morphogen train --post-hoc-averages");
  const coefficients = powerAverageCoefficients(known, { step: known[known.length - 1].step, width });
  const sums = new Map<string, Float64Array>();
  // One snapshot in memory at a time.
  for (const [i, file] of files.entries())
    for (const [name, { data }] of (await readSnapshot(file)).tensors) {
      const which = snapshotWidths.findIndex((kept) => name.startsWith(powerAverageName("", kept)));
      const parameter = name.slice(powerAverageName("", snapshotWidths[which]).length);
      const [sum, factor] = [sums.get(parameter) ?? new Float64Array(data.length), coefficients[i * snapshotWidths.length + which]];
      for (let at = 0; at < sum.length; at++) sum[at] += factor * data[at];
      sums.set(parameter, sum);
    }
  return new Map([...sums].map(([name, sum]) => [name, Float32Array.from(sum)]));
}

async function readSnapshot(file: string): Promise<Safetensors> {
  const snapshot = decodeSafetensors(await readFile(file), file);
  if (snapshot.metadata.format !== FORMAT) throw new CheckpointError(`${file} is no snapshot of averages`, "Train anew, or remove it.");
  return snapshot;
}
