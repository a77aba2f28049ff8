import assert from "node:assert/strict";

/** Every value within `tolerance` of the expected one, relative to the larger of 1 (or `floor`) and its size. */
export function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what = "values", floor = 1): void {
  assert.equal(actual.length, expected.length, `${what}: ${actual.length} values, expected ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    assert.ok(error <= tolerance * Math.max(floor, Math.abs(expected[i])), `${what}[${i}]: ${actual[i]}, expected ${expected[i]} (off by ${error})`);
  }
}
