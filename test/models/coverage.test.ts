import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { coverage, totalVariance } from "../../src/models/coverage.js";
import { constant } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

/** Points on a line, in two clusters of five. */
const clusters = constant([0, 1, 2, 3, 4, 100, 101, 102, 103, 104], [10, 1]);

describe("coverage", () => {
  it("is the share of real examples with a made one within reach of their neighbours", async () => {
    assertClose(await valueOf(coverage(clusters, constant([2.5, 102], [2, 1]), 4)), [1], 1e-9);
    assertClose(await valueOf(coverage(clusters, constant([2.5, 2.6], [2, 1]), 4)), [0.5], 1e-9);
    assertClose(await valueOf(coverage(clusters, constant([50, 51], [2, 1]), 4)), [0], 1e-9);
    // Nearest neighbours alone are 1 away: 2.5 is within that of 2 and 3 only.
    assertClose(await valueOf(coverage(clusters, constant([2.5, 2.5], [2, 1]), 1)), [0.2], 1e-9);
  });

  it("takes images, and more neighbours than there are as all of them", async () => {
    const [value] = await valueOf(coverage(constant([0, 0, 1, 1], [2, 1, 1, 2]), constant([0, 0], [1, 1, 1, 2]), 9));
    assert.equal(value, 1);
  });

  it("goes with how much samples vary in all", async () => {
    assertClose(await valueOf(totalVariance(constant([0, 0, 2, 4], [2, 2]))), [1 + 4], 1e-9);
  });
});
