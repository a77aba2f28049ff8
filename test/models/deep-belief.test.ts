import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { deepBelief } from "../../src/models/deep-belief.js";
import { newestCheckpoint, readMetrics } from "../../src/training/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";
import { newFolder, trainTiny } from "../training/support/tiny.js";

const build = (options: Readonly<Record<string, unknown>> = {}) =>
  deepBelief.build(deepBelief.options.parse({ hidden: [5, 3], latentSize: 2, pretrainingEpochs: 2, ...options }), { kind: "images", shape: [1, 4, 4] });

describe("the deep belief network", () => {
  it("unrolls into the machines' way up and their way down", async () => {
    const [engine, model, sizes] = [referenceEngine(), build(), [16, 5, 3, 2]];
    const solve = model.stages[2].solve!;
    const values = new Map(solve.reads.map(({ name, shape }, which) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(1.3 * i + which))]));
    const unrolled = solve.compute(solve.reads.map(({ name }) => values.get(name)!));
    assert.deepEqual(new Set(unrolled.keys()), new Set(model.stages[3].phases[0].parameters));
    for (const [variable, solved] of unrolled) await engine.write(variable, solved);

    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const at = (machine: number, i: number, j: number) => values.get(`machine.${machine}.kernel`)![i * sizes[machine + 1] + j];
    const x = Array.from({ length: 16 }, (_, i) => (i % 7) / 7);
    let units = x;
    for (const machine of [0, 1, 2]) {
      const totals = Array.from(values.get(`machine.${machine}.hiddenBias`)!, (bias, j) => units.reduce((total, unit, i) => total + unit * at(machine, i, j), bias));
      // The codings are linear.
      units = machine < 2 ? totals.map(sigmoid) : totals;
    }
    assertClose((await runOnce(model.abilities.encode!(1), { x: Float64Array.from(x) }, undefined, engine)).codings, units, 1e-6);
    for (const machine of [2, 1, 0]) units = Array.from(values.get(`machine.${machine}.visibleBias`)!, (bias, i) => sigmoid(units.reduce((total, unit, j) => total + unit * at(machine, i, j), bias)));
    assertClose((await runOnce(model.abilities.reconstruct!(1), { x: Float64Array.from(x) }, undefined, engine)).reconstruction, units, 1e-6);
  });

  it("trains the machines one by one, and then all of it further", async () => {
    const path = newFolder();
    const training = { epochs: 3, batchSize: 8, optimizer: { name: "adam", learningRate: 0.02 } } as const;
    const { events } = await trainTiny({ path, model: build(), training });
    const stages = events.flatMap((event) => (event.event === "stage" ? [[event.name, event.epochs]] : []));
    assert.deepEqual(stages, [["machine 1 of 3", 2], ["machine 2 of 3", 2], ["machine 3 of 3", 2], ["fine-tuning", 3]]);
    const validations = (await readMetrics(path)).flatMap(({ validation }) => (validation ? [validation] : []));
    assert.deepEqual(validations.map((metrics) => Object.keys(metrics)[0]), [...Array<string>(6).fill("meanSquaredError"), ...Array<string>(3).fill("loss")]);
    assert.ok(validations[8].loss < validations[6].loss, `${validations[6].loss} -> ${validations[8].loss}`);
    // Apart from the machines' after fine-tuning.
    const { tensors } = (await newestCheckpoint(path))!;
    const [up, down] = ["machine.0.kernel", "decoder.0.kernel"].map((name) => tensors.get(name)!);
    assert.deepEqual([up.shape, down.shape], [[16, 5], [5, 16]]);
    assert.notEqual(up.data[1], down.data[16]);
  });

  it("trains each machine alone, on what the ones below it make of the examples", async () => {
    const model = build();
    const trained = model.stages.map(({ phases: [{ parameters }] }) => parameters.map(({ name }) => name).join());
    assert.deepEqual(trained.slice(0, 3), [0, 1, 2].map((i) => ["kernel", "visibleBias", "hiddenBias"].map((name) => `machine.${i}.${name}`).join()));
    // Whatever the pixels, the units of a machine without weights are at 1/2, and so are all above: the reconstruction of 1/2 by zeros is exact.
    const engine = referenceEngine();
    for (const variable of model.variables) await engine.write(variable, new Float64Array(variable.shape.reduce((a, b) => a * b)));
    const x = Float64Array.from({ length: 32 }, (_, i) => i % 2);
    const errors = await Promise.all(model.stages.slice(0, 3).map(async (stage) => (await runOnce(stage.validation!(2), { x }, { seed: 0 }, engine)).meanSquaredError[0]));
    assertClose(errors, [0.25, 0, 0], 1e-12);
  });
});
