import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { batchOf, denoise, denoisePicture, denoisingFigure, edit, editsSvg, imagesFromArray, inpaint, inpaintingSvg, interpolate, maskOf, missingParts, reconstruct, sample, samplingStrip, takeExamples, train, UsageError, type Trained, type TrainOutcome } from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { newFolder } from "../training/support/tiny.js";

/** Two kinds of images, dark and light. */
const data = imagesFromArray(Uint8Array.from({ length: 40 * 16 }, (_, i) => (Math.floor(i / 16) % 2) * 200 + (i % 7)), { shape: [1, 4, 4], labels: Array.from({ length: 40 }, (_, i) => i % 2), classes: ["dark", "light"] });
const options = { channels: [8], blocks: 1, attention: [], heads: 2 };
const trainedAs = (model: string, more: object = {}): Promise<TrainOutcome> => train({ model, options: { ...options, ...more }, data, training: { epochs: 1, batchSize: 8, averageDecay: 0.5 }, out: newFolder() });
const values = batchOf(data.test, [0, 1, 2], [-1, 1]);
const distance = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2 / a.length, 0);
const refused = (message: RegExp) => (error: unknown) => error instanceof UsageError && message.test(error.message);

describe("what diffusion models do with given images", () => {
  let [plain, conditional]: (TrainOutcome | undefined)[] = [];
  before(async () => {
    [plain, conditional] = [await trainedAs("diffusion", { steps: 30 }), await trainedAs("edm", { conditional: true })];
  });
  after(async () => {
    for (const trained of [plain!, conditional!]) await trained.dispose();
  });

  it("editing stays in the model's range, is the same for the same seed, and moves images the farther the stronger it is", async () => {
    const [weak, strong] = [await edit(plain!, values, { strength: 0.1, seed: 3 }), await edit(plain!, values, { strength: 1, seed: 3 })];
    for (const edited of [weak, strong]) assert.ok(edited.length === 48 && edited.every((value) => value >= -1 && value <= 1));
    assert.ok(distance(weak, values) < distance(strong, values));
    assert.deepEqual(await edit(plain!, values, { strength: 1, seed: 3 }), strong);
    for (const strength of [0, 1.5, NaN]) await assert.rejects(() => edit(plain!, values, { strength }), refused(/The strength is/));
  });

  it("what is known comes back exactly, whatever the model, and what is missing does not depend on what is hidden there", async () => {
    const mask = maskOf("left", [1, 4, 4]);
    const hidden = values.map((value, i) => (mask[i % 16] === 1 ? 0.3 : value));
    for (const [trained, labels] of [[plain!, undefined], [conditional!, [0, 1, 1]]] as const) {
      const request = { mask, resample: 2, seed: 1, labels, diffusion: { steps: 6 } };
      const filled = await inpaint(trained, values, request);
      filled.forEach((value, i) => assert.ok(mask[i % 16] === 1 ? value >= -1 && value <= 1 : value === values[i]));
      assert.deepEqual(await inpaint(trained, hidden, request), filled);
      assert.notDeepEqual(await inpaint(trained, values, { ...request, resample: 1 }), filled);
    }
  });

  it("masks that do not fit are named", async () => {
    await assert.rejects(() => inpaint(plain!, values, { mask: [1, 0] }), refused(/The mask has 2 pixels/));
    await assert.rejects(() => inpaint(plain!, values, { mask: new Float32Array(16) }), refused(/no white/));
    await assert.rejects(() => inpaint(plain!, values, { mask: new Float32Array(16).fill(1) }), refused(/all white/));
    await assert.rejects(() => inpaint(plain!, values, { mask: maskOf("top", [1, 4, 4]), resample: 0 }), refused(/resample is 0/));
  });

  it("the parts that may be missing are halves, a square in the middle, and a half of the pixels", () => {
    const rows = missingParts.slice(0, 3).map((part) => maskOf(part, [1, 4, 4]).join(""));
    assert.deepEqual(rows, ["1100".repeat(4), "1".repeat(8) + "0".repeat(8), "0000011001100000"]);
    const random = [1, 2].map((seed) => maskOf("random", [1, 4, 4], seed));
    for (const mask of random) assert.equal(mask.reduce((sum, value) => sum + value, 0), 8);
    assert.notDeepEqual(random[0], random[1]);
  });

  it("denoising expects what is behind so much noise: with next to none the image itself", async () => {
    const [little, much] = [await denoise(conditional!, values, { noise: 0.001 }), await denoise(conditional!, values, { noise: 2 })];
    for (const [i, value] of little.entries()) assert.ok(Math.abs(value - Math.max(-1, Math.min(1, values[i]))) < 0.02);
    assert.ok(distance(much, values) > 10 * distance(little, values));
    const { figure, corruptionError, denoisingError } = await denoisingFigure(plain!, values, { noise: 0.3, seed: 2 });
    assert.ok(Math.abs(corruptionError - 0.09) < 0.03 && denoisingError > 0, `${corruptionError}`);
    assert.equal(figure.channels, 1);
    const picture = { shape: [1, 4, 4] as const, values: Float32Array.from(values.subarray(0, 16), (value) => (value + 1) / 2) };
    const cleaned = await denoisePicture(conditional!, picture, { noise: 0.2 });
    assertClose(cleaned.values, (await denoise(conditional!, values.subarray(0, 16), { noise: 0.2 })).map((value) => (value + 1) / 2), 1e-5);
    assert.deepEqual((await denoisePicture(plain!, { shape: [3, 9, 6], values: new Float32Array(162).fill(0.5) }, { noise: 0.2 })).shape, [3, 9, 6]);
    await assert.rejects(async () => denoise(plain!, values), refused(/How much noise/));
    await assert.rejects(async () => denoise(conditional!, values, { noise: 1000 }), refused(/The noise is 1000/));
  });

  it("examples are reconstructed by way of the noise that leads to them, the nearer the more steps there are", async () => {
    const errorOf = async (trained: Trained, steps: number) => distance(await reconstruct({ ...trained, sampling: { steps } }, values, { labels: [0, 1, 0] }), values);
    for (const trained of [plain!, conditional!]) {
      const [coarse, fine] = [await errorOf(trained, 4), await errorOf(trained, 60)];
      assert.ok(fine < coarse / 2, `${coarse} -> ${fine}`);
    }
    const byDdim = (samplerOptions = {}) => reconstruct({ ...plain!, sampling: { sampler: "ddim", steps: 60, samplerOptions } }, values);
    assert.ok(distance(await byDdim(), values) < 0.1);
    await assert.rejects(byDdim({ eta: 0.5 }), refused(/which ddim with eta would/));
    await assert.rejects(reconstruct({ ...plain!, sampling: { sampler: "ddpm" } }, values), refused(/none may be added on the way, which ddpm would/));
  });

  it("the ways between examples begin and end at their reconstructions", async () => {
    const trained = { ...conditional!, sampling: { steps: 10 } };
    const [from, to, labels] = [values.subarray(0, 16), values.subarray(16, 32), { from: [0], to: [1] }];
    const way = await interpolate(trained, { from, to, steps: 3, labels });
    const end = (at: number): Float32Array => way.subarray(16 * at, 16 * (at + 1));
    assert.ok(distance(end(0), await reconstruct(trained, from, { labels: labels.from })) < 1e-5);
    assert.ok(distance(end(2), await reconstruct(trained, to, { labels: labels.to })) < 1e-5);
    assert.ok(distance(end(1), end(0)) > 0 && distance(end(1), end(2)) > 0);
  });

  it("a strip ends with the samples themselves, and is of as many moments as there are levels at most", async () => {
    const { width, height } = await samplingStrip(conditional!, { count: 3, seed: 2, diffusion: { steps: 4 } });
    // 64 screen pixels for each image, and 4 between.
    assert.deepEqual([width, height], [4 + 4 * 68, 4 + 3 * 68]);
    const { width: wide, pixels } = await samplingStrip(conditional!, { count: 3, seed: 2, diffusion: { steps: 30 } });
    assert.equal(wide, 4 + 10 * 68);
    const samples = await sample(conditional!, { count: 3, seed: 2, diffusion: { steps: 30 } });
    // The upper left pixel of the second row's last image.
    assert.equal(pixels[(4 + 68) * wide + 4 + 9 * 68], Math.round((255 * (samples[16] + 1)) / 2));
  });

  it("a strip is of the first ten of as many samples and classes as are asked for", async () => {
    const { height } = await samplingStrip(conditional!, { count: 12, labels: new Int32Array(12).fill(1), diffusion: { steps: 2, guidance: 2 } });
    assert.equal(height, 4 + 10 * 68);
  });

  it("figures show examples beside what became of them", async () => {
    const examples = takeExamples(data.test, 2);
    const shown = Uint32Array.of(0, 1);
    const edits = await editsSvg(conditional!, examples, shown, { strengths: [0.5, 1], labels: [1, 1], diffusion: { steps: 4, guidance: 2 } }, { title: "Edited" });
    assert.equal(edits.match(/<image /g)!.length, 6);
    const filled = await inpaintingSvg(plain!, examples, shown, { mask: maskOf("centre", [1, 4, 4]), resample: 1, diffusion: { steps: 4 } }, { title: "Filled in" });
    assert.equal(filled.match(/<image /g)!.length, 6);
    for (const word of ["original", "missing", "filled in"]) assert.match(filled, new RegExp(`>${word}<`));
  });

  it("guidance wants a class, and other models are refused", async () => {
    await assert.rejects(() => edit(conditional!, values, { diffusion: { guidance: 2 } }), refused(/Guidance leads to a class/));
    const autoencoder = await train({ model: "stacked", data, training: { epochs: 1, batchSize: 8 }, out: newFolder() });
    await assert.rejects(() => edit(autoencoder, values), refused(/is no diffusion model/));
    await autoencoder.dispose();
  });
});
