import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { hashing } from "../../src/models/hashing.js";
import { nadam } from "../../src/optimizers/index.js";
import { noiseOp, topologicalOrder } from "../../src/tensor/index.js";
import { runOnce } from "../support/compute.js";

const spec = { kind: "images", shape: [1, 4, 4] } as const;
const build = (options: object = {}) => hashing.build(hashing.options.parse({ hidden: [12], latentSize: 3, ...options }), spec);
/** Four pictures, one bright quarter each. */
const quarters = Float64Array.from({ length: 4 * 16 }, (_, i) => (Math.floor((i % 16) / 4) === Math.floor(i / 16) ? 1 : 0));

describe("the hashing autoencoder", () => {
  it("learns codings near 0 and 1, for noise leaves no room between them; without noise they stay between", async () => {
    const distances: number[] = [];
    for (const noise of [4, 0]) {
      const [model, engine] = [build({ noise }), referenceEngine()];
      const [phase] = model.stages[0].phases;
      const { inputs, loss } = phase.objective(4);
      const step = await engine.compile({ inputs, outputs: { loss }, updates: nadam({ learningRate: 0.02 }).minimize(loss, phase.parameters) });
      for (let i = 0; i < 300; i++) await step.run({ x: quarters }, { seed: 1, step: i });
      const { codings } = await runOnce(model.abilities.encode!(4), { x: quarters }, undefined, engine);
      distances.push(codings.reduce((total, coding) => total + Math.abs(coding - Math.round(coding)), 0) / codings.length);
    }
    assert.ok(distances[0] < 0.03 && distances[0] < distances[1] / 2, distances.join(" "));
  });

  it("draws noise in training only", () => {
    const model = build();
    const hasNoise = (outputs: object) => topologicalOrder(Object.values(outputs)).some(({ op }) => op === noiseOp);
    const { loss } = model.stages[0].phases[0].objective(2);
    assert.deepEqual([hasNoise({ loss }), hasNoise(model.validation(2).outputs), hasNoise(model.abilities.encode!(2).outputs)], [true, false, false]);
  });

  it("says that its codings are bits", () => assert.equal(build().codings, "bits"));
});
