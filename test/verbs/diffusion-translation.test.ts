import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { exportAbility, imagesFromArray, pairsForTask, sample, takeExamples, train, translate, translatePicture, translationReport, translationsSvg, UsageError, type Splits, type TrainOutcome } from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { newFolder } from "../training/support/tiny.js";

/** Smooth grey pictures of 8 x 8, small and large. */
const images = imagesFromArray(Uint8Array.from({ length: 48 * 64 }, (_, i) => 128 + 100 * Math.sin((i % 8) / 2 + (i % 64) / 9 + Math.floor(i / 64))), { shape: [1, 8, 8] });
const pairs: Splits = { train: pairsForTask(images.train, "superres"), validation: pairsForTask(images.validation, "superres"), test: pairsForTask(images.test, "superres") };
const few = { diffusion: { steps: 3 } };

describe("translating by diffusion", () => {
  let learned: TrainOutcome | undefined;
  const trained = () => learned!;
  before(async () => {
    const options = { channels: [8], blocks: 1, attention: [], heads: 2, steps: 30, prediction: "x0", residual: true };
    learned = await train({ model: "diffusion-translation", options, data: pairs, training: { epochs: 1, batchSize: 8, averageDecay: 0.5 }, out: newFolder() });
  });
  after(() => trained().dispose());

  const sources = Float32Array.from({ length: 3 * 64 }, (_, i) => 0.8 * Math.sin(i / 5));

  it("gives an image for each source, within the model's range: another with another seed, the same in any batch", async () => {
    const three = await translate(trained(), sources, { ...few, seed: 4 });
    assert.equal(three.length, 3 * 64);
    assert.ok(three.every((value) => value >= -1 && value <= 1));
    assertClose(await translate(trained(), sources, { ...few, seed: 4, batchSize: 2 }), three, 1e-4);
    assert.notDeepEqual(await translate(trained(), sources, { ...few, seed: 5 }), three);
    assert.notDeepEqual(await translate(trained(), sources.map((value) => -value), { ...few, seed: 4 }), three);
  });

  it("a picture is translated at its own size", async () => {
    const values = sources.subarray(0, 64).map((value) => (value + 1) / 2);
    assertClose((await translatePicture(trained(), { shape: [1, 8, 8], values }, few)).values, (await translate(trained(), sources.subarray(0, 64), few)).map((value) => (value + 1) / 2), 1e-5);
    assert.deepEqual((await translatePicture(trained(), { shape: [1, 12, 16], values: new Float32Array(192).fill(0.5) }, few)).shape, [1, 12, 16]);
    await assert.rejects(translatePicture(trained(), { shape: [3, 8, 8], values: new Float32Array(192) }, few), /3 channels, the model translates pictures with 1/);
  });

  it("goes by the run's own settings where nothing else is said, at other sizes too, and tells its steps", async () => {
    let told = 0;
    const set = { ...trained(), sampling: { steps: 3, onStep: () => void told++ } };
    assert.deepEqual(await translate(set, sources), await translate(trained(), sources, few));
    const picture = { shape: [1, 12, 16] as const, values: new Float32Array(192).fill(0.5) };
    assert.deepEqual((await translatePicture(set, picture)).values, (await translatePicture(trained(), picture, few)).values);
    const once = told;
    await translatePicture(set, picture, { diffusion: { steps: 2 } });
    assert.deepEqual([once, told - once], [6, 2]);
  });

  it("reports how near its translations come to the targets, beside the untouched sources", async () => {
    const two = takeExamples(pairs.test, 2);
    const { count, translated, copied } = await translationReport(trained(), two, few);
    const halves = [0, 1].map((half) => Float32Array.from({ length: 128 }, (_, i) => two.values[Math.floor(i / 64) * 128 + half * 64 + (i % 64)] / 127.5 - 1));
    const error = (image: Float32Array): number => image.reduce((sum, value, i) => sum + Math.abs(value - halves[1][i]) / 256, 0);
    assert.equal(count, 2);
    assertClose([translated!.meanAbsoluteError, copied!.meanAbsoluteError], [error(await translate(trained(), halves[0], few)), error(halves[0])], 1e-5);
    const svg = await translationsSvg(trained(), pairs.test, Uint32Array.of(0, 1), { title: "t" }, few);
    assert.deepEqual([...svg.matchAll(/>(source|translated|target)</g)].map(([, label]) => label), ["source", "translated", "target"]);
  });

  it("leaves a figure, and the denoiser with the source as an input; it cannot sample, nor translate back", async () => {
    assert.deepEqual(trained().files.map((file) => file.slice(trained().path.length + 1)), ["figures/translations.svg", "figures/loss.svg", "denoiser.onnx", "denoiser.json"]);
    assert.match((JSON.parse(readFileSync(join(trained().path, "denoiser.json"), "utf8")) as { how: string }).how, /and source \[batch, 1, 8, 8\]/);
    assert.ok(Buffer.from(await exportAbility(trained(), "denoiser")).includes("source"));
    const refused = (message: RegExp) => (error: unknown) => error instanceof UsageError && message.test(error.message);
    await assert.rejects(sample(trained(), { count: 1 }), refused(/makes one image of another/));
    await assert.rejects(async () => translate(trained(), sources, { back: true }), refused(/cannot translate images back/));
  });
});
