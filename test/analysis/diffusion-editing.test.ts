import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { invertByDiffusion, sampleByDiffusion } from "../../src/analysis/diffusion-sampling.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import { findSampler, levelsOf, logarithmicSchedule, type ConditionalDenoise, type Sampler } from "../../src/samplers/index.js";
import { add, concat, div, mul, split, square, sub, type Tensor } from "../../src/tensor/index.js";

const [MEAN, DEVIATION] = [0.5, 0.3];
const engine = referenceEngine();
const schedule = logarithmicSchedule(0.002, 50);
const { timeOf } = schedule;

/** Of data from N(mean, variance): the best denoiser. */
const towards = (x: Tensor, sigma: Tensor, mean: number, variance: number): Tensor => div(add(mul(variance, x), mul(mean, square(sigma))), add(variance, square(sigma)));
const denoise: ConditionalDenoise = (x, { sigma }) => towards(x, sigma, MEAN, DEVIATION ** 2);
const request = (sampler: string, steps: number, count: number) => ({ shape: [1], denoise, sampler: findSampler(sampler), levels: levelsOf(schedule, steps, "karras"), timeOf, count });
/** Leaves x as it is. */
const idle: Sampler = { ...findSampler("euler"), step: ({ x }) => ({ x }) };

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value / values.length, 0);
const variance = (values: ArrayLike<number>): number => mean(Array.from(values, (value) => (value - mean(values)) ** 2));

describe("sampling from given examples", () => {
  it("begins with them and so much noise, on every row the noise of its own", async () => {
    const [count, values] = [4000, Float32Array.from({ length: 4000 }, (_, i) => i % 2)];
    const starts = await sampleByDiffusion(engine, { ...request("euler", 2, count), denoise: (x) => x, sampler: idle, start: { values, noise: 2 } });
    const noise = starts.map((start, i) => (start - values[i]) / 2);
    // Standard errors: 0.016 and 0.022.
    assert.ok(Math.abs(mean(noise)) < 0.06 && Math.abs(variance(noise) - 1) < 0.09, `${mean(noise)}, ${variance(noise)}`);
    const fewer = await sampleByDiffusion(engine, { ...request("euler", 2, 5), denoise: (x) => x, sampler: idle, start: { values: values.subarray(0, 5), noise: 2 }, batchSize: 2 });
    assert.deepEqual(fewer, starts.subarray(0, 5));
  });

  it("from a lower level stays nearer to them, and is as the data are (SDEdit)", async () => {
    const [count, values] = [2000, Float32Array.from({ length: 2000 }, (_, i) => MEAN + DEVIATION * Math.sin(i))];
    const edited = async (sigma: number): Promise<Float32Array> => {
      const levels = levelsOf({ ...schedule, sigmaStart: sigma }, 60, "karras");
      return sampleByDiffusion(engine, { ...request("ddpm", 60, count), levels, start: { values, noise: sigma } });
    };
    for (const sigma of [0.05, 0.3, 3]) {
      // A draw from p(x0 | x) of x = value + sigma n.
      const kept = DEVIATION ** 2 / (DEVIATION ** 2 + sigma ** 2);
      const expected = ((1 - kept) ** 2 * DEVIATION ** 2) / 2 + kept ** 2 * sigma ** 2 + kept * sigma ** 2;
      const moved = mean((await edited(sigma)).map((value, i) => (value - values[i]) ** 2));
      assert.ok(Math.abs(moved / expected - 1) < 0.12, `sigma ${sigma}: moved by ${moved}, expected ${expected}`);
    }
  });
});

