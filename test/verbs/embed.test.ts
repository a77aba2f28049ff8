import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { embed, embeddingCsv, embeddingSvg, imagesFromArray, referenceEngine, train, UsageError, type TrainedRun } from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { temporaryFolder } from "../support/folder.js";

// Bright images are of class 1, dark ones of class 0.
const labels = Array.from({ length: 80 }, (_, i) => i % 2);
const images = Uint8Array.from({ length: 80 * 16 }, (_, i) => (i * 7) % 60 + 150 * labels[Math.floor(i / 16)]);
const data = imagesFromArray(images, { shape: [1, 4, 4], labels, classes: ["dark", "bright"], validation: 0.5 });

describe("embedding", () => {
  let trained: TrainedRun;
  before(async () => {
    const out = join(temporaryFolder("embed"), "run");
    trained = await train({ model: "stacked", options: { hidden: [8], latentSize: 3, codingActivation: "linear" }, data, training: { epochs: 2 }, engine: referenceEngine(), out });
  });
  after(() => trained.dispose());

  it("brings codings into the plane, and measures how their neighbours fare", async () => {
    const embedding = await embed(trained, data.validation, { method: "pca", count: 30 });
    assert.deepEqual([embedding.method, embedding.size, embedding.examples.count, embedding.positions.length], ["pca", 3, 30, 60]);
    const { trustworthiness, accuracy } = embedding.quality;
    assert.ok(trustworthiness > 0.8 && trustworthiness <= 1, `${trustworthiness}`);
    assert.deepEqual(accuracy, { embedding: 1, codings: 1 });
  });

  it("is a picture with the classes, and a table", async () => {
    const embedding = await embed(trained, data.validation, { perplexity: 5 });
    const svg = embeddingSvg(trained, embedding);
    for (const text of ["t-SNE of 40 codings of 3 values: stacked autoencoder", "trustworthiness 0.", "(k = 12); k-NN accuracy", "dark", "bright", "<image "]) assert.ok(svg.includes(text), text);
    const [header, first, ...others] = embeddingCsv(embedding).trimEnd().split("\n");
    assert.deepEqual([header, others.length], ["label,x,y", 39]);
    assertClose(first.split(",").map(Number), [data.validation.labels![0], ...embedding.positions.subarray(0, 2)], 1e-6);
  });

  it("does without labels", async () => {
    const { spec, count, values } = data.validation;
    const embedding = await embed(trained, { spec, count, values }, { method: "pca" });
    assert.equal(embedding.quality.accuracy, undefined);
    assert.match(embeddingCsv(embedding), /^x,y\n/);
    assert.ok(!embeddingSvg(trained, embedding).includes("bright"));
  });

  it("says when there are too few examples", async () => {
    await assert.rejects(() => embed(trained, data.validation, { count: 24 }), (error: unknown) => error instanceof UsageError && /24 examples are too few/.test(error.message));
  });
});
