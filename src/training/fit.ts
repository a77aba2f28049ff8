/** Training that leaves no run folder: for small networks that are a means, and for many of them one after the other. */
import { batchOf, gatherLabels, shuffledIndices } from "../data/batches.js";
import type { Examples, PixelRange } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { RunError } from "../errors.js";
import type { BuiltModel } from "../models/model.js";
import type { Data, Variable } from "../tensor/index.js";
import { optimizerOf, type TrainingConfig } from "./config.js";
import { evaluator } from "./evaluate.js";
import type { Metrics } from "./events.js";

export interface FitJob {
  /** A model of one stage with one phase. Its variables start from the values that they have in the engine. */
  readonly model: BuiltModel;
  /** Without those to validate, training goes on for all steps, and the last weights count. */
  readonly examples: { readonly train: Examples; readonly validation?: Examples | undefined };
  readonly range: PixelRange;
  readonly engine: Engine;
  readonly config: Pick<TrainingConfig, "batchSize" | "seed" | "optimizer"> & {
    /** Steps at most. */
    readonly steps: number;
    /** Steps between validations. */
    readonly validateEvery: number;
    /** Stops after so many validations without a better one. */
    readonly patience: number;
  };
  readonly signal?: AbortSignal | undefined;
}

export interface FitResult {
  /** Steps done. */
  readonly steps: number;
  /** The best validation, where there is one. */
  readonly validation?: Metrics;
}

/** Trains the model and leaves it in the engine as it was at its best validation (of the first metric), if there is any. Batches and noise follow from the seed. */
export async function fit({ model, examples: { train, validation }, range, engine, config, signal }: FitJob): Promise<FitResult> {
  const { seed, steps, validateEvery, patience } = config;
  const batchSize = Math.min(config.batchSize, train.count);
  const [{ phases: [phase] }] = model.stages;
  const { inputs, loss, updates } = phase.objective(batchSize);
  const trained = optimizerOf(config, steps, "optimizer").minimize(loss, phase.parameters);
  const executable = await engine.compile({ inputs, outputs: { loss }, updates: new Map([...trained, ...updates]) });
  const validator = validation && (await evaluator({ model, examples: validation, range, engine, seed }));
  try {
    let best = validator && { metrics: (await validator.run()).metrics, values: await valuesOf(engine, model.variables) };
    let [step, waited] = [0, 0];
    const stepsPerEpoch = Math.floor(train.count / batchSize);
    let order = shuffledIndices(train.count, seed, 0);
    while (step < steps && waited < patience) {
      signal?.throwIfAborted();
      const at = step % stepsPerEpoch;
      if (at === 0) order = shuffledIndices(train.count, seed, step / stepsPerEpoch);
      const indices = order.subarray(at * batchSize, (at + 1) * batchSize);
      const labels = new Int32Array(batchSize);
      gatherLabels(train, indices, labels);
      const feeds: Record<string, Data> = { x: batchOf(train, indices, range), ...("labels" in inputs && { labels }) };
      const [value] = (await executable.run(feeds, { seed, step })).loss;
      step++;
      if (!Number.isFinite(value)) throw new RunError(`The loss is not finite at step ${step}, in phase "${phase.name}"`, "Use a smaller learning rate.");
      if (!validator || !best || (step % validateEvery !== 0 && step !== steps)) continue;
      const { metrics } = await validator.run();
      const better = Object.values(metrics)[0] < Object.values(best.metrics)[0];
      if (better) best = { metrics, values: await valuesOf(engine, model.variables) };
      waited = better ? 0 : waited + 1;
    }
    if (best) await writeAll(engine, best.values);
    return { steps: step, ...(best && { validation: best.metrics }) };
  } finally {
    await executable.dispose();
    await validator?.dispose();
  }
}

/** Copies of the values of variables. */
export async function valuesOf(engine: Engine, variables: readonly Variable[]): Promise<ReadonlyMap<Variable, Data>> {
  const values = new Map<Variable, Data>();
  for (const variable of variables) values.set(variable, await engine.read(variable));
  return values;
}

/** Puts values back into their variables. */
export async function writeAll(engine: Engine, values: ReadonlyMap<Variable, Data>): Promise<void> {
  for (const [variable, data] of values) await engine.write(variable, data);
}
