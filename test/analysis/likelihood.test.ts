import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logAddExp, logLikelihoods, samplingRuns } from "../../src/analysis/likelihood.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { latentAbilities } from "../../src/models/latent.js";
import { linearGaussian, logDensity } from "../models/linear-gaussian.js";
import { assertClose } from "../support/close.js";

const points = Float32Array.of(0.3, -0.2, 1.5, 0.4, -1, 2);
const exact = [0, 2, 4].map((i) => logDensity(Array.from(points.subarray(i, i + 2))));
const estimate = (off: number, samples: number, batchSize?: number) =>
  logLikelihoods(referenceEngine(), latentAbilities(linearGaussian(off)).logLikelihood!, { count: 3, values: points, samples, ...(batchSize && { batchSize }) });

describe("the log-likelihood by importance sampling", () => {
  it("is that of the closed form: exactly with the exact posterior, nearly with many samples of another", async () => {
    assertClose(await estimate(0, 120), exact, 1e-6);
    assertClose(await estimate(0.6, 5000), exact, 0.05);
  });

  it("of an example does not depend on the batch that it is in", async () => {
    assertClose(await estimate(0.6, 130, 2), await estimate(0.6, 130, 3), 1e-12);
  });

  it("cuts samples into runs of equal size", () => {
    assert.deepEqual([1, 50, 51, 5000].map(samplingRuns), [{ runs: 1, each: 1 }, { runs: 1, each: 50 }, { runs: 2, each: 26 }, { runs: 100, each: 50 }]);
  });

  it("adds where exp would be 0", () => {
    assertClose([logAddExp(-2000, -2000), logAddExp(-Infinity, -3), logAddExp(-3, -Infinity)], [-2000 + Math.LN2, -3, -3], 1e-12);
    assert.equal(logAddExp(-Infinity, -Infinity), -Infinity);
  });
});
