/** A model's stages as training steps: programs, and what an engine makes of them. */
import type { Engine, Executable } from "../engines/engine.js";
import { MorphogenError } from "../errors.js";
import type { BuiltModel, Objective, Phase, Stage } from "../models/model.js";
import { exponentialMovingAverage, globalNorm, powerFunctionAverages, type Optimizer } from "../optimizers/index.js";
import { gradients, type Program, type Tensor, type Variable } from "../tensor/index.js";
import { snapshotWidths } from "./average-snapshots.js";
import { optimizerOf, type TrainingConfig } from "./config.js";
import { timelineOf, type StageSpan } from "./timeline.js";

interface Variables {
  /** Everything that a checkpoint of the run holds: the model's variables, optimizer state, averages. */
  readonly variables: readonly Variable[];
  /** The average of each averaged parameter. */
  readonly averages: ReadonlyMap<Variable, Variable>;
  /** Averages of which snapshots are kept. */
  readonly postHoc: readonly Variable[];
}

/** One step of training: outputs `loss` and the metrics, updates of everything that learns. */
interface StepProgram {
  readonly program: Program;
  /** Names of what the objective takes: "x", "labels". */
  readonly inputs: readonly string[];
  /** Trained on every n-th batch. */
  readonly every: number;
}

export interface PhaseProgram extends StepProgram {
  readonly name: string;
  /** What takes the step's place where both are due. */
  readonly lazily?: StepProgram;
}

export interface StagePrograms extends StageSpan {
  readonly phases: readonly PhaseProgram[];
  /** The phases of the last step of an epoch where that has fewer examples. */
  readonly lastPhases: readonly PhaseProgram[];
}

interface CompiledStep extends Omit<StepProgram, "program"> {
  readonly executable: Executable;
}

export interface CompiledPhase extends CompiledStep {
  readonly name: string;
  readonly lazily?: CompiledStep;
}

export interface CompiledStage extends StageSpan {
  readonly phases: readonly CompiledPhase[];
  readonly lastPhases: readonly CompiledPhase[];
}

/** The steps (loss, metrics, updates) of each stage, trained on so many examples. */
export function stagePrograms(model: BuiltModel, config: TrainingConfig, examples: number): Variables & { readonly stages: readonly StagePrograms[] } {
  const variables = new Set(model.variables);
  const averages = new Map<Variable, Variable>();
  const postHoc = new Map<string, Variable>();
  const names = model.stages.flatMap(({ phases }) => phases.map(({ name }) => name));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new MorphogenError(`Two phases of the model are named "${twice}"`);

  function phaseProgram(phase: Phase, span: StageSpan, batchSize: number): PhaseProgram {
    const { name, every = 1, lazily } = phase;
    if (lazily && phase.averaged !== false) throw new MorphogenError(`Phase "${name}" has a lazy objective and averages`, "Set averaged: false.");
    const optimizer = optimizerFor(span.stage, span.steps, phase);
    const step = (objective: Objective, every: number): StepProgram => ({ ...stepProgram(phase, objective, optimizer, span), every });
    return { name, ...step(phase.objective(batchSize), every), ...(lazily && { lazily: step(lazily.objective(batchSize), every * lazily.every) }) };
  }

  function stepProgram(phase: Phase, { inputs, loss, metrics, updates }: Objective, optimizer: Optimizer, { isLast }: StageSpan): Omit<StepProgram, "every"> {
    if ("loss" in metrics) throw new MorphogenError(`Phase "${phase.name}" names a metric "loss", which is taken`);
    const slopes = gradients(loss, phase.parameters);
    const trained = phase.parameters.length === 0 ? new Map<Variable, Tensor>() : optimizer.apply(phase.parameters, slopes);
    const norm = phase.gradientNorm && { [`${phase.name}GradientNorm`]: globalNorm(slopes) };
    if (phase.constrain) for (const parameter of phase.parameters) trained.set(parameter, phase.constrain(trained.get(parameter) ?? parameter));
    // What earlier stages learn is a means; averages are of what the last one ends with.
    const isAveraged = isLast && phase.averaged !== false;
    const averaging = isAveraged ? averaged(phase, trained, config.averageDecay, averages) : [];
    const following = isAveraged && config.postHocAverages ? averagedPostHoc(phase, trained, postHoc) : [];
    const all = new Map<Variable, Tensor>([...trained, ...updates, ...averaging, ...following]);
    for (const variable of all.keys()) variables.add(variable);
    return { inputs: Object.keys(inputs), program: { inputs, outputs: { ...metrics, ...norm, loss }, updates: all } };
  }

  const optimizerFor = ({ learningRate = config.optimizer.learningRate }: Stage, steps: number, { name, learningRateFactor = 1, every = 1 }: Phase) =>
    optimizerOf({ ...config, optimizer: { ...config.optimizer, learningRate: learningRate * learningRateFactor } }, Math.ceil(steps / every), `optimizer.${name}`);

  const stages = timelineOf(model.stages, config, examples).map((span): StagePrograms => {
    const programs = (batchSize: number) => span.stage.phases.map((phase) => phaseProgram(phase, span, batchSize));
    return { ...span, phases: programs(config.batchSize), lastPhases: span.rest > 0 ? programs(span.rest) : [] };
  });
  return { stages, variables: [...variables], averages, postHoc: [...postHoc.values()] };
}

