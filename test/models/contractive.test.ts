import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { contractive } from "../../src/models/contractive.js";
import { nadam } from "../../src/optimizers/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

const spec = { kind: "images", shape: [1, 3, 3] } as const;
const build = (options: object) => contractive.build(contractive.options.parse({ latentSize: 4, ...options }), spec);
const pixels = (batch: number) => Float64Array.from({ length: batch * 9 }, (_, i) => 0.5 + 0.5 * Math.sin(i));

/** The squared norm of the Jacobian by central differences of the model's codings, averaged over the examples. */
async function byDifferences(options: object, batch: number): Promise<number> {
  const [model, step] = [build(options), 1e-5];
  const engine = referenceEngine();
  for (const variable of model.variables) await engine.write(variable, variable.initial(0));
  const codingsOf = async (x: Float64Array) => (await runOnce(model.abilities.encode!(batch), { x }, undefined, engine)).codings;
  let total = 0;
  for (let pixel = 0; pixel < 9; pixel++) {
    const moved = (by: number) => pixels(batch).map((value, i) => (i % 9 === pixel ? value + by : value));
    const [above, below] = [await codingsOf(moved(step)), await codingsOf(moved(-step))];
    total += above.reduce((sum, value, i) => sum + ((value - below[i]) / (2 * step)) ** 2, 0);
  }
  return total / batch;
}

describe("the contractive autoencoder", () => {
  const encoders = { "one sigmoid layer": {}, "one tanh layer": { codingActivation: "tanh" }, "two layers": { hidden: [5], activation: "tanh" } };
  for (const [name, options] of Object.entries(encoders))
    it(`penalizes the encoder's Jacobian: ${name}`, async () => {
      const expected = await byDifferences(options, 3);
      const { loss, meanSquaredError, penalty, jacobian } = await runOnce(build({ ...options, weight: 0.3 }).validation(3), { x: pixels(3) }, { seed: 0 });
      assertClose(jacobian, [expected], 1e-6);
      assertClose([penalty[0], loss[0]], [0.3 * expected, meanSquaredError[0] + 0.3 * expected], 1e-6);
    });

  it("estimates it without bias", async () => {
    const options = { hidden: [5], activation: "tanh" };
    const exact = await byDifferences(options, 3);
    const step = await referenceEngine().compile(build({ ...options, jacobian: "estimated" }).validation(3));
    const estimates: number[] = [];
    for (let i = 0; i < 300; i++) estimates.push((await step.run({ x: pixels(3) }, { seed: 0, step: i })).jacobian[0]);
    const mean = estimates.reduce((a, b) => a + b) / estimates.length;
    const error = Math.sqrt(estimates.reduce((total, value) => total + (value - mean) ** 2, 0)) / estimates.length;
    assert.ok(error > 0 && Math.abs(mean - exact) < 4 * error, `${mean} +- ${error}, exact ${exact}`);
  });

  it("learns codings that contract", async () => {
    const norms: number[] = [];
    for (const weight of [0, 0.1]) {
      const model = build({ weight, hidden: [5] });
      const [phase] = model.stages[0].phases;
      const { inputs, loss, metrics } = phase.objective(4);
      const step = await referenceEngine().compile({ inputs, outputs: metrics, updates: nadam({ learningRate: 0.02 }).minimize(loss, phase.parameters) });
      let last = 0;
      for (let i = 0; i < 60; i++) last = (await step.run({ x: pixels(4) }, { seed: 1, step: i })).jacobian[0];
      norms.push(last);
    }
    assert.ok(norms[1] < 0.5 * norms[0], norms.join(" "));
  });
});
