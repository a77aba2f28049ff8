import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { argMax, drawCategorical } from "../../src/models/categorical.js";
import { codebook, perplexity } from "../../src/models/codebook.js";
import { cast, constant, noise } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce, valueOf } from "../support/compute.js";

const asNumbers = (indices: Parameters<typeof cast>[0]) => valueOf(cast(indices, "float32"));

describe("choosing one of several", () => {
  it("takes the first of the largest", async () => {
    assert.deepEqual(await asNumbers(argMax(constant([1, 3, 2, 5, 5, 0, -1, -1, -1], [3, 3]))), [1, 0, 0]);
  });

  it("draws with the probabilities of the softmax", async () => {
    const probabilities = [0.6, 0.3, 0.1];
    const logits = constant(Array.from({ length: 3 * 6000 }, (_, i) => Math.log(probabilities[i % 3])), [6000, 3]);
    const drawn = await asNumbers(drawCategorical(logits, noise.uniform([6000, 3])));
    probabilities.forEach((p, i) => assert.ok(Math.abs(drawn.filter((index) => index === i).length / 6000 - p) < 0.025, `${i}`));
  });
});

/** Two clusters, around (0, 1) and (4, 0). */
const vectors = [0, 1.2, 0, 0.8, 0.3, 1, 4, 0, 4.4, -0.2, 3.9, 0.4];
const means = [0.1, 1, 4.1, 0.2 / 3];

describe("a codebook", () => {
  const start = [1, 1, 3, 0];

  it("finds the nearest code", async () => {
    const book = codebook("b", { count: 2, size: 2, decay: 0, restart: 0 });
    const engine = referenceEngine();
    await engine.write(book.variables[0], start);
    const { codes } = await runOnce({ outputs: { codes: cast(book.nearest(constant(vectors, [6, 2])), "float32") } }, {}, undefined, engine);
    assert.deepEqual(codes, [0, 0, 0, 1, 1, 1]);
  });

  it("without memory is a step of k-means: each code becomes the mean of its vectors, and one without vectors stays", async () => {
    const book = codebook("b", { count: 3, size: 2, decay: 0, restart: 0 });
    const engine = referenceEngine();
    await engine.write(book.variables[0], [...start, 50, 50]);
    const given = constant(vectors, [6, 2]);
    await runOnce({ outputs: {}, updates: book.learn(given, book.nearest(given)) }, {}, undefined, engine);
    assertClose(await engine.read(book.variables[0]), [...means, 50, 50], 1e-9);
  });

  it("with memory is the quotient of running means (equations 6 to 8), which comes to the same means of fixed vectors", async () => {
    const book = codebook("b", { count: 2, size: 2, decay: 0.9, restart: 0 });
    const [engine, given] = [referenceEngine(), constant(vectors, [6, 2])];
    await engine.write(book.variables[0], start);
    await engine.write(book.variables[1], [3, 3]);
    await engine.write(book.variables[2], start.map((value) => 3 * value));
    const step = await engine.compile({ outputs: {}, updates: book.learn(given, book.nearest(given)) });
    await step.run({});
    assertClose(await engine.read(book.variables[0]), start.map((value, i) => 0.9 * value + 0.1 * means[i]), 1e-9);
    for (let i = 0; i < 200; i++) await step.run({});
    assertClose(await engine.read(book.variables[0]), means, 1e-6);
  });

  it("starts codes that nothing uses again, from the batch", async () => {
    const book = codebook("b", { count: 3, size: 2, decay: 0.5, restart: 0.05 });
    const [engine, given] = [referenceEngine(), constant(vectors, [6, 2])];
    await engine.write(book.variables[0], [...start, 50, 50]);
    await runOnce({ outputs: {}, updates: book.learn(given, book.nearest(given)) }, {}, { seed: 1 }, engine);
    const [x, y] = Array.from(await engine.read(book.variables[0])).slice(4);
    assert.ok([0, 2, 4, 6, 8, 10].some((i) => vectors[i] === x && vectors[i + 1] === y), `${x}, ${y}`);
  });

  it("has the perplexity of its use", () => {
    assertClose([perplexity([0.25, 0.25, 0.25, 0.25, 0]), perplexity([1, 0]), perplexity([0.9, 0.1])], [4, 1, Math.exp(0.9 * Math.log(1 / 0.9) + 0.1 * Math.log(10))], 1e-12);
  });
});
