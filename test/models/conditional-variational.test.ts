import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { classNumber, imagesFromArray, interpolate, isConditional, reconstruct, encode, referenceEngine, sample, train, type Trained } from "../../src/index.js";
import { conditionalVariational } from "../../src/models/conditional-variational.js";
import { sampleFigure } from "../../src/verbs/figures.js";
import { assertClose } from "../support/close.js";
import { join } from "node:path";
import { temporaryFolder } from "../support/folder.js";

/** Class 0 is light above, class 1 light below. */
const labels = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
const pixels = Float32Array.from({ length: 200 * 16 }, (_, i) => ((i % 16 < 8) === (labels[Math.floor(i / 16)] === 0) ? 0.9 : 0.1));
const options = { shape: [1, 4, 4], labels, classes: ["above", "below"] } as const;
const data = imagesFromArray(pixels, options);
const folder = () => join(temporaryFolder("conditional"), "run");
const learn = (network: string) =>
  train({
    model: "conditional-variational",
    options: { network, hidden: [8], channels: [4], latentSize: 2 },
    data,
    training: { epochs: 30, batchSize: 20, optimizer: { learningRate: 0.02 } },
    engine: referenceEngine(),
    out: folder(),
  });

const { spec } = data.train;
const untrained: Trained = { model: conditionalVariational, spec, engine: referenceEngine(), built: conditionalVariational.build(conditionalVariational.options.parse({ hidden: [4], channels: [2] }), spec) };

const brightness = (image: ArrayLike<number>, from: number) => Array.from({ length: 8 }, (_, i) => image[from + i] / 8).reduce((a, b) => a + b, 0);

describe("the conditional variational autoencoder", () => {
  for (const network of ["dense", "convolutional"])
    it(`makes examples of the class that is asked for: ${network}`, async () => {
      const trained = await learn(network);
      const samples = await sample(trained, { count: 2, labels: [0, 1] });
      assert.ok(brightness(samples, 0) > 0.7 && brightness(samples, 8) < 0.3, "class 0 is light above");
      assert.ok(brightness(samples, 16) < 0.3 && brightness(samples, 24) > 0.7, "class 1 is light below");
      assertClose(await sample(trained, { count: 2 }), samples, 0, "classes in turn");
      await trained.dispose();
    });

  it("is told the labels by every ability, and by the figures", async () => {
    const trained = await learn("dense");
    assert.ok(isConditional(trained));
    const [one, other] = [pixels.slice(0, 16), pixels.slice(16, 32)];
    await assert.rejects(() => reconstruct(trained, one), /wants a class for each example/);
    const given = { labels: [0] };
    assert.notDeepEqual(await encode(untrained, one, given), await encode(untrained, one, { labels: [1] }));
    const walk = await interpolate(trained, { from: one, to: other, steps: 3, labels: { from: [0], to: [1] } });
    assertClose(walk.subarray(0, 16), await reconstruct(trained, one, given), 1e-6);
    assertClose(walk.subarray(32), await reconstruct(trained, other, { labels: [1] }), 1e-6);
    // Three samples of two classes: two rows, of which the second has a white end.
    const { width, height, pixels: grey } = await sampleFigure(trained, 3, 0);
    assert.ok(width === height && grey[(height - 20) * width + width - 20] === 255);
    await trained.dispose();
  });

  it("names classes by number or name, and refuses others", () => {
    assert.deepEqual(["1", "below", "Above"].map((name) => classNumber(untrained, name)), [1, 1, 0]);
    assert.throws(() => classNumber(untrained, "abov"), (error: unknown) => error instanceof UsageError && /Did you mean "above"/.test(error.hint ?? ""));
    assert.throws(() => classNumber(untrained, "2"), /no class "2"/);
  });

  it("needs data with classes", async () => {
    const plain = imagesFromArray(pixels, { shape: [1, 4, 4] });
    await assert.rejects(() => train({ model: "conditional-variational", data: plain, out: folder() }), /told the class of each example, but the data has no classes/);
  });
});
