import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { psnr, ssim } from "../../src/models/image-quality.js";
import { constant, type Tensor } from "../../src/tensor/index.js";
import { valueOf } from "../support/compute.js";

const cases = JSON.parse(readFileSync(new URL("./oracles/image-quality.json", import.meta.url), "utf8")) as readonly { readonly shape: readonly number[]; readonly psnr: number; readonly ssim: number }[];

/** As in oracles/image-quality.py. */
const wave = (shape: readonly number[], phase: number, shift = 0): Tensor =>
  constant(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.min(1, Math.max(0, 0.5 + 0.3 * Math.sin(0.11 * i + phase) + 0.2 * Math.sin(1.7 * i) + shift))),
    [1, ...shape],
  );

describe("image quality", () => {
  for (const { shape, ...expected } of cases)
    it(`is what scikit-image says, for ${shape.join(" x ")}`, async () => {
      const [image, original] = [wave(shape, 0.4, 0.05), wave(shape, 0)];
      const [[decibels], [similarity]] = [await valueOf(psnr(image, original)), await valueOf(ssim(image, original))];
      assert.ok(Math.abs(decibels - expected.psnr) < 1e-5, `${decibels}, expected ${expected.psnr}`);
      assert.ok(Math.abs(similarity - expected.ssim) < 1e-7, `${similarity}, expected ${expected.ssim}`);
    });

  it("of an image and itself is 100 dB and 1, also where it is smaller than the window", async () => {
    const small = wave([3, 4, 5], 0);
    assert.ok(Math.abs((await valueOf(psnr(small, small)))[0] - 100) < 1e-9);
    assert.ok(Math.abs((await valueOf(ssim(small, small)))[0] - 1) < 1e-12);
  });

  it("is a mean over the images, of which each counts in dB", async () => {
    const [original, image] = [constant([0, 0], [2, 1, 1, 1]), constant([0.1, 0.01], [2, 1, 1, 1])];
    assert.ok(Math.abs((await valueOf(psnr(image, original)))[0] - 30) < 1e-9);
  });
});
