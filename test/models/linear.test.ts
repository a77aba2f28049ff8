import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { principalComponentsOf } from "../../src/analysis/pca.js";
import { principalAngles } from "../../src/analysis/principal-angles.js";
import type { Examples } from "../../src/data/dataset.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { linear } from "../../src/models/linear.js";
import { adam, cosineDecay } from "../../src/optimizers/index.js";

/** 64 vectors of 6 values, each a sum of waves of falling size. */
function waves(): Examples & { readonly values: Float32Array } {
  const [count, width] = [64, 6];
  const values = Float32Array.from({ length: count * width }, (_, at) => {
    const [i, j] = [Math.floor(at / width), at % width];
    return 0.5 + 0.2 * Math.sin(1.7 * i) * Math.sin(j + 1) + 0.12 * Math.sin(2.9 * i + 1) * Math.cos(2 * j) + 0.03 * Math.sin(0.7 * i * (j + 1) + j);
  });
  return { spec: { kind: "vectors", shape: [width] }, count, values };
}

describe("the linear autoencoder", () => {
  it("finds the subspace and the error of the principal components (Baldi & Hornik 1989)", async () => {
    const [engine, examples, steps] = [referenceEngine(), waves(), 1500];
    const model = linear.build(linear.options.parse({ latentSize: 2 }), examples.spec);
    const { inputs, loss } = model.stages[0].phases[0].objective(examples.count);
    const step = await engine.compile({ inputs, outputs: { loss }, updates: adam({ learningRate: cosineDecay(0.1, steps) }).minimize(loss, model.stages[0].phases[0].parameters) });
    for (const variable of model.variables) await engine.write(variable, variable.initial(42));
    let error = Infinity;
    for (let i = 0; i < steps; i++) error = (await step.run({ x: examples.values })).loss[0];
    const decoder = model.variables.find(({ shape: [rows, columns] }) => rows === 2 && columns === 6)!;
    const { directions, variances } = await principalComponentsOf(engine, examples);
    const angles = principalAngles(await engine.read(decoder), directions.subarray(0, 2 * 6), 6);
    assert.ok(Math.max(...angles) < 1, `${angles.map((angle) => angle.toFixed(3)).join(", ")} degrees`);
    const least = variances.subarray(2).reduce((a, b) => a + b, 0) / 6;
    assert.ok(error > least && error < 1.05 * least, `${error} for ${least}`);
    await engine.dispose();
  });
});
