import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sampleByDiffusion } from "../../src/analysis/diffusion-sampling.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { diffusionModel } from "../../src/models/denoiser.js";
import { diffusionTranslation } from "../../src/models/diffusion-translation.js";
import type { Network } from "../../src/models/diffusion-network.js";
import { discreteSchedule, findSampler, levelsOf, linearAlphasCumprod } from "../../src/samplers/index.js";
import { broadcastTo, constant, sub, mul, split, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";

const schedule = discreteSchedule(linearAlphasCumprod(50));
const [BATCH, SIGMA] = [500, 2];
/** Pairs of one pixel each. */
const model = (residual: boolean, answer: (source: Tensor, scaled: Tensor) => Tensor) => {
  const network: Network = {
    parameters: [],
    statistics: [],
    apply(x) {
      const [source, scaled] = split(x, [1, 1], 1);
      return answer(source, scaled);
    },
  };
  return diffusionModel({
    shape: [2, 1, 1],
    pairs: { source: 1, residual },
    network,
    schedule,
    spacing: "time",
    prediction: "x0",
    drawLevels: (batch) => ({ sigma: broadcastTo(constant(SIGMA), [batch]), time: broadcastTo(constant(7), [batch]) }),
    loss: "mse",
    weighting: "none",
    deviation: 1,
  });
};
/** The target is the source negated. */
const negated = Float32Array.from({ length: 2 * BATCH }, (_, i) => (i % 2 === 0 ? 1 : -1) * Math.sin(Math.floor(i / 2)));

async function lossOf(...[residual, answer]: Parameters<typeof model>): Promise<number> {
  const engine = referenceEngine();
  const { loss } = await (await engine.compile(model(residual, answer).validation(BATCH))).run({ x: negated }, { seed: 1 });
  return loss[0];
}

describe("a diffusion model that translates", () => {
  it("is to say what the source becomes, or what to add to it", async () => {
    assert.equal(await lossOf(false, (source) => mul(source, -1)), 0);
    assert.ok((await lossOf(true, (source) => mul(source, -2))) < 1e-12);
    assert.ok((await lossOf(true, (source) => mul(source, -1))) > 0.1);
  });

  it("sees the target beside it, noisy and of variance 1: without the source in it where only the difference is asked for", async () => {
    const alpha = 1 / Math.sqrt(1 + SIGMA ** 2);
    const engine = referenceEngine();
    for (const [residual, expected] of [[false, alpha * 3], [true, 1 + alpha * 2]] as const) {
      const { diffusion } = model(residual, (_, scaled) => scaled);
      const denoised = diffusion!.denoise(constant([3], [1, 1, 1, 1]), { sigma: constant(SIGMA), time: constant(7) }, undefined, constant([1], [1, 1, 1, 1]));
      assertClose((await (await engine.compile({ outputs: { denoised } })).run({})).denoised, [expected], 1e-6);
    }
  });

  it("every source is there in each step, of each batch", async () => {
    const values = [0.1, 0.2, 0.3, 0.4, 0.5];
    const sampled = (residual: boolean, count: number) => {
      const { denoise } = model(residual, (source) => (residual ? sub(0.5, source) : mul(source, 2))).diffusion!;
      return sampleByDiffusion(referenceEngine(), { shape: [1, 1, 1], denoise, sampler: findSampler("ddim"), levels: levelsOf(schedule, 4, "time"), timeOf: schedule.timeOf, count, batchSize: 2, source: { shape: [1, 1, 1], values } });
    };
    assertClose(await sampled(false, 5), values.map((value) => 2 * value), 1e-6);
    assertClose(await sampled(true, 5), values.map(() => 0.5), 1e-6);
    await assert.rejects(sampled(true, 4), /5 sources for 4 examples/);
  });

  it("refuses what it cannot learn", () => {
    const build = (options: object, spec: Parameters<typeof diffusionTranslation.build>[1]) => diffusionTranslation.build(diffusionTranslation.options.parse({ channels: [8], attention: [], ...options }), spec);
    const of = (source: number, channels: number, more: object = {}) => ({ kind: "pairs", shape: [channels, 8, 8], source, ...more }) as const;
    assert.throws(() => build({}, of(1, 2, { unpaired: true })), /not paired/);
    assert.throws(() => build({ residual: true }, of(3, 4)), /3 and 1/);
    assert.ok(build({ residual: true }, of(1, 4)).diffusion);
    assert.throws(() => build({}, { kind: "images", shape: [1, 8, 8] }), /not pairs/);
    const { translates } = build({}, of(1, 4)).diffusion!;
    assert.deepEqual(translates, { source: [1, 8, 8], target: [3, 8, 8] });
  });
});
