import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pcaBaseline } from "../../src/analysis/pca.js";
import type { Examples } from "../../src/data/dataset.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import { assertClose } from "../support/close.js";

/** Examples of 3 values about (0.5, 0.4, 0.6): along (3, 4, 0) / 5 with standard deviation 0.1, along (-4, 3, 0) / 5 with 0.04, along (0, 0, 1) with 0.01. */
function ellipsoid(count: number): Examples {
  const values = new Float32Array(3 * count);
  // The four corners of a rectangle in two directions, times two in the third: means 0, no correlation, exact deviations.
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [i % 2 ? 0.1 : -0.1, i % 4 < 2 ? 0.04 : -0.04, [0, 3, 5, 6].includes(i % 8) ? 0.01 : -0.01];
    values.set([0.5 + 0.6 * a - 0.8 * b, 0.4 + 0.8 * a + 0.6 * b, 0.6 + c], 3 * i);
  }
  return { spec: { kind: "vectors", shape: [3] }, count, values };
}

describe("the baseline of principal component analysis", () => {
  it("has as its error the variances that are left out, in a closed form", async () => {
    const engine = referenceEngine();
    const examples = ellipsoid(704);
    const variances = [0.01, 0.0016, 0.0001];
    for (const size of [1, 2, 3]) {
      const baseline = await pcaBaseline(engine, examples, size);
      const left = variances.slice(size).reduce((a, b) => a + b, 0);
      const { mean, perExample } = await baseline.errors(examples);
      assertClose([mean, baseline.explainedVariance], [left / 3, 1 - left / 0.0117], 1e-6);
      // Every corner is as far from the middle as the others.
      assertClose(perExample, new Float32Array(704).fill(left / 3), 1e-6);
    }
    await engine.dispose();
  });

  it("counts every example, those of an unfinished batch too, and takes bytes as values in [0, 1]", async () => {
    const engine = referenceEngine();
    // 499 zeros, 499 ones and two of 102 / 255 = 0.4 in the only direction there is.
    const values = Uint8Array.from({ length: 1000 }, (_, i) => (i < 499 ? 0 : i < 998 ? 255 : 102));
    const pairs = Uint8Array.from({ length: 2000 }, (_, i) => (i % 2 ? 51 : values[i / 2]));
    const examples: Examples = { spec: { kind: "vectors", shape: [2] }, count: 1000, values: pairs };
    for (const count of [999, 1000]) {
      const baseline = await pcaBaseline(engine, { ...examples, count, values: pairs.subarray(0, 2 * count) }, 1);
      assertClose([baseline.explainedVariance, (await baseline.errors(examples)).mean], [1, 0], 1e-9);
      // What the training examples do not vary in is lost: 0.2 becomes 0.6 in half of the values.
      const other: Examples = { ...examples, count: 1, values: Float32Array.of(0.3, 0.6) };
      assertClose((await baseline.errors(other)).perExample, [0.08], 1e-6);
    }
    await engine.dispose();
  });

  it("clips reconstructions where it is told to", async () => {
    const engine = referenceEngine();
    const baseline = await pcaBaseline(engine, ellipsoid(8), 1);
    // 0.875 times (3, 4, 0) / 5 beyond the middle and 0.3 beside that line: rebuilt without the 0.3 as (1.025, 1.1, 0.6), or as (1, 1, 0.6).
    const beyond: Examples = { ...ellipsoid(8), count: 1, values: Float32Array.of(0.5 + 0.525, 0.4 + 0.7, 0.9) };
    assertClose((await baseline.errors(beyond)).perExample, [0.09 / 3], 1e-6);
    assertClose((await baseline.errors(beyond, [0, 1])).perExample, [(0.025 ** 2 + 0.1 ** 2 + 0.09) / 3], 1e-6);
    await engine.dispose();
  });

  it("refuses sizes that there are no components for", async () => {
    const engine = referenceEngine();
    for (const size of [0, 4, 1.5]) await assert.rejects(() => pcaBaseline(engine, ellipsoid(8), size), (error: unknown) => error instanceof UsageError && /components from 1 to 3/.test(error.hint ?? ""));
    await engine.dispose();
  });
});
