import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { euclidean, hamming, nearest, roundToBits } from "../../src/analysis/neighbors.js";
import { ShapeError } from "../../src/errors.js";

describe("neighbours among codings", () => {
  it("are nearest first; of those as near, the first come first", () => {
    const codings = Float32Array.of(0, 0, 3, 4, 1, 0, 0, 1, -6, 8);
    assert.deepEqual(nearest(codings, [0, 0], 4), [{ index: 0, distance: 0 }, { index: 2, distance: 1 }, { index: 3, distance: 1 }, { index: 1, distance: 5 }]);
    assert.equal(nearest(codings, [0, 0], 99).length, 5);
  });

  it("in bits: codings are rounded, then the places that differ are counted", () => {
    assert.deepEqual(Array.from(roundToBits([0, 0.49, 0.5, 1])), [0, 0, 1, 1]);
    assert.equal(hamming([0.1, 0.9, 0.4, 0.6], [0.2, 0.1, 0.6, 0.7]), 2);
    const bits = roundToBits([0.1, 0.9, 0.4, 0.6, 0.2, 0.1, 0.6, 0.7]);
    assert.deepEqual(nearest(bits, bits.subarray(4), 2, hamming), [{ index: 1, distance: 0 }, { index: 0, distance: 2 }]);
  });

  it("distances are metrics, and the Hamming distance of bits is the square of the Euclidean", () => {
    const bits = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(bits, bits, bits, (a, b, c) => {
        assert.ok(Math.abs(euclidean(a, b) ** 2 - hamming(a, b)) < 1e-9);
        for (const distance of [euclidean, hamming]) assert.ok(distance(a, a) === 0 && distance(a, b) === distance(b, a) && distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9);
      }),
    );
  });

  it("refuses codings of another size", () => {
    assert.throws(() => nearest(new Float32Array(5), [1, 2], 1), (error: unknown) => error instanceof ShapeError && /5 values are not whole codings of the query's 2/.test(error.message));
  });
});
