import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { MorphogenError } from "../../src/errors.js";
import { classifierOf } from "../../src/models/classifier.js";
import { stacked } from "../../src/models/stacked.js";
import { input } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

const built = stacked.build(stacked.options.parse({ hidden: [5], latentSize: 3 }), { kind: "vectors", shape: [4] });
const x = Float64Array.from({ length: 8 }, (_, i) => (i % 5) / 4);
const labels = Int32Array.of(1, 0);

describe("a classifier on an encoder", () => {
  it("is the softmax of a layer on the codings, and counts wrong answers", async () => {
    const engine = referenceEngine();
    const model = classifierOf(built, { classes: 2, frozen: false });
    const [kernel, bias] = model.variables.slice(-2);
    await engine.write(kernel, [1, -1, 2, 0, 0.5, 1]);
    await engine.write(bias, [0.1, -0.2]);
    const { codings } = await runOnce(built.abilities.encode!(2), { x }, undefined, engine);
    const logits = [0, 1].map((row) => [0, 1].map((k) => [0, 1, 2].reduce((sum, j) => sum + codings[3 * row + j] * [1, -1, 2, 0, 0.5, 1][2 * j + k], [0.1, -0.2][k])));
    const costs = logits.map((row, i) => Math.log(Math.exp(row[0]) + Math.exp(row[1])) - row[labels[i]]);
    const wrong = logits.map((row, i) => (row[labels[i]] < Math.max(...row) ? 1 : 0));
    const { loss, error } = await runOnce(model.validation(2), { x, labels }, undefined, engine);
    assertClose(loss, [(costs[0] + costs[1]) / 2], 1e-9);
    assert.deepEqual(error, [(wrong[0] + wrong[1]) / 2]);
  });

  it("shares the encoder's own variables, and trains none of them when it is frozen", () => {
    const [tuned, frozen] = [false, true].map((value) => classifierOf(built, { classes: 2, frozen: value }));
    const names = tuned.encoder.map(({ name }) => name).sort();
    assert.deepEqual(names, built.variables.map(({ name }) => name).filter((name) => name.startsWith("encoder.")).sort());
    assert.ok(tuned.encoder.every((variable) => built.variables.includes(variable)));
    assert.equal(tuned.stages[0].phases[0].parameters.length, names.length + 2);
    assert.deepEqual(frozen.stages[0].phases[0].parameters.map(({ name }) => name), ["classifier.kernel", "classifier.bias"]);
  });

  it("refuses what cannot encode examples alone", () => {
    const { encode, ...others } = built.abilities;
    assert.throws(() => classifierOf({ ...built, abilities: others }, { classes: 2, frozen: true }), MorphogenError);
    const conditional = (batch: number) => ({ ...encode!(batch), inputs: { ...encode!(batch).inputs!, labels: input("labels", [batch], "int32") } });
    assert.throws(() => classifierOf({ ...built, abilities: { encode: conditional } }, { classes: 2, frozen: true }), /encodes x and labels/);
  });
});
