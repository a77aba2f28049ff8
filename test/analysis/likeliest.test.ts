import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { likeliest } from "../../src/analysis/likeliest.js";

describe("the likeliest class", () => {
  it("is that of the largest probability of each row, the first of several", () => {
    assert.deepEqual(likeliest(Float32Array.of(0.2, 0.7, 0.1, 0.4, 0.2, 0.4, 0, 0, 1), 3), Int32Array.of(1, 0, 2));
  });
});
