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
});
