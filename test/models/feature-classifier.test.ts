import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { featureClassifier, FEATURES } from "../../src/models/feature-classifier.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";
import { initialized } from "../support/small-autoencoders.js";

const x = Float64Array.from({ length: 3 * 36 }, (_, i) => ((i * i * 7) % 11) / 10);
const labels = Int32Array.of(2, 0, 1);

describe("the classifier whose features samples are compared by", () => {
  it("has probabilities that are the softmax of a layer on its features, and counts its wrong answers", async () => {
    const model = featureClassifier([1, 6, 6], 3);
    const engine = await initialized(model);
    const { features } = await runOnce(model.features(3), { x }, undefined, engine);
    assert.equal(features.length, 3 * FEATURES);
    assert.ok(features.every((value) => value >= 0) && features.some((value) => value > 0));
    const { probabilities } = await runOnce(model.classify(3), { features: Float64Array.from(features) }, undefined, engine);
    const { loss, error } = await runOnce(model.validation(3), { x, labels }, undefined, engine);
    const rows = [0, 1, 2].map((i) => Array.from(probabilities.slice(3 * i, 3 * i + 3)));
    assertClose(rows.map((row) => row.reduce((a, b) => a + b)), [1, 1, 1], 1e-9);
    assertClose(loss, [-rows.reduce((sum, row, i) => sum + Math.log(row[labels[i]]), 0) / 3], 1e-6);
    assertClose(error, [rows.filter((row, i) => row[labels[i]] < Math.max(...row)).length / 3], 1e-6);
  });

  it("takes images of any size and colours", () => {
    for (const [shape, positions] of [[[1, 1, 1], 1], [[3, 2, 50], 25], [[1, 28, 28], 49], [[3, 200, 130], 24]] as const) {
      const { variables, features } = featureClassifier(shape, 2);
      assert.deepEqual(features(1).outputs.features.shape, [1, FEATURES]);
      // Larger images are halved more often, so that the dense layer stays small.
      const channels = variables.filter(({ rank }) => rank === 4).at(-1)?.shape[0] ?? shape[0];
      assert.ok(variables.some(({ shape: [inputs, outputs] }) => inputs === channels * positions && outputs === FEATURES), `${String(shape)}: ${variables.map((variable) => String(variable.shape)).join("; ")}`);
    }
  });

  it("takes rows of a table and series with two dense layers", () => {
    for (const [shape, inputs] of [[[5], 5], [[7, 3], 21]] as const) {
      const { variables, features } = featureClassifier(shape, 2);
      assert.deepEqual(features(4).outputs.features.shape, [4, FEATURES]);
      assert.deepEqual(variables.filter(({ rank }) => rank === 2).map((kernel) => kernel.shape), [[inputs, FEATURES], [FEATURES, FEATURES], [FEATURES, 2]]);
    }
  });
});
