import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cutTiles, joinTiles, tilingOf } from "../../src/analysis/tiles.js";

describe("tiles", () => {
  it("cut from an image and joined again are the image", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 700 }), (channels, height, width) => {
        const picture = { shape: [channels, height, width] as const, values: Float32Array.from({ length: channels * height * width }, (_, i) => i % 9973) };
        const tiling = tilingOf(picture.shape);
        assert.ok(tiling.size[0] <= 256 && tiling.size[1] <= 256);
        assert.deepEqual(joinTiles(cutTiles(picture, tiling), picture.shape, tiling), picture);
      }),
      { numRuns: 15 },
    ));

  it("give each pixel from a tile in which it is 32 pixels from any border that is not the image's", () => {
    const shape = [1, 300, 600] as const;
    const tiling = tilingOf(shape);
    // Tiles that are 1 in their inner part: were a pixel taken from a margin, it would be 0.
    const [tall, wide] = tiling.size;
    const tiles = Float32Array.from({ length: tiling.corners.length * tall * wide }, (_, i) => {
      const [tile, y, x] = [Math.floor(i / (tall * wide)), Math.floor(i / wide) % tall, i % wide];
      const [top, left] = tiling.corners[tile];
      const inside = (at: number, start: number, size: number, length: number) => (start === 0 || at >= 32) && (start + size === length || at < size - 32);
      return inside(y, top, tall, 300) && inside(x, left, wide, 600) ? 1 : 0;
    });
    assert.ok(joinTiles(tiles, shape, tiling).values.every((value) => value === 1));
  });
});
