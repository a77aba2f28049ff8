import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { corruptionOf, type CorruptionOptions } from "../../src/models/corruption.js";
import { input } from "../../src/tensor/index.js";
import { runOnce } from "../support/compute.js";

const [batch, height, width] = [400, 7, 9];
const area = height * width;
const defaults = { stddev: 0.1, rate: 0.3, blockSize: 4 };

/** Grey images, corrupted: batch x [height x width]. */
async function corrupted(options: Partial<CorruptionOptions> & Pick<CorruptionOptions, "corruption">, channels = 1, grey = 0.5, count = batch): Promise<number[][]> {
  const x = input("x", [count, channels, height, width]);
  const { y } = await runOnce({ inputs: { x }, outputs: { y: corruptionOf({ ...defaults, ...options }, x.shape.slice(1))(x) } }, { x: new Float64Array(count * channels * area).fill(grey) }, { seed: 5 });
  return Array.from({ length: count }, (_, i) => y.slice(i * channels * area, (i + 1) * channels * area));
}

const share = (values: readonly number[], value: number): number => values.filter((other) => other === value).length / values.length;
/** Within five standard deviations of the share of n draws. */
const assertShare = (values: readonly number[], value: number, expected: number) => {
  const found = share(values, value);
  assert.ok(Math.abs(found - expected) < 5 * Math.sqrt((expected * (1 - expected)) / values.length), `${found} of ${value}, expected ${expected}`);
};

describe("corruptions", () => {
  it("gaussian adds normal noise and stays in [0, 1]", async () => {
    const values = (await corrupted({ corruption: "gaussian" })).flat();
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length);
    assert.ok(Math.abs(mean - 0.5) < 0.005 && Math.abs(deviation - 0.1) < 0.005, `${mean} ${deviation}`);
    const loud = (await corrupted({ corruption: "gaussian", stddev: 5 })).flat();
    assert.ok(loud.every((value) => value >= 0 && value <= 1) && share(loud, 0) > 0.4 && share(loud, 1) > 0.4);
  });

  it("dropout sets a share of the values to 0 and leaves the others", async () => {
    const values = (await corrupted({ corruption: "dropout" })).flat();
    assertShare(values, 0, 0.3);
    assertShare(values, 0.5, 0.7);
  });

  it("salt and pepper sets a share to 0 and 1, as often the one as the other", async () => {
    const values = (await corrupted({ corruption: "salt-and-pepper" })).flat();
    assertShare(values, 0, 0.15);
    assertShare(values, 1, 0.15);
    assertShare(values, 0.5, 0.7);
  });

  it("blocks takes one whole square from each image, anywhere in it, in all channels", async () => {
    const corners = new Map<string, number>();
    for (const image of await corrupted({ corruption: "blocks" }, 2)) {
      const missing = image.slice(0, area).flatMap((value, i) => (value === 0 ? [i] : []));
      const [top, left] = [Math.floor(missing[0] / width), missing[0] % width];
      const square = Array.from({ length: 16 }, (_, i) => (top + Math.floor(i / 4)) * width + left + (i % 4));
      assert.deepEqual(missing, square);
      assert.deepEqual(image.slice(area), image.slice(0, area));
      corners.set(`${top} ${left}`, (corners.get(`${top} ${left}`) ?? 0) + 1);
    }
    // 4 x 6 places, 400 / 24 images each.
    assert.equal(corners.size, 24);
    assert.ok(Math.max(...corners.values()) < 45);
  });

  it("blocks must fit into the image, and be in one", () => {
    const of = (blockSize: number, shape: readonly number[]) => corruptionOf({ ...defaults, corruption: "blocks", blockSize }, shape);
    assert.throws(() => of(8, [1, 7, 9]), (error: unknown) => error instanceof UsageError && /blockSize is 8, but the images are 7 x 9/.test(error.message));
    assert.throws(() => of(2, [20]), /images only/);
  });
});
