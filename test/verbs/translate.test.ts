import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DataError, imagesFromArray, openTrained, pairsForTask, pictureFiles, pictureReader, takeExamples, train, translate, translatePicture, translationReport, translationsSvg, UsageError, type Splits, type TrainOutcome, type TrainedRun } from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { folderOf, png } from "../data/support.js";
import { newFolder } from "../training/support/tiny.js";

/** Smooth grey pictures of 8 x 8, small and large. */
const images = imagesFromArray(Uint8Array.from({ length: 48 * 64 }, (_, i) => 128 + 100 * Math.sin((i % 8) / 2 + (i % 64) / 9 + Math.floor(i / 64))), { shape: [1, 8, 8] });
const pairs: Splits = { train: pairsForTask(images.train, "superres"), validation: pairsForTask(images.validation, "superres"), test: pairsForTask(images.test, "superres") };
const trainedOn = (model: string, options: object): Promise<TrainOutcome> => train({ model, options: { channels: 3, discriminatorChannels: 2, ...options }, data: pairs, training: { epochs: 1, batchSize: 8 }, out: newFolder() });
/** As if its data had been made by a task. */
const withTask = (trained: TrainedRun, files: object): TrainedRun => ({ ...trained, config: { ...trained.config, data: { ...trained.config.data, files } } });
const picture = (shape: readonly [number, number, number]) => ({ shape, values: Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => 0.5 + 0.4 * Math.sin(i / 5)) });

describe("translating", () => {
  let [learned, cycle]: (TrainOutcome | undefined)[] = [];
  const opened = () => [learned!, cycle!] as const;
  before(async () => {
    [learned, cycle] = [await trainedOn("pix2pix", { levels: 1, normalization: "none", adversarialWeight: 0 }), await trainedOn("cycle-gan", { blocks: 1 })];
  });
  after(async () => {
    for (const trained of opened()) await trained.dispose();
  });

  it("a picture of the model's size is its ability, in [0, 1]; both ways where it has learned both", async () => {
    const given = picture([1, 8, 8]);
    const values = given.values.map((value) => 2 * value - 1);
    for (const [trained, back] of [[opened()[0], false], [opened()[1], false], [opened()[1], true]] as const)
      assertClose((await translatePicture(trained, given, { back })).values, (await translate(trained, values, { back })).map((value) => (value + 1) / 2), 1e-6);
    await assert.rejects(translatePicture(opened()[0], given, { back: true }), (error) => error instanceof UsageError && /cannot translate images back/.test(error.message));
    await assert.rejects(translatePicture(opened()[0], picture([3, 8, 8])), /3 channels, the model translates pictures with 1/);
  });

  it("a picture of another size uses the same weights, unless these are of one size", async () => {
    const [trained] = opened();
    assert.deepEqual((await translatePicture(trained, picture([1, 24, 40]))).shape, [1, 24, 40]);
    const deep = await trainedOn("pix2pix", {});
    await assert.rejects(translatePicture(deep, picture([1, 32, 32])), (error) => error instanceof UsageError && /suit no other size; the picture is 32 x 32/.test(error.message) && /--levels/.test(error.hint!));
    await deep.dispose();
  });

  it("a small picture with a model of super-resolution makes it larger", async () => {
    const [trained] = opened();
    const small = picture([1, 4, 4]);
    const larger = await translatePicture(withTask(trained, { task: "superres", factor: 2 }), small);
    assert.deepEqual(larger.shape, [1, 8, 8]);
    const smooth = pairsForTask({ spec: { kind: "images", shape: [1, 8, 8] }, count: 1, values: Float32Array.from({ length: 64 }, (_, i) => small.values[4 * Math.floor(i / 16) + Math.floor((i % 8) / 2)]) }, "superres");
    const values = Float32Array.from(smooth.values.subarray(0, 64), (byte) => byte / 127.5 - 1);
    assertClose(larger.values, (await translate(trained, values)).map((value) => (value + 1) / 2), 0.02);
  });

  it("reports means over all examples of a part, the same as validation's", async () => {
    const [trained] = opened();
    const { count, translated, copied } = await translationReport(trained, pairs.validation);
    const { meanAbsoluteError, psnr, copySsim } = trained.result.validation!;
    assert.deepEqual([count, translated!.meanAbsoluteError, translated!.psnr, copied!.ssim], [pairs.validation.count, meanAbsoluteError, psnr, copySsim]);
    const [there, back] = [await translationReport(opened()[1], pairs.validation), await translationReport(opened()[1], pairs.validation, { back: true })];
    assert.deepEqual(back.translated!.psnr, opened()[1].result.validation!.backPsnr);
    assert.deepEqual([back.copied, back.translated!.psnr === there.translated!.psnr], [there.copied, false]);
    await assert.rejects(translationReport(trained, takeExamples(pairs.test, 0)), DataError);
  });

  it("shows sources, translations and targets; those of unpaired images without targets", async () => {
    const [trained] = opened();
    const labels = (svg: string) => [...svg.matchAll(/>(source|translated|target|back)</g)].map(([, label]) => label);
    const shown = Uint32Array.from({ length: 4 }, (_, i) => i);
    assert.deepEqual(labels(await translationsSvg(trained, pairs.test, shown, { title: "t" })), ["source", "translated", "target"]);
    assert.deepEqual(labels(await translationsSvg(opened()[1], pairs.test, shown, { title: "t" }, { back: true })), ["target", "back", "source"]);
    const unpaired = { ...trained, spec: { kind: "pairs", shape: [2, 8, 8], source: 1, unpaired: true } } as const;
    assert.deepEqual(labels(await translationsSvg(unpaired, pairs.test, shown, { title: "t" })), ["source", "translated"]);
  });

  it("is kept with a run: opened again, it translates alike, and its figure is there", async () => {
    const [trained] = opened();
    assert.deepEqual(trained.files.map((file) => file.slice(trained.path.length + 1)), ["figures/translations.svg", "figures/loss.svg"]);
    const again = await openTrained(trained.path, { engine: trained.engine });
    const given = picture([1, 8, 8]);
    assertClose((await translatePicture(again, given)).values, (await translatePicture(trained, given)).values, 1e-6);
  });
});

describe("picture files", () => {
  it("are found in folders, named by their place in them, and read as they are wanted", async () => {
    const folder = folderOf({ "a/x.png": png(4, 2, 3, [255, 0, 0]), "a/b/y.png": png(2, 2, 1, 51), "a/notes.txt": "none" });
    const found = await pictureFiles([join(folder, "a"), join(folder, "a", "x.png")]);
    assert.deepEqual(found.map(({ name }) => name), [join("b", "y"), "x", "x"]);
    assert.deepEqual(await (await pictureReader(1))(found[0].path), { shape: [1, 2, 2], values: new Float32Array(4).fill(0.2), name: found[0].path });
    const { shape, values } = await (await pictureReader(3, { fit: "stretch", size: { width: 1, height: 2 } }))(found[1].path);
    assert.deepEqual([shape, [...values]], [[3, 2, 1], [1, 1, 0, 0, 0, 0]]);
    await assert.rejects(pictureFiles([join(folder, "none")]), (error) => error instanceof UsageError && /none cannot be read/.test(error.message));
  });
});
