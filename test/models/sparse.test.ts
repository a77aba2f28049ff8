import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import { sparse } from "../../src/models/sparse.js";
import { nadam } from "../../src/optimizers/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

const spec = { kind: "images", shape: [1, 3, 3] } as const;
const build = (options: object = {}) => sparse.build(sparse.options.parse({ hidden: [8], latentSize: 4, ...options }), spec);
const pixels = (batch: number) => Float64Array.from({ length: batch * 9 }, (_, i) => 0.5 + 0.5 * Math.sin(i));

describe("the sparse autoencoder", () => {
  const batch = 6;
  /** Codings as rows of four, and the validation metrics of the same weights. */
  async function measured(options: object) {
    const [model, engine] = [build(options), referenceEngine()];
    for (const variable of model.variables) await engine.write(variable, variable.initial(3));
    const { codings } = await runOnce(model.abilities.encode!(batch), { x: pixels(batch) }, undefined, engine);
    const rows = Array.from({ length: batch }, (_, i) => codings.slice(4 * i, 4 * i + 4));
    return { rows, metrics: await runOnce(model.validation(batch), { x: pixels(batch) }, undefined, engine), engine, model };
  }

  it("l1: weighs the sum of each example's absolute codings, averaged over the batch", async () => {
    const { rows, metrics } = await measured({ penalty: "l1", weight: 0.2, codingActivation: "tanh" });
    const expected = (0.2 * rows.flat().reduce((total, coding) => total + Math.abs(coding), 0)) / batch;
    assertClose([metrics.penalty[0], metrics.loss[0]], [expected, metrics.meanSquaredError[0] + expected], 1e-9);
  });

  it("kl: weighs the divergence of each unit's mean activity from the target, summed over the units", async () => {
    const { rows, metrics } = await measured({ penalty: "kl", weight: 0.2, target: 0.1 });
    const activities = [0, 1, 2, 3].map((unit) => rows.reduce((total, row) => total + row[unit], 0) / batch);
    const expected = 0.2 * activities.reduce((total, rate) => total + 0.1 * Math.log(0.1 / rate) + 0.9 * Math.log(0.9 / (1 - rate)), 0);
    assertClose([metrics.penalty[0], metrics.loss[0]], [expected, metrics.meanSquaredError[0] + expected], 1e-9);
    assertClose(metrics.meanActivity, [activities.reduce((a, b) => a + b) / 4], 1e-9);
  });

  it("counts as dead the units that are the same for all examples", async () => {
    const { metrics, model, engine } = await measured({ codingActivation: "tanh", penalty: "l1" });
    assert.deepEqual(metrics.deadUnits, [0]);
    const kernel = model.variables.find(({ name }) => name === "encoder.2.kernel")!;
    // Units 1 and 3 hear nothing.
    await engine.write(kernel, Float64Array.from(await engine.read(kernel), (weight, i) => (i % 2 === 1 ? 0 : weight)));
    assert.deepEqual((await runOnce(model.validation(batch), { x: pixels(batch) }, undefined, engine)).deadUnits, [2]);
  });

  it("brings the mean activity to the target, with more codings than pixels", async () => {
    const model = build({ latentSize: 20, weight: 0.1, target: 0.1 });
    const [phase] = model.stages[0].phases;
    const { inputs, loss } = phase.objective(batch);
    const engine = referenceEngine();
    const step = await engine.compile({ inputs, outputs: { loss }, updates: nadam({ learningRate: 0.03 }).minimize(loss, phase.parameters) });
    for (let i = 0; i < 120; i++) await step.run({ x: pixels(batch) }, { seed: 1, step: i });
    const { meanActivity } = await runOnce(model.validation(batch), { x: pixels(batch) }, undefined, engine);
    assert.ok(Math.abs(meanActivity[0] - 0.1) < 0.03, `${meanActivity[0]}`);
  });

  it("refuses kl for codings that are no rates", () => {
    assert.throws(() => build({ codingActivation: "relu" }), (error: unknown) => error instanceof UsageError && /relu/.test(error.message));
    assert.doesNotThrow(() => build({ codingActivation: "relu", penalty: "l1" }));
  });
});
