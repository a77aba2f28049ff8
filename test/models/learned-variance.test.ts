import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { diffusionModel } from "../../src/models/denoiser.js";
import { diffusion } from "../../src/models/diffusion.js";
import { boundTerms, discretizedLogLikelihood } from "../../src/models/learned-variance.js";
import { discreteSchedule, variancesBetween } from "../../src/samplers/index.js";
import { broadcastTo, concat, constant, exp, gradients, mean, reshape, sum, variable, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce, valueOf } from "../support/compute.js";

interface Oracle {
  readonly alphasCumprod: readonly number[];
  readonly x0: readonly (readonly number[])[];
  readonly expected: readonly (readonly number[])[];
  readonly share: readonly (readonly number[])[];
  readonly time: readonly number[];
  /** L_(t-1) in bits per value. */
  readonly terms: readonly number[];
}
const oracle = JSON.parse(readFileSync(new URL("oracles/learned-variance.json", import.meta.url), "utf8")) as Oracle;
const alphasCumprod = Float64Array.from(oracle.alphasCumprod);
const images = (rows: readonly (readonly number[])[]): Tensor => constant(rows.flat(), [rows.length, 1, 2, 2]);

describe("learned variances", () => {
  it("terms of the bound are those of the paper, in the paper's coordinates", async () => {
    const terms = boundTerms(alphasCumprod)({ x0: images(oracle.x0), expected: images(oracle.expected), share: images(oracle.share), time: constant(oracle.time) });
    assertClose(await valueOf(terms), oracle.terms, 1e-9);
  });

  it("the 256 values of a pixel are all that there is", async () => {
    const values = Array.from({ length: 256 }, (_, i) => -1 + (2 * i) / 255);
    const logs = discretizedLogLikelihood(constant(values), constant(0.93), constant(-2));
    assertClose(await valueOf(sum(exp(logs))), [1], 1e-9);
  });

  it("no term is infinite, nor its gradient, however wrong the network is", async () => {
    const [share, x0] = [variable("share", [4, 1, 1, 2], 0), constant([1, -1, 1, -1, 1, -1, 1, -1], [4, 1, 1, 2])];
    const loss = mean(boundTerms(alphasCumprod)({ x0, expected: constant(new Float32Array(8).fill(-40), [4, 1, 1, 2]), share, time: constant([1, 2, 3, 4]) }));
    const { value, slopes } = await runOnce({ outputs: { value: loss, slopes: gradients(loss, [share])[0] } });
    assert.ok([...value, ...slopes].every(Number.isFinite), String([value, slopes]));
  });

  it("the hybrid loss is L_simple + 0.001 L_vlb, and through the bound nothing but the variance learns (equation 16)", async () => {
    // Of both halves, each the same everywhere.
    const [prediction, place] = [variable("prediction", [], 0.3), variable("place", [], -0.2)];
    const whole = (value: Tensor, batch: number) => broadcastTo(reshape(value, [1, 1, 1, 1]), [batch, 1, 2, 2]);
    const model = (learned: boolean) =>
      diffusionModel({
        shape: [1, 2, 2],
        network: { parameters: [prediction, place], statistics: [], apply: (x) => (learned ? concat([whole(prediction, x.shape[0]), whole(place, x.shape[0])], 1) : whole(prediction, x.shape[0])) },
        schedule: discreteSchedule(alphasCumprod),
        spacing: "time",
        prediction: "noise",
        drawLevels: (batch) => ({ sigma: broadcastTo(constant(Math.sqrt((1 - alphasCumprod[2]) / alphasCumprod[2])), [batch]), time: broadcastTo(constant(3), [batch]) }),
        loss: "mse",
        weighting: "none",
        deviation: 1,
        learnedVariance: learned ? { alphasCumprod } : undefined,
      });
    const measured = async (learned: boolean) => {
      const { inputs, loss, metrics } = model(learned).stages[0].phases[0].objective(3);
      const [ofPrediction, ofPlace] = gradients(loss, [prediction, place]);
      return runOnce({ inputs, outputs: { loss, ofPrediction, ofPlace, ...metrics } }, { x: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)) }, { seed: 4 });
    };
    const [simple, hybrid] = [await measured(false), await measured(true)];
    assertClose(hybrid.loss, [simple.loss[0] + 0.001 * hybrid.bound[0]], 1e-9);
    assertClose(hybrid.ofPrediction, simple.ofPrediction, 1e-9);
    assert.ok(Math.abs(hybrid.ofPlace[0]) > 1e-6);
  });

  it("the model's network says where the variance lies, halfway at first", async () => {
    const spec = { kind: "images", shape: [2, 4, 4] } as const;
    const { diffusion: made } = diffusion.build(diffusion.options.parse({ channels: [8], blocks: 1, attention: [], heads: 2, variance: "learned", steps: 10 }), spec);
    const engine = referenceEngine();
    const { x0, share } = made!.denoiseAndVary!(constant(new Float32Array(32).fill(1), [1, 2, 4, 4]), { sigma: constant(1), time: constant(3) });
    const found = await runOnce({ outputs: { x0, share } }, {}, undefined, engine);
    assert.deepEqual([found.x0.length, found.share], [32, new Array(32).fill(0.5)]);
    await engine.dispose();
  });

  it("a step's variances are the forward step's, and the smaller one of a known x0", () => {
    // beta_t and beta~_t of the paper, over alphasCumprod of the step below.
    const [a, before] = [alphasCumprod[2], alphasCumprod[1]];
    const beta = 1 - a / before;
    const { small, large } = variancesBetween((1 - a) / a, (1 - before) / before);
    assertClose([small * before, large * before], [((1 - before) / (1 - a)) * beta, beta], 1e-12);
  });
});
