import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { climb, drawCodings, firstApart } from "../../src/analysis/latent-search.js";

const rows = (values: Float32Array, size: number): Float32Array[] => Array.from({ length: values.length / size }, (_, i) => values.subarray(i * size, (i + 1) * size));
const lengths = (values: Float32Array, size: number): number[] => rows(values, size).map((row) => Math.hypot(...row));
/** How far a coding lies along the first axis. */
const first = async (codings: Float32Array, size: number): Promise<number[]> => rows(codings, size).map(([x]) => x);

describe("drawing codings", () => {
  it("gives N(0, I), coding i the same however many there are", () => {
    const codings = drawCodings(2000, 5, 3);
    const mean = codings.reduce((sum, x) => sum + x, 0) / codings.length;
    const variance = codings.reduce((sum, x) => sum + x * x, 0) / codings.length;
    assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean}, ${variance}`);
    assert.deepEqual(drawCodings(7, 5, 3), codings.slice(0, 35));
    assert.notDeepEqual(drawCodings(7, 5, 3, 1), codings.slice(0, 35));
    assert.notDeepEqual(drawCodings(7, 5, 4), codings.slice(0, 35));
  });
});

describe("a search among codings", () => {
  it("goes where the score is high, and stays where codings are likely", async () => {
    for (const [size, generations] of [[1, 20], [2, 20], [40, 60]]) {
      const starts = drawCodings(6, size, 1);
      const ends = await climb(starts, { size, generations, children: 16, seed: 2, scoresOf: (codings) => first(codings, size) });
      const [before, after, long] = [await first(starts, size), await first(ends, size), lengths(ends, size)];
      // The highest likely coding lies along the axis, 2 beyond the usual length.
      const highest = Math.sqrt(size) + 2;
      after.forEach((x, i) => assert.ok(x > 0.75 * highest && x >= before[i], `${size} codings: ${before[i]} to ${x} of ${highest}`));
      assert.ok(long.every((length) => length <= highest + 1e-4 && length >= Math.sqrt(size) - 2 - 1e-4), `${size} codings: ${long.join(", ")}`);
    }
  });

  it("is bounded from below as well: where the score wants short codings, they stay as long as draws are", async () => {
    const ends = await climb(drawCodings(3, 50, 1), { size: 50, generations: 60, children: 16, seed: 0, scoresOf: async (codings) => lengths(codings, 50).map((length) => -length) });
    lengths(ends, 50).forEach((length) => assert.ok(Math.abs(length - (Math.sqrt(50) - 2)) < 0.1, String(length)));
  });

  it("improves each start by itself, never for the worse, and the same for the same seed", async () => {
    const size = 3;
    const starts = drawCodings(4, size, 7);
    /** Each start is to come near a target of its own. */
    const targets = drawCodings(4, size, 8);
    const asked: Int32Array[] = [];
    const scoresOf = async (codings: Float32Array, from: Int32Array): Promise<number[]> => {
      asked.push(from);
      return rows(codings, size).map((row, i) => -Math.hypot(...row.map((x, k) => x - targets[from[i] * size + k])));
    };
    const search = { size, generations: 30, children: 8, seed: 5, scoresOf };
    const ends = await climb(starts, search);
    const errors = await scoresOf(ends, Int32Array.of(0, 1, 2, 3));
    errors.forEach((score) => assert.ok(score > -0.35, String(errors)));
    assert.deepEqual(Array.from(asked[1]), [0, 1, 2, 3].flatMap((i) => new Array<number>(8).fill(i)));
    assert.deepEqual(await climb(starts, search), ends);
    assert.deepEqual(await climb(starts, { ...search, generations: 0 }), starts);
    assert.deepEqual(await climb(starts, { ...search, scoresOf: async (codings) => new Float64Array(codings.length / size) }), starts);
  });
});

describe("codings that are apart", () => {
  it("are taken in the order of preference, those near an earlier one left out", () => {
    // Near is less than half the root of 4 away.
    const codings = Float32Array.of(0, 0, 0, 0, 0.9, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0.5, -2, 0, 0, 0);
    assert.deepEqual(firstApart(codings, 4, [1, 0, 3, 2, 4], 5), [1, 3, 4]);
    assert.deepEqual(firstApart(codings, 4, [0, 1, 2, 3, 4], 2), [0, 2]);
    assert.deepEqual(firstApart(codings, 4, [], 2), []);
  });
});
