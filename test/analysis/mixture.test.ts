import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fitMixture, meanLogLikelihood, sampleMixture, type Component, type Mixture } from "../../src/analysis/mixture.js";
import { DataError, UsageError } from "../../src/errors.js";
import { assertClose } from "../support/close.js";

interface Oracle {
  readonly regularization: number;
  readonly points: number[];
  readonly start: { readonly weights: number[]; readonly means: number[][] };
  readonly fits: readonly { readonly iterations: number; readonly weights: number[]; readonly means: number[][]; readonly covariances: number[][]; readonly meanLogLikelihood: number }[];
}
const oracle = JSON.parse(readFileSync(new URL("oracles/mixture.json", import.meta.url), "utf8")) as Oracle;

const covarianceOf = ({ mean, factor }: Component): number[] => {
  const size = mean.length;
  return Array.from({ length: size * size }, (_, at) => mean.reduce((sum, _value, k) => sum + factor[Math.floor(at / size) * size + k] * factor[(at % size) * size + k], 0));
};

/** Three components that hardly overlap. */
const known: Mixture = [
  { weight: 0.5, mean: [0, 0], factor: [1, 0, 0.5, 0.7] },
  { weight: 0.3, mean: [8, 0], factor: [0.5, 0, -0.3, 1] },
  { weight: 0.2, mean: [0, 9], factor: [2, 0, 0, 0.4] },
];

describe("a mixture of normal distributions", () => {
  it("is fitted as scikit-learn fits it", () => {
    const start = oracle.start.means.map((mean, k) => ({ weight: oracle.start.weights[k], mean, factor: [1, 0, 0, 0, 1, 0, 0, 0, 1] }));
    for (const { iterations, weights, means, covariances, meanLogLikelihood: expected } of oracle.fits) {
      const { mixture } = fitMixture(oracle.points, 3, { start, iterations, tolerance: -Infinity, regularization: oracle.regularization });
      assertClose(mixture.map(({ weight }) => weight), weights, 1e-9, "weights");
      assertClose(mixture.flatMap(({ mean }) => mean), means.flat(), 1e-9, "means");
      assertClose(mixture.flatMap(covarianceOf), covariances.flat(), 1e-9, "covariances");
      assertClose([meanLogLikelihood(mixture, oracle.points, 3)], [expected], 1e-9, "log-likelihood");
    }
  });

  it("recovers the mixture that made the points, from any start", () => {
    const points = sampleMixture(known, 4000, 1);
    for (const seed of [0, 1, 2]) {
      const { mixture } = fitMixture(points, 2, { components: 3, seed });
      const found = [...mixture].sort((a, b) => b.weight - a.weight);
      assertClose(found.map(({ weight }) => weight), known.map(({ weight }) => weight), 0.02, "weights");
      assertClose(found.flatMap(({ mean }) => mean), known.flatMap(({ mean }) => mean), 0.1, "means");
      assertClose(found.flatMap(covarianceOf), known.flatMap(covarianceOf), 0.1, "covariances");
    }
  });

  it("has a log-likelihood that rises at every iteration", () => {
    const points = sampleMixture(known, 500, 3);
    const { logLikelihoods } = fitMixture(points, 2, { components: 5, iterations: 40, tolerance: -Infinity, regularization: 0 });
    assert.equal(logLikelihoods.length, 41);
    logLikelihoods.slice(1).forEach((value, i) => assert.ok(value >= logLikelihoods[i] - 1e-12, `iteration ${i}: ${logLikelihoods[i]} -> ${value}`));
  });

  it("of one component is the normal distribution of the points' mean and covariance", () => {
    const points = sampleMixture(known, 300, 4);
    const [{ weight, mean, factor }] = fitMixture(points, 2, { components: 1, regularization: 0 }).mixture;
    const average = (f: (x: number, y: number) => number) => Array.from({ length: 300 }, (_, i) => f(points[2 * i], points[2 * i + 1])).reduce((a, b) => a + b) / 300;
    const [mx, my] = [average((x) => x), average((_, y) => y)];
    assertClose([weight, ...mean], [1, mx, my], 1e-9);
    assertClose(covarianceOf({ weight, mean, factor }), [average((x) => (x - mx) ** 2), average((x, y) => (x - mx) * (y - my)), average((x, y) => (x - mx) * (y - my)), average((_, y) => (y - my) ** 2)], 1e-9);
  });

  it("gives sample i by the seed and i alone", () => {
    const many = sampleMixture(known, 50, 7);
    assert.deepEqual(sampleMixture(known, 20, 7), many.subarray(0, 40));
    assert.notDeepEqual(sampleMixture(known, 20, 8), many.subarray(0, 40));
  });

  it("bears codings that are always the same", () => {
    const points = Float32Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 0 : Math.sin(i)));
    const { mixture, logLikelihoods } = fitMixture(points, 2, { components: 2 });
    assert.ok([...logLikelihoods, ...mixture.flatMap(({ weight, mean, factor }) => [weight, ...mean, ...factor])].every(Number.isFinite));
    assert.throws(() => fitMixture(points, 2, { components: 2, regularization: 0 }), DataError);
  });

  it("wants as many points as components, and numbers", () => {
    assert.throws(() => fitMixture([1, 2, 3], 1, { components: 4 }), UsageError);
    assert.throws(() => fitMixture([1, NaN, 3], 1, { components: 2 }), DataError);
  });
});
