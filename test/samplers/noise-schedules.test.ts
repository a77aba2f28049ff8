import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cosineAlphasCumprod, discreteSchedule, levelsOf, linearAlphasCumprod, logarithmicSchedule, spacings, straightSchedule } from "../../src/samplers/index.js";
import { UsageError } from "../../src/errors.js";

const near = (actual: number, expected: number, relative = 1e-6): void => assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual}, expected ${expected}`);

describe("a logarithmic schedule", () => {
  it("goes from more noise to less", () => {
    for (const [least, most] of [[80, 0.002], [1, 1]]) assert.throws(() => logarithmicSchedule(least, most), /smallest noise is .*, the largest/);
  });
});

describe("noise schedules", () => {
  it("linear betas: the products of Ho et al., of a thousand steps and of fewer", () => {
    const alphas = linearAlphasCumprod(1000);
    near(alphas[0], 1 - 1e-4);
    near(alphas[1], (1 - 1e-4) * (1 - 1e-4 - (0.02 - 1e-4) / 999));
    // log: the betas sum up to 10.05, and -log(1 - beta) is a little more.
    near(Math.log(alphas[999]), -10.1177, 1e-4);
    near(Math.log(linearAlphasCumprod(250)[249]), Math.log(alphas[999]), 0.05);
  });

  it("cosine: equation 17 of Nichol & Dhariwal but for the last steps, whose betas are limited", () => {
    const alphas = cosineAlphasCumprod(4000);
    const f = (t: number): number => Math.cos(((t / 4000 + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    for (const t of [1, 1000, 2000, 3990]) near(alphas[t - 1], f(t) / f(0), 1e-9);
    near(alphas[3999] / alphas[3998], 0.001, 1e-9);
  });

  it("a time leads to its sigma and back, also between steps", () => {
    for (const { sigmaOf, timeOf, sigmaMin, sigmaMax } of [discreteSchedule(linearAlphasCumprod(1000)), discreteSchedule(cosineAlphasCumprod(100)), logarithmicSchedule(0.002, 80), straightSchedule()]) {
      for (const share of [0, 0.013, 0.5, 0.77, 1]) {
        const sigma = sigmaMin * (sigmaMax / sigmaMin) ** share;
        near(sigmaOf(timeOf(sigma)), sigma, 1e-9);
      }
    }
    const { timeOf, sigmaMin, sigmaMax } = discreteSchedule(cosineAlphasCumprod(100));
    near(timeOf(sigmaMin), 1);
    near(timeOf(sigmaMax), 100);
    assert.throws(() => discreteSchedule(linearAlphasCumprod(1)), UsageError);
  });

  it("levels fall from the largest sigma to the smallest, with their times", () => {
    const schedule = logarithmicSchedule(0.002, 80);
    for (const spacing of spacings) {
      const levels = levelsOf(schedule, 7, spacing);
      near(levels[0].sigma, 80);
      near(levels[6].sigma, 0.002);
      assert.ok(levels.every(({ sigma, time }, i) => (i === 0 || sigma < levels[i - 1].sigma) && Math.abs(time - Math.log(sigma) / 4) < 1e-12));
    }
    // Karras et al. 2022, equation 5: halfway the mean of the seventh roots, to the seventh.
    near(levelsOf(schedule, 3, "karras")[1].sigma, ((80 ** (1 / 7) + 0.002 ** (1 / 7)) / 2) ** 7);
    assert.throws(() => levelsOf(schedule, 1, "karras"), UsageError);
  });

  it("all steps of a schedule, even in time, are its steps", () => {
    const alphas = linearAlphasCumprod(50);
    const levels = levelsOf(discreteSchedule(alphas), 50, "time");
    levels.forEach(({ sigma, time }, i) => {
      near(time, 50 - i, 1e-9);
      near(sigma, Math.sqrt(1 / alphas[49 - i] - 1), 1e-9);
    });
  });
});
