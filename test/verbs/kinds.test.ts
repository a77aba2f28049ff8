import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { chooseEngine, DataError, imagesFromArray, kindDistances, takeExamples, UsageError, type Examples, type Splits, type Trained } from "../../src/index.js";
import { pairSplits, paired } from "../../src/data/pairs.js";
import { pix2pix } from "../../src/models/pix2pix.js";
import { setVariable } from "../support/commands.js";
import { broadcastTo, input } from "../../src/tensor/index.js";
import { temporaryFolder } from "../support/folder.js";

const noise = (seed: number) => (i: number): number => 128 + 60 * Math.sin(i * 12.9898 + seed) + 40 * Math.sin(i * 4.1);
const images = (channels: number, tint: (value: number) => number, seed: number): Splits =>
  imagesFromArray(Uint8Array.from({ length: 200 * channels * 64 }, (_, i) => tint(noise(seed)(i))), { shape: [channels, 8, 8] });
const pairsOf = (sources: Splits, targets: Splits): Splits => pairSplits(sources, targets, paired);

describe("distances between kinds of images", () => {
  const [light, dark] = [(value: number) => value, (value: number) => 255 - (255 - value) / 2];

  const earlier = process.env.MORPHOGEN_CACHE;
  before(() => setVariable("MORPHOGEN_CACHE", temporaryFolder("kinds")));
  after(() => setVariable("MORPHOGEN_CACHE", earlier));

  /** Leaves images as they are, but for giving them as many channels as the targets have. */
  const untouching = ({ spec }: Examples): Omit<Trained, "engine"> => {
    const translating = (batch: number) => {
      const x = input("x", [batch, 1, 8, 8]);
      return { inputs: { x }, outputs: { translated: broadcastTo(x, [batch, spec.shape[0] - 1, 8, 8]) } };
    };
    const built = pix2pix.build(pix2pix.options.parse({ channels: 1, discriminatorChannels: 1, levels: 1 }), spec);
    return { model: pix2pix, spec, built: { ...built, abilities: { translate: translating } } };
  };

  it("those of images left as they are equal those of the untouched; a floor is what real images reach", async () => {
    const engine = await chooseEngine();
    const data = pairsOf(images(1, light, 0), images(1, dark, 1));
    const { translated, untouched, floor, count, accuracy } = await kindDistances({ ...untouching(data.train), engine }, data);
    assert.equal(count, data.test.count);
    assert.ok(accuracy > 0.9, String(accuracy));
    assert.ok(Math.abs(translated - untouched) < 1e-3 * untouched);
    assert.ok(floor < untouched / 10, `${floor} of ${untouched}`);
    await engine.dispose();
  });

  it("those of the first test examples alone are by the same classifier, of as many as are asked for", async () => {
    const engine = await chooseEngine();
    const pairs = pairsOf(images(1, light, 0), images(1, dark, 1));
    const data = { ...pairs, test: takeExamples(pairs.train, 60) };
    const trained = { ...untouching(data.train), engine };
    const [all, some] = [await kindDistances(trained, data), await kindDistances(trained, data, { examples: 20 })];
    assert.deepEqual([all.count, some.count, some.accuracy], [60, 20, all.accuracy]);
    assert.notEqual(some.floor, all.floor);
    await assert.rejects(kindDistances(trained, data, { examples: 19 }), DataError);
    await engine.dispose();
  });

  it("grey sources are compared with coloured targets as grey pictures in colour", async () => {
    const engine = await chooseEngine();
    const data = pairsOf(images(1, light, 0), images(3, dark, 1));
    await assert.doesNotReject(kindDistances({ ...untouching(data.train), engine }, data));
    await engine.dispose();
  });

  it("too few test examples, and data that are no pairs, are refused", async () => {
    const engine = await chooseEngine();
    const data = pairsOf(images(1, light, 0), images(1, dark, 1));
    const trained = { ...untouching(data.train), engine };
    await assert.rejects(kindDistances(trained, { ...data, test: takeExamples(data.test, 19) }), DataError);
    await assert.rejects(kindDistances(trained, images(1, light, 0)), (error) => error instanceof UsageError && /not pairs of images/.test(error.message));
    await engine.dispose();
  });
});
