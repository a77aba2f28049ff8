import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findModel } from "../../src/index.js";
import { trainingOf } from "../../src/verbs/prepare.js";

describe("how a model is trained", () => {
  it("is by its recipe, betas included, unless something else is said", () => {
    const model = findModel("style-gan");
    const betas = (optimizer: object) => {
      const { beta1, beta2 } = trainingOf(model, { optimizer }).optimizer;
      return [beta1, beta2];
    };
    assert.deepEqual(betas({}), [0, 0.99]);
    assert.deepEqual(betas({ name: "adam", beta1: 0.5 }), [0.5, 0.99]);
    assert.deepEqual(betas({ name: "rmsprop" }), [undefined, undefined]);
  });
});
