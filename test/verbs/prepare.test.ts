import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findModel, UsageError, type DataSpec } from "../../src/index.js";
import { buildModel, trainingOf } from "../../src/verbs/prepare.js";

describe("a model that does not take the data", () => {
  const ask = (model: string, spec: DataSpec, options: object = {}) => () => buildModel(findModel(model), { ...options }, spec);
  const images: DataSpec = { kind: "images", shape: [1, 8, 8] };
  const refused = (message: RegExp, hint: RegExp) => (error: unknown) => error instanceof UsageError && message.test(error.message) && hint.test(error.hint ?? "");

  it("says how to make pairs, or single images, and which models take others", () => {
    for (const model of ["pix2pix", "cycle-gan", "diffusion-translation"]) assert.throws(ask(model, images), refused(/takes pairs, not images/, /--task superres, colorize or edges.*--target-folder/));
    assert.throws(ask("edm", { kind: "pairs", shape: [2, 8, 8], source: 1 }), refused(/takes images, not pairs/, /^Leave out.*--task.*: pix2pix, cycle-gan, diffusion-translation\.$/));
    assert.throws(ask("edm", { kind: "vectors", shape: [3] }), refused(/takes images, not vectors/, /^Use other data, or a model that takes vectors: pca, /));
  });

  it("says how files are given classes", () => {
    for (const [model, options] of [["edm", { conditional: true }], ["conditional-gan", {}]] as const) assert.throws(ask(model, images, options), refused(/the data has no classes/, /subfolder.*--label-column.*--labels/));
  });
});

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
