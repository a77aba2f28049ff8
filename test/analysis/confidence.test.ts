import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { confidenceInterval, studentQuantile } from "../../src/analysis/confidence.js";
import { assertClose } from "../support/close.js";

describe("the confidence interval of a mean", () => {
  it("has the quantiles of Student's t (scipy.stats.t.ppf(0.975, df))", () => assertClose([1, 2, 30, 31, 40, 100].map(studentQuantile), [12.7062, 4.3027, 2.0423, 2.0395, 2.0211, 1.984], 1e-4));
  it("is mean and t s / sqrt(n)", () => {
    const { mean, margin } = confidenceInterval([1, 2, 3]);
    assertClose([mean, margin!], [2, 4.3027 / Math.sqrt(3)], 1e-9);
  });
  it("has no width where there is one value", () => assert.deepEqual(confidenceInterval([0.5]), { mean: 0.5, margin: undefined }));
});
