import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { secondStage } from "../../src/models/second-stage.js";
import { sizeOf } from "../../src/tensor/index.js";
import { trainingConfig } from "../../src/training/index.js";
import { fit } from "../../src/training/fit.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

describe("the second stage", () => {
  it("has the ELBO of a posterior and decoder that are known", async () => {
    const engine = referenceEngine();
    const model = secondStage(2, [3]);
    // All weights zero: q(u|z) = N(0, 1), so KL = 0; p(z|u) = N(0, gamma) of standardized codings.
    for (const variable of model.variables) await engine.write(variable, new Float64Array(sizeOf(variable.shape)));
    const gamma = 0.5;
    await engine.write(model.variables.find(({ name }) => name === "decoder.logGamma")!, [Math.log(gamma)]);
    await engine.write(model.standard.mean, [1, -1]);
    await engine.write(model.standard.deviation, [2, 4]);
    const { loss } = await runOnce(model.validation(1), { x: Float64Array.of(3, 3) }, { seed: 0 }, engine);
    assertClose(loss, [(1 + 1) / gamma ** 2 / 2 + 2 * Math.log(gamma) + Math.log(2 * Math.PI)], 1e-9);
  });

  it("learns where codings lie, and samples them there, sample i by the seed and i alone", async () => {
    const engine = referenceEngine();
    const model = secondStage(2, [8]);
    await engine.write(model.standard.mean, [3, -2]);
    await engine.write(model.standard.deviation, [2, 0.5]);
    // On a line: the two codings always agree, which a normal distribution of each alone would miss.
    const values = Float32Array.from({ length: 128 }, (_, i) => (i % 2 === 0 ? 3 + 2 * Math.sin(i / 2) * Math.SQRT2 : -2 + 0.5 * Math.sin((i - 1) / 2) * Math.SQRT2));
    const examples = { spec: { kind: "vectors", shape: [2] }, count: 64, values } as const;
    const { optimizer } = trainingConfig.parse({ optimizer: { learningRate: 0.01 } });
    const config = { batchSize: 32, seed: 0, steps: 600, validateEvery: 200, patience: 100, optimizer };
    for (const variable of model.variables) if (!Object.values(model.standard).includes(variable)) await engine.write(variable, variable.initial(0));
    await fit({ model, examples: { train: examples, validation: examples }, range: [0, 1], engine, config });
    const { codings } = await runOnce(model.sampleCodings(200), {}, { seed: 1 }, engine);
    const pairs = Array.from({ length: 200 }, (_, i) => [(codings[2 * i] - 3) / 2, (codings[2 * i + 1] + 2) / 0.5]);
    const average = (f: (pair: number[]) => number) => pairs.reduce((sum, pair) => sum + f(pair), 0) / pairs.length;
    const correlation = average(([a, b]) => a * b) / Math.sqrt(average(([a]) => a * a) * average(([, b]) => b * b));
    assert.ok(correlation > 0.8, `${correlation}`);
    const fifth = await runOnce(model.sampleCodings(1), {}, { seed: 1, firstRow: 4 }, engine);
    assertClose(fifth.codings, codings.slice(8, 10), 1e-12);
  });
});
