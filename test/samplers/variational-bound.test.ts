import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { cosineAlphasCumprod, discreteSchedule, linearAlphasCumprod, logarithmicSchedule, logBinProbability, termOf, variationalBound } from "../../src/samplers/index.js";
import { constant } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

/** [x, mean, deviation, log of the probability] of SciPy: oracles/bin-probability.py. */
const scipy = JSON.parse(readFileSync(new URL("oracles/bin-probability.json", import.meta.url), "utf8")) as [number, number, number, number][];

async function logsOf(x: readonly number[], mean: readonly number[], deviation: number): Promise<ArrayLike<number>> {
  const logs = logBinProbability(constant(x, [x.length]), constant(mean, [x.length]), deviation);
  return (await (await referenceEngine().compile({ outputs: { logs } })).run({})).logs;
}

describe("the decoder of 8-bit images", () => {
  for (const deviation of new Set(scipy.map(([, , each]) => each)))
    it(`with a standard deviation of ${deviation} has SciPy's logarithms, in the furthest tail too`, async () => {
      const rows = scipy.filter(([, , each]) => each === deviation);
      const logs = await logsOf(rows.map(([x]) => x), rows.map(([, mean]) => mean), deviation);
      // Relative too: they go down to -200,000.
      rows.forEach(([x, mean, , expected], i) => assert.ok(Math.abs(logs[i] - expected) < 1e-5 * (1 + Math.abs(expected)), `x ${x}, mean ${mean}: ${logs[i]}, expected ${expected}`));
    });

  it("gives all 256 values a probability of 1 together, wherever the mean is", async () => {
    const values = Array.from({ length: 256 }, (_, i) => i / 127.5 - 1);
    for (const mean of [-1, -0.7, 0.001, 1])
      for (const deviation of [0.004, 0.3]) {
        const logs = await logsOf(values, values.map(() => mean), deviation);
        assertClose([Array.from(logs).reduce((sum, log) => sum + Math.exp(log), 0)], [1], 1e-5);
      }
  });
});

describe("the variational bound's terms", () => {
  for (const [name, alphasCumprod] of [["linear", linearAlphasCumprod(40)], ["cosine", cosineAlphasCumprod(40)]] as const)
    it(`are those of the paper in its own coordinates, for the ${name} schedule`, async () => {
      const { decoder, prior, sigmas, weights, logRatios } = variationalBound(discreteSchedule(alphasCumprod));
      const before = (t: number): number => (t === 0 ? 1 : alphasCumprod[t - 1]);
      const beta = (t: number): number => 1 - alphasCumprod[t] / before(t);
      const posterior = (t: number): number => ((1 - before(t)) / (1 - alphasCumprod[t])) * beta(t);
      for (let t = 1; t < 40; t++) {
        // Equation 7: the part of the posterior's mean that x0 makes. KL(N(mu~, beta~) || N(mu, variance)) for two x0 that are 1 apart, and for none.
        const apart = ((Math.sqrt(before(t)) * beta(t)) / (1 - alphasCumprod[t])) ** 2;
        // The small variance, the large one, and one between in logs (Nichol & Dhariwal 2021, equation 15).
        for (const place of [0, 1, 0.3]) {
          const variance = Math.exp(place * Math.log(beta(t)) + (1 - place) * Math.log(posterior(t)));
          const expected = [1, 0].map((errors) => (errors * apart) / (2 * variance) + (Math.log(variance / posterior(t)) + posterior(t) / variance - 1) / 2);
          const terms = await valueOf(termOf(constant([1, 0]), { weight: constant(weights[t - 1]), logRatio: constant(logRatios[t - 1]), place: constant(place) }));
          expected.forEach((value, i) => assert.ok(Math.abs(terms[i] - value) < 2e-6 * (1 + value), `step ${t + 1}, place ${place}: ${terms[i]}, expected ${value}`));
        }
      }
      assertClose([Math.exp(decoder.small), Math.exp(decoder.large), sigmas[39] ** 2], [posterior(1), beta(0), (1 - alphasCumprod[39]) / alphasCumprod[39]], 1e-8 * sigmas[39] ** 2);
      const [mean, variance] = [Math.sqrt(alphasCumprod[39]) * 0.7, 1 - alphasCumprod[39]];
      assertClose([prior([0.7, -0.7])], [mean ** 2 + variance - 1 - Math.log(variance)], 1e-12);
    });

  it("are of steps alone", () => {
    assert.throws(() => variationalBound(logarithmicSchedule(0.01, 10)), /so many steps/);
  });
});