export async function compileStages(model: BuiltModel, engine: Engine, config: TrainingConfig, examples: number): Promise<Variables & { readonly stages: readonly CompiledStage[] }> {
  const { stages: all, ...shared } = stagePrograms(model, config, examples);
  const compiled = async (phases: readonly PhaseProgram[]): Promise<CompiledPhase[]> => {
    const result: CompiledPhase[] = [];
    for (const { lazily, ...phase } of phases) result.push({ name: phase.name, ...(await compiledStep(engine, phase)), ...(lazily && { lazily: await compiledStep(engine, lazily) }) });
    return result;
  };
  const stages: CompiledStage[] = [];
  for (const stage of all) stages.push({ ...stage, phases: await compiled(stage.phases), lastPhases: await compiled(stage.lastPhases) });
  return { stages, ...shared };
}

const compiledStep = async (engine: Engine, { program, inputs, every }: StepProgram): Promise<CompiledStep> => ({ inputs, every, executable: await engine.compile(program) });

function averaged(phase: Phase, trained: ReadonlyMap<Variable, Tensor>, decay: number | undefined, averages: Map<Variable, Variable>): ReadonlyMap<Variable, Tensor> {
  if (decay === undefined) return new Map();
  const result = exponentialMovingAverage(phase.parameters, trained, decay, phase.name);
  for (const [parameter, average] of result.averages) averages.set(parameter, average);
  return result.updates;
}

function averagedPostHoc(phase: Phase, trained: ReadonlyMap<Variable, Tensor>, kept: Map<string, Variable>): ReadonlyMap<Variable, Tensor> {
  const result = powerFunctionAverages(phase.parameters, trained, snapshotWidths, phase.name);
  for (const averages of result.averages.values()) for (const average of averages.values()) kept.set(average.name, average);
  return result.updates;
}

/** Does what a stage computes from the whole of the data. The averages of what it changes begin there. */
export async function solveStage(engine: Engine, { stage: { solve } }: StageSpan, averages: ReadonlyMap<Variable, Variable>): Promise<void> {
  if (!solve) return;
  const values: Float32Array[] = [];
  for (const variable of solve.reads) values.push(Float32Array.from(await engine.read(variable)));
  for (const [variable, solved] of solve.compute(values)) {
    await engine.write(variable, solved);
    const average = averages.get(variable);
    if (average) await engine.write(average, solved);
  }
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
