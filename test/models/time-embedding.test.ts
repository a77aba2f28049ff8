import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MorphogenError, ShapeError } from "../../src/errors.js";
import { timeEmbedding } from "../../src/models/time-embedding.js";
import { inferenceMode } from "../../src/nn/index.js";
import { constant, input } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";
import { pytorch, written } from "./support/diffusion-networks.js";

const design = { frequencies: 3, width: 5, timeScale: 1000, classes: 3 };
const labelled = timeEmbedding("time", design);

describe("the embedding of time and class", () => {
  it("is what PyTorch makes of sines, cosines, two dense layers and a table", async () => {
    const embedded = labelled.embed(constant([0.02, 0.7]), inferenceMode(), constant([1, 3], [2], "int32"));
    assertClose(await valueOf(embedded, await written(labelled.parameters)), pytorch.time, 1e-9);
  });

  it("without labels is that of no class", async () => {
    const engine = await written(labelled.parameters);
    const of = (...labels: number[]) => valueOf(labelled.embed(constant([0.02, 0.7]), inferenceMode(), labels.length ? constant(labels, [2], "int32") : undefined), engine);
    assert.deepEqual(await of(), await of(3, 3));
    assert.notDeepEqual(await of(), await of(2, 2));
  });

  it("refuses labels without classes, and one time for a whole batch", () => {
    const plain = timeEmbedding("time", { ...design, classes: undefined });
    assert.throws(() => plain.embed(input("t", [2]), inferenceMode(), input("labels", [2], "int32")), (error) => error instanceof MorphogenError && /without classes/.test(error.message));
    assert.throws(() => plain.embed(input("t", []), inferenceMode()), (error) => error instanceof ShapeError && /\[batch\]/.test(error.message));
  });
});
