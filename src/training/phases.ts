/** Compiling a model's phases into training steps. */
import type { Engine, Executable } from "../engines/engine.js";
import { MorphogenError } from "../errors.js";
import type { BuiltModel, Phase } from "../models/model.js";
import { exponentialMovingAverage } from "../optimizers/index.js";
import type { Tensor, Variable } from "../tensor/index.js";
import { optimizerOf, type TrainingConfig } from "./config.js";

export interface CompiledPhase {
  readonly name: string;
  readonly executable: Executable;
  /** Names of what the phase's objective takes: "x", "labels". */
  readonly inputs: readonly string[];
}

export interface CompiledPhases {
  readonly phases: readonly CompiledPhase[];
  /** Everything that a checkpoint of the run holds: the model's variables, optimizer state, averages. */
  readonly variables: readonly Variable[];
  /** The average of each averaged parameter. */
  readonly averages: ReadonlyMap<Variable, Variable>;
}

/** Builds each phase's step (loss, metrics, updates) for `steps` steps of training. */
export async function compilePhases(model: BuiltModel, engine: Engine, config: TrainingConfig, steps: number): Promise<CompiledPhases> {
  const variables = new Set(model.variables);
  const averages = new Map<Variable, Variable>();
  const phases: CompiledPhase[] = [];
  for (const phase of model.phases) {
    const { inputs, loss, metrics, updates } = phase.objective(config.batchSize);
    if ("loss" in metrics) throw new MorphogenError(`Phase "${phase.name}" names a metric "loss", which is taken`);
    const trained = optimizerOf(config, steps, `optimizer.${phase.name}`).minimize(loss, phase.parameters);
    const all = new Map<Variable, Tensor>([...trained, ...updates, ...averaged(phase, trained, config.averageDecay, averages)]);
    for (const variable of all.keys()) variables.add(variable);
    phases.push({ name: phase.name, inputs: Object.keys(inputs), executable: await engine.compile({ inputs, outputs: { ...metrics, loss }, updates: all }) });
  }
  return { phases, variables: [...variables], averages };
}

function averaged(phase: Phase, trained: ReadonlyMap<Variable, Tensor>, decay: number | undefined, averages: Map<Variable, Variable>): ReadonlyMap<Variable, Tensor> {
  if (decay === undefined) return new Map();
  const result = exponentialMovingAverage(phase.parameters, trained, decay, phase.name);
  for (const [parameter, average] of result.averages) averages.set(parameter, average);
  return result.updates;
}

/** Runs `work` with the parameters replaced by their averages, and puts the parameters back. */
export async function withAverages<Result>(engine: Engine, averages: ReadonlyMap<Variable, Variable>, work: () => Promise<Result>): Promise<Result> {
  const originals = await Promise.all([...averages.keys()].map(async (parameter) => [parameter, await engine.read(parameter)] as const));
  for (const [parameter, average] of averages) await engine.write(parameter, await engine.read(average));
  try {
    return await work();
  } finally {
    for (const [parameter, values] of originals) await engine.write(parameter, values);
  }
}
