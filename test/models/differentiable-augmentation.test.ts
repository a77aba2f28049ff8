import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { augmentation } from "../../src/models/differentiable-augmentation.js";
import { constant, gradients, input, sum } from "../../src/tensor/index.js";
import { runOnce, valueOf } from "../support/compute.js";

const side = 8;
/** Each pixel its own number from 1, the same in all images. */
const numbered = (batch: number) => constant(Float64Array.from({ length: batch * side * side }, (_, i) => 1 + (i % (side * side))), [batch, 1, side, side]);
const imagesIn = (values: readonly number[]) => Array.from({ length: values.length / side / side }, (_, i) => values.slice(i * side * side, (i + 1) * side * side));

describe("differentiable augmentation", () => {
  it("moves whole images by up to an eighth of their size, each its own way", async () => {
    const moved = imagesIn(await valueOf(augmentation(["translation"], [1, side, side])(numbered(40))));
    const shifts = moved.map((image) => {
      const at = image.findIndex((value) => value === 1 + 4 * side + 4);
      const [down, right] = [Math.floor(at / side) - 4, (at % side) - 4];
      image.forEach((value, i) => {
        const [row, column] = [Math.floor(i / side) - down, (i % side) - right];
        assert.equal(value, row >= 0 && row < side && column >= 0 && column < side ? 1 + row * side + column : 0);
      });
      return `${down} ${right}`;
    });
    assert.equal(new Set(shifts).size, 9);
  });

  it("lets gradients flow back to where pixels came from", async () => {
    const x = input("x", [6, 1, side, side]);
    const y = augmentation(["translation"], [1, side, side])(x);
    const values = Float64Array.from({ length: 6 * side * side }, (_, i) => Math.sin(i));
    const { gradient, kept } = await runOnce({ inputs: { x }, outputs: { gradient: gradients(sum(y), [x])[0], kept: sum(y) } }, { x: values }, { seed: 0 });
    // A pixel either arrives or is lost.
    assert.ok(gradient.every((g) => [0, 1].includes(g)));
    assert.ok(Math.abs(kept[0] - gradient.reduce((total, g, i) => total + g * values[i], 0)) < 1e-9);
  });

  it("cuts out a square of half the size, or what of it is in the image", async () => {
    const cut = imagesIn(await valueOf(augmentation(["cutout"], [1, side, side])(numbered(40))));
    for (const image of cut) {
      const gone = image.flatMap((value, i) => (value === 0 ? [i] : []));
      const [rows, columns] = [new Set(gone.map((i) => Math.floor(i / side))), new Set(gone.map((i) => i % side))];
      assert.equal(gone.length, rows.size * columns.size);
      assert.ok(rows.size >= 1 && rows.size <= side / 2 && columns.size >= 1 && columns.size <= side / 2, `${rows.size} x ${columns.size}`);
    }
    assert.ok(new Set(cut.map((image) => image.indexOf(0))).size > 10);
  });

  it("changes brightness and contrast of each image by its own numbers, and nothing without names", async () => {
    const coloured = imagesIn(await valueOf(augmentation(["color"], [1, side, side])(numbered(5))));
    // One channel: a line a + b x.
    const slopes = coloured.map((image) => image[1] - image[0]);
    assert.equal(new Set(slopes.map((slope) => slope.toFixed(6))).size, 5);
    assert.ok(slopes.every((slope) => slope >= 0.5 && slope <= 1.5));
    const x = numbered(1);
    assert.equal(augmentation([], [1, side, side])(x), x);
  });
});
