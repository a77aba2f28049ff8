import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decode } from "fast-png";
import { denoise, denoisePicture, denoisingFigure, encodePng, imagesFromArray, train, UsageError, type TrainOutcome } from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { newFolder } from "../training/support/tiny.js";

/** Smooth grey pictures of 8 x 8. */
const images = Uint8Array.from({ length: 48 * 64 }, (_, i) => 128 + 100 * Math.sin((i % 8) / 3 + Math.floor(i / 64)));
const trainedOn = (shape: readonly [number, number, number], options: object): Promise<TrainOutcome> =>
  train({ model: "denoising", options: { channels: [3, 4], hidden: [6], latentSize: 3, blockSize: 3, ...options }, data: imagesFromArray(images, { shape }), training: { epochs: 2, batchSize: 8 }, out: newFolder() });

const picture = (shape: readonly [number, number, number]) => ({ shape, values: Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => 0.5 + 0.4 * Math.sin(i / 5)) });

describe("denoising pictures", () => {
  let [grey, colour, dense]: (TrainOutcome | undefined)[] = [];
  const opened = () => [grey!, colour!, dense!] as const;
  before(async () => {
    [grey, colour, dense] = [await trainedOn([1, 8, 8], {}), await trainedOn([3, 8, 8], { corruption: "dropout" }), await trainedOn([1, 8, 8], { network: "dense" })];
  });
  after(async () => {
    for (const trained of opened()) await trained.dispose();
  });

  it("of the model's size is its ability", async () => {
    for (const trained of [opened()[0], opened()[2]]) {
      const given = picture([1, 8, 8]);
      assertClose((await denoisePicture(trained, given)).values, await denoise(trained, given.values), 1e-6);
    }
  });

  it("of another size uses the same weights: far from the borders, a larger picture is cleaned alike", async () => {
    const [trained] = opened();
    const [large, clean] = [picture([1, 24, 40]), await denoisePicture(trained, picture([1, 24, 40]))];
    assert.deepEqual([clean.shape, clean.values.length], [large.shape, 960]);
    // The lower 16 rows of it, as a picture of their own: its rows from the 8th on are 16 from the cut.
    const lower = { shape: [1, 16, 40] as const, values: large.values.subarray(8 * 40) };
    assertClose((await denoisePicture(trained, lower)).values.slice(8 * 40), clean.values.slice(16 * 40), 1e-5);
  });

  it("in tiles is the same as whole", async () => {
    const [trained] = opened();
    const wide = picture([1, 8, 448]);
    const [left, both] = [{ shape: [1, 8, 256] as const, values: Float32Array.from({ length: 8 * 256 }, (_, i) => wide.values[Math.floor(i / 256) * 448 + (i % 256)]) }, await denoisePicture(trained, wide)];
    const alone = await denoisePicture(trained, left);
    for (let y = 0; y < 8; y++) assertClose(both.values.slice(y * 448, y * 448 + 224), alone.values.slice(y * 256, y * 256 + 224), 1e-5);
  });

  it("of colours with a grey model cleans each by itself", async () => {
    const [trained] = opened();
    const rgb = picture([3, 8, 8]);
    const each = await Promise.all([0, 1, 2].map((i) => denoisePicture(trained, { shape: [1, 8, 8], values: rgb.values.slice(i * 64, (i + 1) * 64) })));
    assertClose((await denoisePicture(trained, rgb)).values, each.flatMap(({ values }) => [...values]), 1e-6);
  });

  it("of grey with a model of colours is the mean of what becomes of equal ones", async () => {
    const [, trained] = opened();
    const given = picture([1, 8, 8]);
    const colours = await denoise(trained, Float32Array.of(...given.values, ...given.values, ...given.values));
    assertClose((await denoisePicture(trained, given)).values, [...given.values.keys()].map((i) => (colours[i] + colours[i + 64] + colours[i + 128]) / 3), 1e-6);
  });

  it("of another size is refused where the weights depend on the size", async () => {
    await assert.rejects(
      () => denoisePicture(opened()[2], picture([1, 9, 300])),
      (error: unknown) => error instanceof UsageError && /trained on images of 8 x 8, .* the picture is 300 x 9/.test(error.message) && /--network convolutional/.test(error.hint!),
    );
  });

  it("of another size is refused where a diffusion model's network does not fit it, with a way out for such models", async () => {
    const patches = await train({ model: "edm", options: { network: "dit", patch: 2, width: 8, depth: 1, heads: 1 }, data: imagesFromArray(images, { shape: [1, 8, 8] }), training: { epochs: 1, batchSize: 8 }, out: newFolder() });
    assert.deepEqual((await denoisePicture(patches, picture([1, 12, 10]), { noise: 0.2 })).shape, [1, 12, 10]);
    await assert.rejects(
      () => denoisePicture(patches, picture([1, 9, 6]), { noise: 0.2 }),
      (error: unknown) => error instanceof UsageError && /trained on images of 8 x 8, .* patches of 2 x 2.*; the picture is 6 x 9/.test(error.message) && /Scale the picture to 8 x 8, or train with --network unet/.test(error.hint!),
    );
    await patches.dispose();
  });

  it("is for models that can", async () => {
    const plain = await train({ model: "stacked", options: { hidden: [4], latentSize: 2 }, data: imagesFromArray(images, { shape: [1, 8, 8] }), training: { epochs: 1, batchSize: 8 }, out: newFolder() });
    await assert.rejects(() => denoisePicture(plain, picture([1, 8, 8])), /"stacked" cannot denoise/);
    await plain.dispose();
  });

  it("shows originals, corrupted and denoised examples, and tells their errors", async () => {
    const [trained] = opened();
    const originals = picture([1, 16, 8]).values;
    const { figure, corruptionError, denoisingError } = await denoisingFigure(trained, originals, { seed: 3 });
    const { width, height } = decode(encodePng(figure));
    assert.deepEqual([width, height], [4 + 10 * 68, 4 + 3 * 68]);
    // Normal noise of 0.3, kept in [0, 1].
    assert.ok(corruptionError > 0.03 && corruptionError < 0.09, String(corruptionError));
    assert.ok(denoisingError > 0 && denoisingError < 1);
    assert.notDeepEqual((await denoisingFigure(trained, originals, { seed: 4 })).figure, figure);
  });
});
