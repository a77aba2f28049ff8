import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { alongCoding, codingRanges, evenly, meanVariance, within } from "../../src/analysis/traversal.js";
import { ShapeError } from "../../src/errors.js";
import { assertClose } from "../support/close.js";

const v = (...values: number[]) => Float32Array.from(values);

describe("ranges of codings", () => {
  const ranges = codingRanges({ values: v(1, -2, 3, 2, 5, 6), size: 2 });

  it("are mean, standard deviation and limits of each coding", () => {
    assertClose(ranges.mean, [3, 2], 1e-12);
    assertClose(ranges.deviation, [Math.sqrt(8 / 3), Math.sqrt(32 / 3)], 1e-12);
    assert.deepEqual([[...ranges.minimum], [...ranges.maximum]], [[1, -2], [5, 6]]);
    assert.throws(() => codingRanges({ values: v(1, 2, 3), size: 2 }), ShapeError);
  });

  it("are where values are kept", () => {
    assert.deepEqual([-9, 4, 9].map((value) => within(ranges, 0, value)), [1, 4, 5]);
  });
});

describe("a walk along a coding", () => {
  it("goes in equal steps from end to end", () => {
    assertClose(evenly(-3, 3, 7), [-3, -2, -1, 0, 1, 2, 3], 1e-12);
    assert.deepEqual(evenly(2, 5, 1), [2]);
  });

  it("changes that coding and no other", () => {
    assert.deepEqual([...alongCoding(v(7, 8, 9), 1, [-1, 0, 4])], [7, -1, 9, 7, 0, 9, 7, 4, 9]);
  });

  it("is measured by the variance over its images", () => {
    // Pixel 0 takes 0, 1, 2: variance 2/3; pixel 1 stays.
    assert.ok(Math.abs(meanVariance(v(0, 5, 1, 5, 2, 5), 3) - 1 / 3) < 1e-12);
    assert.equal(meanVariance(v(0.1, 0.7, 0.1, 0.7), 2), 0);
  });
});
