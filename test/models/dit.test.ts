import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { dit, imagesOf, patchesOf, positions, type DiTDesign } from "../../src/models/dit.js";
import { trainingMode } from "../../src/nn/index.js";
import { constant, input, sizeOf } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";
import { begun, outputOf, pytorch, unused, wave, written } from "./support/diffusion-networks.js";

const design: DiTDesign = { patch: 2, width: 8, depth: 2, heads: 2, mlpRatio: 3, outputChannels: 2, timeScale: 1000, classes: 3 };

describe("DiT", () => {
  it("computes what PyTorch computes", async () => {
    const network = dit("d", [3, 4, 6], design);
    assertClose(await outputOf(network, await written(network.parameters), { shape: [2, 3, 4, 6], time: [0.02, 0.7], labels: [1, 3] }), pytorch.dit, 1e-9);
  });

  it("cuts images into patches, row after row, and joins them again", async () => {
    const shape = [2, 2, 4, 6];
    const x = constant(Array.from({ length: sizeOf(shape) }, (_, i) => i), shape);
    const patches = patchesOf(x, 2);
    // The second patch of the first image: both channels at rows 0 and 1, columns 2 and 3.
    assert.deepEqual((await valueOf(patches)).slice(8, 16), [2, 3, 8, 9, 26, 27, 32, 33]);
    assert.deepEqual(await valueOf(imagesOf(patches, [2, 4, 6], 2)), Array.from(x.values));
  });

  it("knows each place by another vector", async () => {
    const vectors = await valueOf(positions(5, 7, 8));
    assert.equal(new Set(Array.from({ length: 35 }, (_, i) => vectors.slice(8 * i, 8 * i + 8).map((value) => value.toFixed(6)).join())).size, 35);
  });

  it("has images of its design's channels, whatever their size in patches", () => {
    for (const [patch, channels, height, width] of [[4, 1, 28, 28], [7, 1, 28, 28], [1, 3, 3, 5], [3, 2, 9, 6]]) {
      const network = dit("d", [channels, height, width], { ...design, patch });
      assert.deepEqual(network.apply(input("x", [3, channels, height, width]), input("t", [3]), trainingMode()).shape, [3, 2, height, width]);
    }
  });

  it("says zeros at first", async () => {
    const network = dit("d", [1, 4, 4], design);
    assert.ok((await outputOf(network, await begun(network.parameters), { shape: [1, 1, 4, 4] })).every((value) => value === 0));
  });

  it("uses all of its parameters", async () => {
    assert.deepEqual(await unused(dit("d", [2, 4, 6], { ...design, classes: 1 }), { shape: [2, 2, 4, 6], labels: [0, 1] }), []);
  });

  it("depends on time and class, and no class is another than all of them", async () => {
    const network = dit("d", [1, 4, 4], design);
    const engine = await written(network.parameters);
    const of = async (time: number, labels?: number[]) => (await outputOf(network, engine, { shape: [1, 1, 4, 4], time: [time], ...(labels && { labels }) })).join();
    const said = await Promise.all([of(0.3, [0]), of(0.3, [1]), of(0.3, [2]), of(0.3, [3]), of(0.31, [3])]);
    assert.equal(new Set(said).size, 5);
    assert.equal(await of(0.3), said[3]);
  });

  it("lets every patch see all others: without attention it would see itself alone", async () => {
    const shape = [1, 1, 4, 8];
    const farChanged = async (depth: number) => {
      const network = dit("d", [1, 4, 8], { ...design, depth, outputChannels: 1 });
      const engine = await written(network.parameters);
      const [x, changed] = [wave(shape), wave(shape)];
      changed[0] += 1;
      const [before, after] = [await outputOf(network, engine, { shape, x }), await outputOf(network, engine, { shape, x: changed })];
      return before.at(-1) !== after.at(-1);
    };
    assert.equal(await farChanged(0), false);
    assert.equal(await farChanged(1), true);
  });

  it("says which patches fit, and what else must divide", () => {
    const wrong: readonly (readonly [object, RegExp, RegExp])[] = [
      [{ patch: 3 }, /28 x 14 pixels do not divide into patches of 3 x 3/, /: 1, 2, 7, 14\.$/],
      [{ width: 6 }, /the width is 6/, /multiple of 4/],
      [{ heads: 3 }, /8 does not divide into 3 heads/, /multiple of 3/],
    ];
    for (const [change, message, hint] of wrong)
      assert.throws(() => dit("d", [1, 28, 14], { ...design, ...change }), (error) => error instanceof UsageError && message.test(error.message) && hint.test(error.hint!));
  });
});
