import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { diffusionModel, type DiffusionDesign } from "../../src/models/denoiser.js";
import type { Network } from "../../src/models/diffusion-network.js";
import { discreteSchedule, linearAlphasCumprod, type Prediction } from "../../src/samplers/index.js";
import { broadcastTo, cast, constant, mul, reshape, type Tensor } from "../../src/tensor/index.js";

const [BATCH, SHAPE] = [2000, [1, 2, 2]];
/** Always answers 0, or what it is told of the time or the labels. */
const network = (answer: (x: Tensor, time: Tensor, labels?: Tensor) => Tensor = (x) => mul(x, 0)): Network => ({ parameters: [], statistics: [], apply: (x, time, _mode, labels) => answer(x, time, labels) });
const model = (changed: Partial<DiffusionDesign>) =>
  diffusionModel({
    shape: SHAPE,
    network: network(),
    schedule: discreteSchedule(linearAlphasCumprod(100)),
    spacing: "time",
    prediction: "noise",
    drawLevels: (batch) => ({ sigma: broadcastTo(constant(2), [batch]), time: broadcastTo(constant(7), [batch]) }),
    loss: "mse",
    weighting: "none",
    deviation: 1,
    ...changed,
  });
/** Examples of mean square 1. */
const examples = Float32Array.from({ length: BATCH * 4 }, (_, i) => (i % 2 === 0 ? 1 : -1));

async function lossOf(changed: Partial<DiffusionDesign>, x = examples): Promise<number> {
  const engine = referenceEngine();
  const executable = await engine.compile(model(changed).validation(BATCH));
  const { loss } = await executable.run({ x, ...(changed.classes && { labels: new Int32Array(BATCH) }) }, { seed: 1 });
  await engine.dispose();
  return loss[0];
}

describe("what diffusion models share", () => {
  it("a network that says nothing is wrong by the mean square of its target: 1 for examples of variance 1, whatever is predicted but the flow", async () => {
    for (const prediction of ["noise", "x0", "velocity", "edm"] as const) {
      const loss = await lossOf({ prediction });
      assert.ok(Math.abs(loss - 1) < 0.05, `${prediction}: ${loss}`);
    }
    // The flow's n - x0 is the sum of two.
    assert.ok(Math.abs((await lossOf({ prediction: "flow" })) - 2) < 0.1);
  });

  it("the noise of examples of zeros is known exactly, so that the right network has no loss", async () => {
    // F is given in x = alpha sigma n, and is to give n.
    const alpha = 1 / Math.sqrt(5);
    const right = network((x) => mul(x, 1 / (alpha * 2)));
    assert.ok((await lossOf({ network: right }, new Float32Array(BATCH * 4))) < 1e-10);
  });

  it("Huber's loss is half the squared error where that is small, and min-SNR weighs by min(SNR, 5) / SNR", async () => {
    const half = network((x) => mul(x, 0.9 * Math.sqrt(5) / 2));
    const zeros = new Float32Array(BATCH * 4);
    const [squared, huber] = [await lossOf({ network: half }, zeros), await lossOf({ network: half, loss: "huber" }, zeros)];
    assert.ok(Math.abs(huber - squared / 2) < 1e-6 * squared);
    const noisy = await lossOf({ network: half, weighting: "min-snr" }, zeros);
    assert.ok(Math.abs(noisy - squared) < 1e-6 * squared, "SNR 1/4 counts in full");
    const clean = (changed: Partial<DiffusionDesign>) => lossOf({ drawLevels: (batch) => ({ sigma: broadcastTo(constant(0.1), [batch]), time: broadcastTo(constant(7), [batch]) }), ...changed }, zeros);
    const ratio = (await clean({ weighting: "min-snr" })) / (await clean({}));
    assert.ok(Math.abs(ratio - 0.05) < 1e-6, String(ratio));
  });

  it("the denoiser is skip x + out F at any one level, and the network is told its time", async () => {
    const engine = referenceEngine();
    const told = network((x, time) => mul(broadcastTo(reshape(time, [x.shape[0], 1, 1, 1]), x.shape), 0.5));
    const expected: Readonly<Record<Exclude<Prediction, "edm" | "flow">, number>> = { noise: 3 - 2 * 3.5, x0: 3.5, velocity: 3 / 5 - (2 / Math.sqrt(5)) * 3.5 };
    for (const [prediction, value] of Object.entries(expected) as [Prediction, number][]) {
      const { diffusion } = model({ prediction, network: told });
      const denoised = diffusion!.denoise(constant(new Float32Array(4).fill(3), [1, ...SHAPE]), { sigma: constant(2), time: constant(7) });
      const { out } = await (await engine.compile({ outputs: { out: denoised } })).run({});
      for (const pixel of out) assert.ok(Math.abs(pixel - value) < 1e-6, `${prediction}: ${pixel}, expected ${value}`);
    }
    await engine.dispose();
  });

  it("a conditional model is told no class for the wanted share of the examples in training, and always in validation", async () => {
    const engine = referenceEngine();
    // The loss is 25 for each example of which the network is told the class 5: none of five classes.
    const nosy = network((x, _time, labels) => broadcastTo(reshape(cast(labels!, "float32"), [x.shape[0], 1, 1, 1]), x.shape));
    const conditional = { network: nosy, prediction: "x0" as const, classes: { count: 5, unknown: 0.25 } };
    const feeds = { x: new Float32Array(BATCH * 4), labels: new Int32Array(BATCH) };
    const { loss, inputs } = model(conditional).stages[0].phases[0].objective(BATCH);
    const trained = await (await engine.compile({ inputs, outputs: { loss } })).run(feeds, { seed: 2 });
    assert.ok(Math.abs(trained.loss[0] / 25 - 0.25) < 0.04, String(trained.loss[0]));
    assert.equal(await lossOf(conditional, feeds.x), 0);
    await engine.dispose();
  });
});
