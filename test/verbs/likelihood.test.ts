import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batchOf, imagesFromArray, likelihood, pairsForTask, train, UsageError, type TrainOutcome } from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { newFolder } from "../training/support/tiny.js";

const data = imagesFromArray(Uint8Array.from({ length: 40 * 16 }, (_, i) => (Math.floor(i / 16) % 2) * 200 + (i % 7)), { shape: [1, 4, 4], labels: Array.from({ length: 40 }, (_, i) => i % 2), classes: ["dark", "light"] });
const tiny = { channels: [8], blocks: 1, attention: [], heads: 2 };
const trainedAs = (model: string, options: object = {}, on = data): Promise<TrainOutcome> =>
  train({ model, options: { ...tiny, ...options }, data: on, training: { epochs: 1, batchSize: 8, averageDecay: 0 }, out: newFolder() });
const values = batchOf(data.train, [0, 1, 2, 3, 4], [-1, 1]);

describe("the likelihood of a diffusion model", () => {
  it("of so many steps is a variational bound, of as many of its terms as are wanted", async () => {
    const trained = await trainedAs("diffusion", { steps: 20 });
    const { method, samples, mean, standardError, bitsPerDimension, logLikelihoods } = await likelihood(trained, values, { steps: 50 });
    assert.deepEqual([method, samples, logLikelihoods.length], ["variational bound", 19, 5]);
    assertClose([bitsPerDimension * 16 * Math.LN2], [-mean], 1e-9 * -mean);
    assert.ok(mean < 0 && standardError > 0);
    assert.deepEqual((await likelihood(trained, values, { steps: 5, variance: "small" })).samples, 5);
    await trained.dispose();
  });

  it("of any noise comes by the probability flow, with classes where it is told them", async () => {
    const trained = await trainedAs("edm", { conditional: true });
    const request = { labels: [0, 1, 0, 1, 0], steps: 6 };
    const { method, samples, mean, logLikelihoods } = await likelihood(trained, values, request);
    assert.deepEqual([method, samples, Number.isFinite(mean)], ["probability flow", 6, true]);
    assertClose((await likelihood(trained, values.subarray(0, 32), request)).logLikelihoods, logLikelihoods.subarray(0, 2), 1e-2);
    const refused = (message: RegExp) => (error: unknown) => error instanceof UsageError && message.test(error.message);
    await assert.rejects(likelihood(trained, values), refused(/wants a class/));
    await assert.rejects(likelihood(trained, values, { ...request, variance: "small" }), refused(/variance/));
    await assert.rejects(likelihood(trained, values, { ...request, steps: 0 }), refused(/steps is 0/));
    await trained.dispose();
  });

  it("is not known of a model that translates", async () => {
    const pairs = { train: pairsForTask(data.train, "superres"), validation: pairsForTask(data.validation, "superres"), test: pairsForTask(data.test, "superres") };
    const trained = await trainedAs("diffusion-translation", { steps: 20 }, pairs);
    await assert.rejects(likelihood(trained, values), /cannot estimate likelihoods/);
    await trained.dispose();
  });
});
