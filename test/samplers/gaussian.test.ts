import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sampleByDiffusion } from "../../src/analysis/diffusion-sampling.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { cosineAlphasCumprod, discreteSchedule, levelsOf, linearAlphasCumprod, logarithmicSchedule, samplers, straightSchedule, type Level, type Sampler } from "../../src/samplers/index.js";
import { add, div, exp, mul, square, type Tensor } from "../../src/tensor/index.js";

/** Data from N(MEAN, DEVIATION²): the best denoiser and the way of each x are known. */
const [MEAN, DEVIATION] = [0.5, 0.3];
const denoise = (x: Tensor, { sigma, time }: Level<Tensor>): Tensor => {
  // sigma², half of it from the time, which must belong to it.
  const [data, added] = [DEVIATION ** 2, mul(sigma, exp(mul(4, time)))];
  return div(add(mul(data, x), mul(MEAN, added)), add(data, added));
};
const { timeOf, ...range } = logarithmicSchedule(0.01, 50);
const schedule = { ...range, timeOf };
const engine = referenceEngine();
const run = (sampler: Sampler, steps: number, count: number, options?: object) =>
  sampleByDiffusion(engine, { shape: [1], denoise, sampler, levels: levelsOf(schedule, steps, "log-snr"), timeOf, count, ...(options && { options: { ...options } }) });

/** Leaves x as it is: what a sampler of this seed begins with. */
const idle: Sampler = { ...samplers[0], step: ({ x }) => ({ x }) };

/** Root of the mean squared distance from where the probability flow leads each starting point. */
async function errorOf(sampler: Sampler, steps: number): Promise<number> {
  const count = 50;
  const starts = await sampleByDiffusion(engine, { shape: [1], denoise: (x) => x, sampler: idle, levels: levelsOf(schedule, 2, "log-snr"), timeOf, count });
  const samples = await run(sampler, steps, count);
  const spread = (sigma: number): number => Math.hypot(DEVIATION, sigma);
  const { sigmaMin, sigmaMax } = schedule;
  return Math.sqrt(samples.reduce((sum, value, i) => {
    // x - MEAN shrinks as the spread of the noisy data does; then the last noise is taken away.
    const last = MEAN + ((starts[i] - MEAN) * spread(sigmaMin)) / spread(sigmaMax);
    const exact = (DEVIATION ** 2 * last + sigmaMin ** 2 * MEAN) / spread(sigmaMin) ** 2;
    return sum + (value - exact) ** 2 / count;
  }, 0));
}

const find = (name: string): Sampler => samplers.find((sampler) => sampler.name === name)!;

describe("samplers on normal data, where the best denoiser is known", () => {
  const orders = { ddim: 1, euler: 1, heun: 2, "dpm-solver": 2, unipc: 2 };
  for (const [name, order] of Object.entries(orders))
    it(`${name} comes to where the probability flow leads, at order ${order}`, async () => {
      const [coarse, fine] = [await errorOf(find(name), 41), await errorOf(find(name), 81)];
      const measured = Math.log2(coarse / fine);
      assert.ok(measured > order - 0.25, `${coarse} -> ${fine}: order ${measured}`);
      assert.ok(fine < 0.02, String(fine));
    });

  const noisy: [string, object][] = [["ddpm", {}], ["ddpm", { variance: "large" }], ["ddim", { eta: 1 }], ["ddim", { eta: 0.5 }], ["heun", { churn: 30 }]];
  for (const [name, options] of noisy)
    it(`${name} ${JSON.stringify(options)} gives the distribution of the data`, async () => {
      const samples = await run(find(name), 150, 4000, options);
      const mean = samples.reduce((sum, value) => sum + value / samples.length, 0);
      const deviation = Math.sqrt(samples.reduce((sum, value) => sum + (value - mean) ** 2 / samples.length, 0));
      // Standard errors: 0.005 and 0.0034.
      assert.ok(Math.abs(mean - MEAN) < 0.015, `mean ${mean}`);
      assert.ok(Math.abs(deviation - DEVIATION) < 0.025, `standard deviation ${deviation}`);
    });

  const schedules = [
    ["cosine", discreteSchedule(cosineAlphasCumprod(1000)), "time"],
    ["linear", discreteSchedule(linearAlphasCumprod(1000)), "time"],
    ["flow", straightSchedule(), "time"],
    ["edm", logarithmicSchedule(0.002, 80), "karras"],
  ] as const;
  for (const [name, schedule, spacing] of schedules)
    it(`in twenty steps with the levels of ${name} come near data that vary little, and much, as all pixels of an image together do`, async () => {
      for (const variance of [0.09, 30])
        for (const sampler of samplers.filter(({ jumps }) => !jumps)) {
          const samples = await sampleByDiffusion(engine, {
            shape: [1], denoise: (x, { sigma }) => div(mul(variance, x), add(variance, square(sigma))), sampler, levels: levelsOf(schedule, 20, sampler.spacing ?? spacing), timeOf: schedule.timeOf, count: 2000, batchSize: 1000,
          });
          const relative = Math.sqrt(samples.reduce((sum, value) => sum + value ** 2 / samples.length, 0) / variance);
          // Standard error: 0.016. Those of second order err by the square of the step.
          const most = sampler.spacing ? 0.11 : 0.33;
          assert.ok(Math.abs(relative - 1) < most, `${sampler.name}, variance ${variance}: ${relative}`);
        }
    });

  it("a sample depends on the seed and its number alone, whatever the batch", async () => {
    const request = { shape: [1], denoise, sampler: find("ddpm"), levels: levelsOf(schedule, 5, "karras"), timeOf, seed: 3 };
    const [one, other] = [await sampleByDiffusion(engine, { ...request, count: 7, batchSize: 7 }), await sampleByDiffusion(engine, { ...request, count: 5, batchSize: 2 })];
    assert.deepEqual(one.subarray(0, 5), other);
    assert.notDeepEqual(other, await sampleByDiffusion(engine, { ...request, seed: 4, count: 5 }));
  });
});
