import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import { hierarchical } from "../../src/models/hierarchical.js";
import { adam } from "../../src/optimizers/index.js";
import { sizeOf } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

const spec = { kind: "images", shape: [1, 6, 6] } as const;
const small = { network: "dense", hidden: [8], units: [6, 5], latentSizes: [3, 2], channels: [2, 3] };
const build = (options = {}) => hierarchical.build(hierarchical.options.parse({ ...small, ...options }), spec);
const pixels = (batch: number) => Float64Array.from({ length: batch * 36 }, (_, i) => 0.5 + 0.5 * Math.sin(i % 36));

describe("the hierarchical variational autoencoder", () => {
  for (const network of ["dense", "convolutional"])
    it(`learns, with two levels or three: ${network}`, async () => {
      for (const levels of [{}, { units: [6, 5, 4], latentSizes: [3, 2, 2] }]) {
        const model = build({ network, annealing: 10, ...levels });
        const [{ phases: [phase] }] = model.stages;
        const { inputs, loss, metrics, updates } = phase.objective(4);
        assert.deepEqual(Object.keys(metrics), ["reconstruction", "kl1", "kl2", "kl3"].slice(0, 1 + (levels.units?.length ?? 2)));
        const engine = referenceEngine();
        const step = await engine.compile({ inputs, outputs: { loss }, updates: new Map([...updates, ...adam({ learningRate: 0.02 }).minimize(loss, phase.parameters)]) });
        const x = Float64Array.from({ length: 4 * 36 }, (_, i) => (i % 36 < 18 ? 0.9 : 0.1));
        const losses: number[] = [];
        for (let i = 0; i < 50; i++) losses.push((await step.run({ x }, { seed: 1, step: i })).loss[0]);
        assert.ok(losses.at(-1)! < losses[0] - 1, `${losses[0]} -> ${losses.at(-1)}`);
      }
    });

  it("has the KL terms of levels that are known", async () => {
    // All weights zero: every view and every prior is N(0, 1). At the top that is the posterior; below, it is the product of two: N(0, 1/2).
    const model = build();
    const engine = referenceEngine();
    for (const variable of model.variables) await engine.write(variable, new Float64Array(sizeOf(variable.shape)));
    const { loss, kl1, kl2 } = await runOnce(model.validation(3), { x: pixels(3) }, { seed: 0 }, engine);
    const each = 0.5 * (Math.log(2) + 0.5 - 1);
    assertClose([...kl1, ...kl2, ...loss], [3 * each, 0, 36 * Math.LN2 + 3 * each], 1e-9);
  });

  it("has importance weights whose logarithm is the ELBO in the mean, and a bound that rises with their number", async () => {
    const [model, engine] = [build(), referenceEngine()];
    const x = pixels(600);
    const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const { loss } = await runOnce(model.validation(600), { x }, { seed: 1 }, engine);
    const [one, twenty] = [await runOnce(model.abilities.logLikelihood!(600, 1), { x }, { seed: 2 }, engine), await runOnce(model.abilities.logLikelihood!(600, 20), { x }, { seed: 2 }, engine)];
    assertClose([average(one.logLikelihood)], [-loss[0]], 0.01);
    assert.ok(average(twenty.logLikelihood) > average(one.logLikelihood));
  });

  it("says which codings of which level are used, and warns where none is", () => {
    const { metrics, warnings } = build().assess!({ klPerCoding1: Float64Array.of(0.5, 0.001, 0.2), klPerCoding2: Float64Array.of(0, 0) });
    assert.deepEqual(metrics, { activeUnits1: 2, activeUnits2: 0 });
    assert.equal(warnings!.length, 1);
    assert.match(warnings![0], /0 of the 2 codings of level 2/);
  });

  it("wants one number for each level", () => {
    assert.throws(() => build({ units: [4] }), (error: unknown) => error instanceof UsageError && /units names 1 levels, latentSizes 2/.test(error.message));
  });
});
