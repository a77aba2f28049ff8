/** A model's phases as training steps: programs, and what an engine makes of them. */
import type { Engine, Executable } from "../engines/engine.js";
import { MorphogenError } from "../errors.js";
import type { BuiltModel, Phase } from "../models/model.js";
import { exponentialMovingAverage } from "../optimizers/index.js";
import type { Program, Tensor, Variable } from "../tensor/index.js";
import { optimizerOf, type TrainingConfig } from "./config.js";

interface Variables {
  /** Everything that a checkpoint of the run holds: the model's variables, optimizer state, averages. */
  readonly variables: readonly Variable[];
  /** The average of each averaged parameter. */
  readonly averages: ReadonlyMap<Variable, Variable>;
}

export interface PhaseProgram {
  readonly name: string;
  /** One step of training: outputs `loss` and the metrics, updates of everything that learns. */
  readonly program: Program;
  /** Names of what the phase's objective takes: "x", "labels". */
  readonly inputs: readonly string[];
}

export interface PhasePrograms extends Variables {
  readonly phases: readonly PhaseProgram[];
}

export interface CompiledPhase extends Omit<PhaseProgram, "program"> {
  readonly executable: Executable;
}

export interface CompiledPhases extends Variables {
  readonly phases: readonly CompiledPhase[];
}

/** Each phase's step (loss, metrics, updates) for `steps` steps of training. */
export function phasePrograms(model: BuiltModel, config: TrainingConfig, steps: number): PhasePrograms {
  const variables = new Set(model.variables);
  const averages = new Map<Variable, Variable>();
  const phases = model.phases.map((phase): PhaseProgram => {
    const { inputs, loss, metrics, updates } = phase.objective(config.batchSize);
    if ("loss" in metrics) throw new MorphogenError(`Phase "${phase.name}" names a metric "loss", which is taken`);
    const trained = optimizerOf(config, steps, `optimizer.${phase.name}`).minimize(loss, phase.parameters);
    const all = new Map<Variable, Tensor>([...trained, ...updates, ...averaged(phase, trained, config.averageDecay, averages)]);
    for (const variable of all.keys()) variables.add(variable);
    return { name: phase.name, inputs: Object.keys(inputs), program: { inputs, outputs: { ...metrics, loss }, updates: all } };
  });
  return { phases, variables: [...variables], averages };
}

export async function compilePhases(model: BuiltModel, engine: Engine, config: TrainingConfig, steps: number): Promise<CompiledPhases> {
  const { phases: programs, ...shared } = phasePrograms(model, config, steps);
  const phases: CompiledPhase[] = [];
  for (const { name, inputs, program } of programs) phases.push({ name, inputs, executable: await engine.compile(program) });
  return { phases, ...shared };
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