describe("inversion", () => {
  const values = Float32Array.from({ length: 30 }, (_, i) => MEAN + (DEVIATION * (i - 15)) / 8);
  const rootMeanSquare = (a: Float32Array, b: ArrayLike<number>): number => Math.sqrt(mean(a.map((value, i) => (value - b[i]) ** 2)));
  const inverted = async (sampler: string, steps: number) => {
    const asked = request(sampler, steps, values.length);
    const codings = await invertByDiffusion(engine, asked, values);
    const back = await sampleByDiffusion(engine, { ...asked, start: { values: codings, noise: 0 } });
    const spread = Math.hypot(DEVIATION, schedule.sigmaMax) / Math.hypot(DEVIATION, schedule.sigmaMin);
    const exact = Array.from(values, (value) => MEAN + (value - MEAN) * spread);
    return { coding: rootMeanSquare(codings, exact) / schedule.sigmaMax, back: rootMeanSquare(back, values) };
  };

  for (const [sampler, order] of [["euler", 1], ["heun", 2], ["dpm-solver", 2], ["unipc", 2]] as const)
    it(`${sampler} goes to where the probability flow leads, and back to the example, at order ${order}`, async () => {
      const [coarse, fine] = [await inverted(sampler, 41), await inverted(sampler, 81)];
      for (const what of ["coding", "back"] as const) assert.ok(Math.log2(coarse[what] / fine[what]) > order - 0.3, `${what}: ${coarse[what]} -> ${fine[what]}`);
      assert.ok(fine.back < 0.03, String(fine.back));
    });
});

describe("filling in what is missing", () => {
  const [CORRELATION, KNOWN] = [0.8, 1.5];
  /** Data from N(0, [[1, r], [r, 1]]): sum and difference are independent, of variance 1 + r and 1 - r each over sqrt 2. */
  const correlated: ConditionalDenoise = (x, { sigma }) => {
    const [first, second] = split(x, [1, 1], 1);
    const [sum, difference] = [towards(add(first, second), mul(Math.SQRT2, sigma), 0, 2 * (1 + CORRELATION)), towards(sub(first, second), mul(Math.SQRT2, sigma), 0, 2 * (1 - CORRELATION))];
    return mul(0.5, concat([add(sum, difference), sub(sum, difference)], 1));
  };
  const filled = async (visits: number, count = 600) => {
    const [values, keep] = [KNOWN, 1].map((value) => Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? value : 0)));
    return sampleByDiffusion(engine, { shape: [2], denoise: correlated, sampler: findSampler("ddpm"), options: { variance: "large" }, levels: levelsOf(schedule, 40, "karras"), timeOf, count, known: { values, keep, visits }, batchSize: count });
  };

  it("keeps what is known, and draws the rest as its conditional distribution says, which repeated steps are needed for", async () => {
    const samples = await filled(20);
    assert.ok(samples.every((value, i) => i % 2 === 1 || value === KNOWN));
    const unknown = samples.filter((_, i) => i % 2 === 1);
    const [expected, spread] = [CORRELATION * KNOWN, 1 - CORRELATION ** 2];
    // Standard errors: 0.024 and 0.021.
    assert.ok(Math.abs(mean(unknown) - expected) < 0.08, `mean ${mean(unknown)}, expected ${expected}`);
    assert.ok(Math.abs(variance(unknown) - spread) < 0.08, `variance ${variance(unknown)}, expected ${spread}`);
    const once = (await filled(1)).filter((_, i) => i % 2 === 1);
    assert.ok(Math.abs(mean(once) - expected) > 0.3, `mean ${mean(once)} without repeats`);
  });

  it("a sampler that goes by earlier steps is refused, and so are values of another number", async () => {
    const [values, keep] = [Float32Array.of(1), Float32Array.of(1)];
    const refused = (message: RegExp) => (error: unknown) => error instanceof UsageError && message.test(error.message);
    await assert.rejects(sampleByDiffusion(engine, { ...request("unipc", 4, 1), known: { values, keep, visits: 2 } }), refused(/UniPC goes by the step before/));
    await assert.rejects(sampleByDiffusion(engine, { ...request("ddpm", 4, 2), known: { values, keep, visits: 2 } }), refused(/1 values for 2 examples of \[1\]/));
  });
});
