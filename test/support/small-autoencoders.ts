/** What tests of autoencoders share: a picture that is easy to learn, and a few steps of training on the reference engine. */
import { referenceEngine } from "../../src/engines/reference/index.js";
import type { Engine } from "../../src/engines/engine.js";
import type { BuiltModel, Stage } from "../../src/models/model.js";
import { adam } from "../../src/optimizers/index.js";

/** The same picture again and again, light in its first half and dark in the second. */
export const halves = (batch: number, size: number): Float64Array => Float64Array.from({ length: batch * size }, (_, i) => (i % size < size / 2 ? 0.9 : 0.1));

/** An engine that holds the first values of a model's variables. */
export async function initialized({ variables }: BuiltModel, seed = 1): Promise<Engine> {
  const engine = referenceEngine();
  for (const variable of variables) await engine.write(variable, variable.initial(seed));
  return engine;
}

/** Losses of so many steps of Adam on one batch, through all phases of a stage. */
export async function trainSteps(engine: Engine, { phases }: Stage, x: Float64Array, batch: number, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for (const phase of phases) {
    const { inputs, loss, updates } = phase.objective(batch);
    const trained = adam({ learningRate: 0.01, name: phase.name }).minimize(loss, phase.parameters);
    const step = await engine.compile({ inputs, outputs: { loss }, updates: new Map([...updates, ...trained]) });
    for (let i = 0; i < steps; i++) losses.push((await step.run({ x }, { seed: 1, step: i })).loss[0]);
  }
  return losses;
}
