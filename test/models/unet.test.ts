import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { unet, type UNetDesign } from "../../src/models/unet.js";
import { attention, residual } from "../../src/models/unet-blocks.js";
import { glorotUniform, inferenceMode, trainingMode } from "../../src/nn/index.js";
import { constant, input } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";
import { begun, outputOf, pytorch, unused, wave, written } from "./support/diffusion-networks.js";

const design: UNetDesign = { channels: [4, 8], blocks: 1, attention: [1], heads: 2, dropout: 0, groups: 2, embedding: 6, timeScale: 1000, outputChannels: 2 };

describe("the U-Net of diffusion models", () => {
  it("is that of the benchmark's PyTorch script", async () => {
    const network = unet("u", [1, 8, 8], { channels: [32, 8, 16], attention: [2], heads: 4, dropout: 0.5, groups: 8, embedding: 128, timeScale: 1000, outputChannels: 1 });
    assertClose(await outputOf(network, await written(network.parameters), { shape: [2, 1, 8, 8], time: [0.02, 0.7] }), pytorch.unet, 1e-9);
  });

  it("has PyTorch's attention", async () => {
    const block = attention("a", [16, 3, 2], { groups: 8, heads: 4, dropout: 0, embedding: 1, conditioning: "shift", lastInitializer: glorotUniform });
    const x = constant(wave([1, 16, 3, 2]), [1, 16, 3, 2]);
    assertClose(await valueOf(block.apply(x, constant([0], [1, 1]), inferenceMode()), await written(block.parameters)), pytorch.attention, 1e-9);
  });

  it("has PyTorch's residual block whose normalized values are scaled and shifted", async () => {
    const block = residual("r", [8, 3, 2], 16, { groups: 8, heads: 1, dropout: 0, embedding: 6, conditioning: "scale-shift", lastInitializer: glorotUniform });
    const [x, embedded] = [constant(wave([2, 8, 3, 2]), [2, 8, 3, 2]), constant(wave([2, 6], 1), [2, 6])];
    assertClose(await valueOf(block.apply(x, embedded, inferenceMode()), await written(block.parameters)), pytorch.residual, 1e-9);
  });

  it("keeps the size of the image, whatever it is", () => {
    const three = { ...design, channels: [4, 8, 8], blocks: 2, attention: [0, 2] };
    for (const [channels, height, width] of [[1, 28, 28], [3, 7, 7], [2, 9, 14], [1, 5, 1], [4, 32, 32]]) {
      const network = unet("u", [channels, height, width], three);
      assert.deepEqual(network.apply(input("x", [3, channels, height, width]), input("t", [3]), trainingMode()).shape, [3, 2, height, width]);
    }
  });

  it("says zeros at first, as its blocks do nothing", async () => {
    const network = unet("u", [1, 6, 5], design);
    assert.ok((await outputOf(network, await begun(network.parameters), { shape: [1, 1, 6, 5] })).every((value) => value === 0));
    const started = unet("u", [1, 6, 5], { ...design, conditioning: "shift", lastInitializer: glorotUniform });
    assert.ok((await outputOf(started, await begun(started.parameters), { shape: [1, 1, 6, 5] })).every((value) => value !== 0));
  });

  it("uses all of its parameters, at odd sizes too", async () => {
    assert.deepEqual(await unused(unet("u", [2, 7, 5], { ...design, channels: [4, 8, 6], attention: [0, 2], classes: 1 }), { shape: [2, 2, 7, 5], labels: [0, 1] }), []);
  });

  it("depends on time and class, and no class is another than all of them", async () => {
    const network = unet("u", [1, 4, 4], { ...design, classes: 3 });
    const engine = await written(network.parameters);
    const of = async (time: number, labels?: number[]) => (await outputOf(network, engine, { shape: [1, 1, 4, 4], time: [time], ...(labels && { labels }) })).join();
    const said = await Promise.all([of(0.3, [0]), of(0.3, [1]), of(0.3, [2]), of(0.3, [3]), of(0.31, [3])]);
    assert.equal(new Set(said).size, 5);
    assert.equal(await of(0.3), said[3]);
  });

  it("drops values in training alone", async () => {
    const network = unet("u", [1, 4, 4], { ...design, dropout: 0.5 });
    const engine = await written(network.parameters);
    const of = (mode = inferenceMode()) => valueOf(network.apply(constant(wave([1, 1, 4, 4]), [1, 1, 4, 4]), constant([0.3]), mode), engine);
    assert.deepEqual(await of(), await of());
    assert.notDeepEqual(await of(), await of(trainingMode()));
  });

  it("says which levels do not divide, and which are not there", () => {
    const wrong: readonly (readonly [object, RegExp, RegExp])[] = [
      [{ channels: [4, 7] }, /7 channels do not divide into 2 groups/, /multiple of 2 for level 1/],
      [{ channels: [6, 8], groups: 2, heads: 4, attention: [0] }, /6 channels do not divide into 4 heads/, /level 0/],
      [{ attention: [2] }, /level 2 of a U-Net of 2 levels/, /0 to 1/],
    ];
    for (const [change, message, hint] of wrong)
      assert.throws(() => unet("u", [1, 8, 8], { ...design, ...change }), (error) => error instanceof UsageError && message.test(error.message) && hint.test(error.hint!));
  });
});
