import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAlike, nudged, partingOf, type Parting } from "../../bench/agree.js";

const parting = (from: number): Parting => ({ most: 1, from });

describe("--agree", () => {
  it("moves each value by one unit in the last place, up or down, the same way for the same draw", () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => (i % 2 ? -1 : 1) * (1 + i / 1000));
    const moved = nudged(values, "w", 1);
    const units = Array.from(moved, (x, i) => (x - values[i]) * 2 ** 23);
    // 1 is a power of two, below which the units are half as large.
    assert.ok(units.slice(1).every((unit) => Math.abs(unit) === 1));
    assert.ok([0.5, 1].includes(Math.abs(units[0])));
    const up = units.filter((unit) => unit > 0).length;
    assert.ok(up > 450 && up < 550, `${up} of 1000 go up`);
    assert.deepEqual(nudged(values, "w", 1), moved);
    assert.notDeepEqual(nudged(values, "w", 2), moved);
    assert.notDeepEqual(nudged(values, "v", 1), moved);
  });

  it("leaves zeros as they are", () => {
    assert.deepEqual(nudged([0, -0], "w", 1), Float32Array.of(0, -0));
  });

  it("finds the largest relative difference and the first loss beyond the limit", () => {
    assert.deepEqual(partingOf([1, 2, 3, 4], [1, 2, 3, 4]), { most: 0, from: Infinity });
    assert.deepEqual(partingOf([1, 2, 4, 4.0001], [1, 2, 2, 4]), { most: 0.5, from: 3 });
    assert.equal(partingOf([1, NaN], [1, 1]).from, 2);
  });

  it("asks for a parting no sooner than half as late as the earliest perturbed one, and for none where there is none", () => {
    assert.ok(isAlike(parting(50), [parting(120), parting(100)]));
    assert.ok(!isAlike(parting(49), [parting(120), parting(100)]));
    assert.ok(isAlike(parting(Infinity), [parting(Infinity)]));
    assert.ok(!isAlike(parting(199), [parting(Infinity)]));
  });
});
