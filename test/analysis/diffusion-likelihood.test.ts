import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boundsOfLogLikelihood, logLikelihoodsByFlow, type DiffusionLikelihood } from "../../src/analysis/diffusion-likelihood.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import type { Diffusion } from "../../src/models/model.js";
import { cosineAlphasCumprod, discreteSchedule, logarithmicSchedule, variationalBound, type Level, type NoiseSchedule } from "../../src/samplers/index.js";
import { add, broadcastTo, concat, constant, div, mul, reshape, slice, square, sub, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";

/** Pairs of values: their mean, and the variances of their sum and of their difference, both divided by the root of 2. */
const [MEAN, TOGETHER, APART] = [0.1, 0.09, 0.02];

/** The best denoiser of normal data: along each axis the data's variance against the noise's. */
function denoise(x: Tensor, { sigma }: { readonly sigma: Tensor }): Tensor {
  const [batch] = x.shape;
  const variance = sigma.rank === 0 ? square(sigma) : reshape(square(sigma), [batch, 1]);
  const [a, b] = [0, 1].map((i) => sub(slice(x, [0, i], [batch, i + 1]), MEAN));
  const kept = (own: number): Tensor => div(own, add(own, variance));
  const [sum, difference] = [mul(kept(TOGETHER), mul(0.5, add(a, b))), mul(kept(APART), mul(0.5, sub(a, b)))];
  return add(MEAN, concat([add(sum, difference), sub(sum, difference)], 1));
}
const diffusionOf = (schedule: NoiseSchedule): Diffusion => ({ schedule, spacing: "time", denoise });

/** log of the probability of a small bin about (a, b), in nats. */
function exact([a, b]: readonly number[]): number {
  const [sum, difference] = [(a + b - 2 * MEAN) / Math.SQRT2, (a - b) / Math.SQRT2];
  return -0.5 * (sum ** 2 / TOGETHER + difference ** 2 / APART + Math.log(4 * Math.PI ** 2 * TOGETHER * APART)) + 2 * Math.log(2 / 255);
}

const points = [[0.2, 0.3], [-0.3, -0.25], [0.5, 0.1]];
/** So many of each point, one after the other. */
const copies = (each: number): Float32Array => Float32Array.from(points.flatMap((point) => Array.from({ length: each }, () => point)).flat());
const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value / values.length, 0);
/** Standard error of their mean. */
const errorOf = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + (value - meanOf(values)) ** 2, 0)) / values.length;
const rows = (each: number) => ({ shape: [2], count: points.length * each, values: copies(each), batchSize: 64 });

describe("the variational bound of a diffusion model", () => {
  const schedule = discreteSchedule(cosineAlphasCumprod(60));
  const diffusion = diffusionOf(schedule);

  /** A model that has learned a variance between the small one and the large one. */
  const LEARNED = 0.3;
  const vary = (x: Tensor, level: Level<Tensor>) => ({ x0: denoise(x, level), share: broadcastTo(constant(LEARNED), x.shape) });
  for (const [variance, place] of [["small", 0], ["large", 1], ["learned", LEARNED]] as const)
    it(`is all that the terms of the best denoiser are expected to be, with the ${variance} variance`, async () => {
      const each = 300;
      const bounds = await boundsOfLogLikelihood(referenceEngine(), { ...rows(each), diffusion: { ...diffusion, denoiseAndVary: vary }, steps: 59, variance });
      const { sigmas, weights, logRatios, decoder: { small, large }, prior } = variationalBound(schedule);
      const deviation = Math.exp(0.5 * (variance === "learned" ? small + place * (large - small) : small));
      for (const [i, [a, b]] of points.entries()) {
        // E |x0 - D|² along an axis of variance v: (sigma⁴ d² + v² sigma²) / (v + sigma²)², for a distance d from the mean.
        const axes = [[(a + b - 2 * MEAN) / Math.SQRT2, TOGETHER], [(a - b) / Math.SQRT2, APART]];
        const errorAt = (sigma: number): number => axes.reduce((sum, [d, v]) => sum + (sigma ** 4 * d ** 2 + v ** 2 * sigma ** 2) / (v + sigma ** 2) ** 2, 0);
        const between = weights.reduce((sum, weight, t) => {
          const ratio = Math.exp(place * logRatios[t]);
          return sum + ratio * weight * errorAt(sigmas[t + 1]) + (ratio - 1 - Math.log(ratio));
        }, 0);
        // Bins are much narrower than the decoder's deviation: a density, times their width.
        const decoder = 2 * Math.log(2 / 255 / (Math.sqrt(2 * Math.PI) * deviation)) - errorAt(sigmas[0]) / (2 * deviation ** 2);
        const own = bounds.subarray(i * each, (i + 1) * each);
        const expected = decoder - between - prior([a, b]);
        assert.ok(expected < exact([a, b]));
        assert.ok(Math.abs(meanOf(own) - expected) < 4 * errorOf(own), `${meanOf(own)} ± ${errorOf(own)}, expected ${expected}`);
      }
    });

  it("takes the learned variance where there is one, and refuses it where there is none", async () => {
    const learned = { ...diffusion, denoiseAndVary: vary };
    const bounds = (changed: Partial<DiffusionLikelihood>) => boundsOfLogLikelihood(referenceEngine(), { ...rows(2), diffusion: learned, steps: 59, ...changed });
    assert.deepEqual(await bounds({}), await bounds({ variance: "learned" }));
    assert.notDeepEqual(await bounds({}), await bounds({ variance: "large" }));
    await assert.rejects(bounds({ diffusion, variance: "learned" }), (error) => error instanceof UsageError && /learned no variances/.test(error.message));
  });

  it("estimated from a part of the terms is the same on average; of an example it does not depend on the batch", async () => {
    const each = 400;
    const estimate = (steps: number, batchSize = 64) => boundsOfLogLikelihood(referenceEngine(), { ...rows(each), diffusion, steps, seed: 3, batchSize });
    const [all, part] = [await estimate(100), await estimate(12)];
    assert.ok(Math.abs(meanOf(all) - meanOf(part)) < 4 * Math.hypot(errorOf(all), errorOf(part)), `${meanOf(all)} ± ${errorOf(all)}, ${meanOf(part)} ± ${errorOf(part)}`);
    assertClose((await estimate(12, 50)).subarray(0, 70), part.subarray(0, 70), 1e-9);
  });
});

describe("the likelihood by the probability flow", () => {
  it("is that of the closed form, up to the noise of dequantization and of the trace", async () => {
    const each = 60;
    const logs = await logLikelihoodsByFlow(referenceEngine(), { ...rows(each), diffusion: diffusionOf(logarithmicSchedule(0.002, 80)), steps: 100 });
    for (const [i, point] of points.entries()) {
      const own = logs.subarray(i * each, (i + 1) * each);
      assert.ok(Math.abs(meanOf(own) - exact(point)) < 0.02 + 4 * errorOf(own), `${meanOf(own)} ± ${errorOf(own)}, expected ${exact(point)}`);
    }
  });

  it("of an example does not depend on the batch", async () => {
    const estimate = (batchSize: number) => logLikelihoodsByFlow(referenceEngine(), { ...rows(2), diffusion: diffusionOf(logarithmicSchedule(0.01, 10)), steps: 4, batchSize });
    assertClose(await estimate(4), await estimate(5), 1e-9);
  });
});
