import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { principalComponents } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";

describe("principal components", () => {
  it("are orthonormal, sorted, without regard to signs, and give the covariance back", () => {
    const rows = fc.array(fc.array(fc.integer({ min: -200, max: 200 }).map((n) => n / 100), { minLength: 4, maxLength: 4 }), { minLength: 2, maxLength: 9 });
    fc.assert(
      fc.property(rows, (examples) => {
        const [count, size] = [examples.length, 4];
        const mean = Array.from({ length: size }, (_, i) => examples.reduce((total, x) => total + x[i], 0) / count);
        const moment = (centre: readonly number[]) => Array.from({ length: size * size }, (_, at) => examples.reduce((total, x) => total + (x[Math.floor(at / size)] - centre[Math.floor(at / size)]) * (x[at % size] - centre[at % size]), 0));
        const found = principalComponents(count, mean.map((m) => m * count), moment([0, 0, 0, 0]));
        const direction = (i: number) => [...found.directions.subarray(i * size, (i + 1) * size)];
        const dot = (a: readonly number[], b: readonly number[]) => a.reduce((total, value, i) => total + value * b[i], 0);
        assertClose(found.mean, mean, 1e-12);
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) assertClose([dot(direction(i), direction(j))], [i === j ? 1 : 0], 1e-10);
          assert.ok(i === 0 || found.variances[i] <= found.variances[i - 1]);
          assert.equal(Math.max(...direction(i)), Math.max(...direction(i).map(Math.abs)));
        }
        const covariance = Array.from({ length: size * size }, (_, at) => found.variances.reduce((total, variance, i) => total + variance * direction(i)[Math.floor(at / size)] * direction(i)[at % size], 0));
        assertClose(covariance, moment(mean).map((value) => value / count), 1e-10);
      }),
    );
  });

  describe("a few of many", () => {
    /** Sums and products of examples of 176 values. */
    function sumsOf(examples: readonly Float64Array[]): [number, Float64Array, Float64Array] {
      const [sums, products] = [new Float64Array(176), new Float64Array(176 ** 2)];
      for (const example of examples) {
        for (let i = 0; i < 176; i++) {
          sums[i] += example[i];
          for (let j = 0; j < 176; j++) products[176 * i + j] += example[i] * example[j];
        }
      }
      return [examples.length, sums, products];
    }
    /** Waves of all lengths, the long ones higher, with a phase of their own in each example. */
    const waves = (count: number, heightOf: (wave: number) => number) =>
      Array.from({ length: count }, (_, n) => Float64Array.from({ length: 176 }, (_, i) => Array.from({ length: 40 }, (_, wave) => heightOf(wave) * Math.sin((wave + 1) * (i / 28 + n * n))).reduce((a, b) => a + b)));

    it("are the first of all", () => {
      const sums = sumsOf(waves(60, (wave) => 1 / (wave + 1)));
      const [few, all] = [principalComponents(...sums, 6), principalComponents(...sums)];
      assert.deepEqual([few.variances.length, few.directions.length, all.variances.length], [6, 6 * 176, 176]);
      assertClose(few.variances, all.variances.subarray(0, 6), 1e-9);
      assertClose(few.directions, all.directions.subarray(0, 6 * 176), 1e-4);
      assertClose([few.totalVariance, all.totalVariance], new Float64Array(2).fill(all.variances.reduce((a, b) => a + b)), 1e-9);
    });

    it("leave out as little where directions matter alike, where there are fewer than are wanted, and where nothing varies", () => {
      for (const [examples, kept] of [[waves(60, () => 1), undefined], [waves(4, () => 1), 1], [waves(1, () => 1), undefined]] as const) {
        const sums = sumsOf(examples);
        const [few, all] = [principalComponents(...sums, 6), principalComponents(...sums)].map(({ variances, totalVariance }) => variances.subarray(0, 6).reduce((a, b) => a + b) / (totalVariance || 1));
        assertClose([few], [kept ?? all], 1e-8);
      }
    });
  });
});
