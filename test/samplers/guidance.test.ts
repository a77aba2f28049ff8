import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sampleByDiffusion } from "../../src/analysis/diffusion-sampling.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import { findSampler, guided, guidedVaried, levelsOf, logarithmicSchedule, type ConditionalDenoise } from "../../src/samplers/index.js";
import { add, broadcastTo, cast, constant, div, mul, reshape, square, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

const NONE = 3;
const DEVIATION = 0.2;

/** Of class c the data are N(c, DEVIATION²), also of the class "none". */
const seen: number[] = [];
const denoise: ConditionalDenoise = (x, { sigma }, labels) => {
  seen.push(x.shape[0]);
  const [data, added] = [DEVIATION ** 2, square(sigma)];
  const means = labels ? broadcastTo(reshape(cast(labels, "float32"), [x.shape[0], ...x.shape.slice(1).map(() => 1)]), x.shape) : constant(-1);
  return div(add(mul(data, x), mul(added, means)), add(data, added));
};

const [x, level] = [constant([0.5, -1, 2, 4], [2, 2]), { sigma: constant(0.7), time: constant(0) }];
const labels = constant([0, 2], [2], "int32");
/** Which rows of examples were denoised at once, and what came of them. */
const applied = async (denoiser: ConditionalDenoise, given = true): Promise<{ batches: number[]; values: number[] }> => {
  seen.length = 0;
  const values = await valueOf(denoiser(x, level, given ? labels : undefined));
  return { batches: [...seen], values };
};

describe("classifier-free guidance", () => {
  it("leaves the variance that the label has, where variances are learned", async () => {
    const share = (of: Tensor) => broadcastTo(reshape(cast(of, "float32"), [of.shape[0], 1]), [of.shape[0], 2]);
    const both = guidedVaried((noisy, at, given) => ({ x0: denoise(noisy, at, given), share: share(given!) }), { none: NONE, weight: 2.5 })(x, level, labels);
    assert.deepEqual(await valueOf(both.share), [0, 0, 2, 2]);
    assert.deepEqual(await valueOf(both.x0), await valueOf(guided(denoise, { none: NONE, weight: 2.5 })(x, level, labels)));
  });

  it("is (1 + w) epsilon(label) - w epsilon(none), equation 6, by one evaluation of both", async () => {
    const w = 1.5;
    const { batches, values } = await applied(guided(denoise, { none: NONE, weight: 1 + w }));
    const [of, without] = [await valueOf(denoise(x, level, labels)), await valueOf(denoise(x, level, constant([NONE, NONE], [2], "int32")))];
    const inputs = await valueOf(x);
    const noiseIn = (x0: readonly number[]) => x0.map((value, i) => (inputs[i] - value) / 0.7);
    const [ofLabel, ofNone] = [noiseIn(of), noiseIn(without)];
    assertClose(noiseIn(values), ofLabel.map((value, i) => (1 + w) * value - w * ofNone[i]), 1e-12);
    assert.deepEqual(batches, [4]);
  });

  it("with weight 1 is the label's alone, with weight 0 and without labels that of no class", async () => {
    const none = await valueOf(denoise(x, level, constant([NONE, NONE], [2], "int32")));
    assert.deepEqual(await applied(guided(denoise, { none: NONE, weight: 1 })), { batches: [2], values: await valueOf(denoise(x, level, labels)) });
    assertClose((await applied(guided(denoise, { none: NONE, weight: 0 }))).values, none, 1e-12);
    assert.deepEqual(await applied(guided(denoise, { none: NONE, weight: 4 }), false), { batches: [2], values: none });
  });
});

describe("sampling with labels", () => {
  const { timeOf, ...range } = logarithmicSchedule(0.01, 100);
  const request = { shape: [1], sampler: findSampler("dpm-solver"), levels: levelsOf({ ...range, timeOf }, 60, "log-snr"), timeOf };
  const given = [0, 1, 2, 1, 0];

  it("every example is of its own class, however many there are at once", async () => {
    for (const batchSize of [2, 64]) {
      const samples = await sampleByDiffusion(referenceEngine(), { ...request, denoise, labels: given, count: 5, batchSize });
      samples.forEach((value, i) => assert.ok(Math.abs(value - given[i]) < 5 * DEVIATION, `${value} of class ${given[i]}`));
    }
  });

  it("guidance takes the mean as far from that of no class as its weight says", async () => {
    const sampled = (weight: number) => sampleByDiffusion(referenceEngine(), { ...request, denoise: guided(denoise, { none: NONE, weight }), labels: given, count: 5 });
    const [plain, further] = [await sampled(1), await sampled(2)];
    // These denoisers differ in their means alone, so that the guided one belongs to N(NONE + weight (c - NONE), DEVIATION²): the same example, moved.
    further.forEach((value, i) => assert.ok(Math.abs(value - (plain[i] + given[i] - NONE)) < 0.02, `${plain[i]} -> ${value} of class ${given[i]}`));
  });

  it("asks for as many labels as examples", async () => {
    await assert.rejects(sampleByDiffusion(referenceEngine(), { ...request, denoise, labels: given, count: 6 }), UsageError);
  });
});
