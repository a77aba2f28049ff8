import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sampleByDiffusion } from "../../src/analysis/diffusion-sampling.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import type { Engine } from "../../src/engines/engine.js";
import { UsageError } from "../../src/errors.js";
import { consistencyModel, type ConsistencyDesign } from "../../src/models/consistency.js";
import type { DiffusionDesign } from "../../src/models/denoiser.js";
import type { Network } from "../../src/models/diffusion-network.js";
import { Dense, sequential } from "../../src/nn/index.js";
import { cosineAlphasCumprod, discreteSchedule, findSampler, logarithmicSchedule, preconditions, type Prediction } from "../../src/samplers/index.js";
import { add, broadcastTo, cast, concat, constant, div, exp, mul, reshape, sqrt, square, sub, tanh, type Tensor } from "../../src/tensor/index.js";
import { fit } from "../../src/training/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

/** Data from N(MEAN, DEVIATION²) in each of two values: the best denoiser is known, and where each x comes from. */
const [MEAN, DEVIATION, SIGMA_DATA] = [0.4, 0.3, 0.5];
const SHAPE = [1, 1, 2] as const;
const schedule = logarithmicSchedule(0.01, 20);
const sigmaOf = (time: Tensor, { shape: [batch] }: Tensor): Tensor => reshape(exp(mul(4, time)), [batch, 1, 1, 1]);

const design = (network: Network, changed: Partial<DiffusionDesign> = {}): DiffusionDesign => ({
  shape: SHAPE,
  network,
  schedule,
  spacing: "karras",
  prediction: "edm",
  drawLevels: (batch) => ({ sigma: broadcastTo(constant(1), [batch]), time: broadcastTo(constant(0), [batch]) }),
  loss: "mse",
  weighting: "none",
  deviation: SIGMA_DATA,
  ...changed,
});
const fixed = (apply: Network["apply"]): Network => ({ parameters: [], statistics: [], apply });
/** F of D = skip x + out F, from D; x is what the network is given. */
const answering = (answer: (x: Tensor, sigma: Tensor, labels?: Tensor) => Tensor, shift = 0): Network =>
  fixed((scaled, time, _mode, labels) => {
    const sigma = sigmaOf(time, scaled);
    const x = div(scaled, preconditions.edm(sigma, SIGMA_DATA).in);
    const { skip, out } = preconditions.edm(sub(sigma, shift), SIGMA_DATA);
    return div(sub(answer(x, sigma, labels), mul(skip, x)), add(out, 1e-9));
  });

const best = (mean: Tensor | number) => (x: Tensor, sigma: Tensor): Tensor => div(add(mul(DEVIATION ** 2, x), mul(square(sigma), mean)), add(DEVIATION ** 2, square(sigma)));
/** Where the probability flow leads x: x - MEAN shrinks as the spread of the noisy data does. */
const destination = (mean: Tensor | number) => (x: Tensor, sigma: Tensor): Tensor =>
  add(mean, mul(sub(x, mean), div(Math.hypot(DEVIATION, schedule.sigmaMin), sqrt(add(DEVIATION ** 2, square(sigma))))));

const model = (student: Network, changed: Partial<ConsistencyDesign> = {}) => consistencyModel({ teacher: design(answering(best(MEAN))), student: design(student), levels: 40, guidance: 1, distance: "squared", ...changed });

/** Examples of the data, from the golden ratio's fractions. */
const examples = (count: number): Float32Array =>
  Float32Array.from({ length: 2 * count }, (_, i) => {
    const [u, v] = [((Math.floor(i / 2) + 0.5) / count), (i * 0.6180339887) % 1];
    return MEAN + DEVIATION * Math.sqrt(-2 * Math.log(u)) * (i % 2 === 0 ? Math.cos(2 * Math.PI * v) : Math.sin(2 * Math.PI * v));
  });

async function lossOf(student: Network, changed: Partial<ConsistencyDesign> = {}): Promise<number> {
  const engine = referenceEngine();
  const program = model(student, changed).validation(500);
  const { loss } = await (await engine.compile(program)).run({ x: examples(500), ...("labels" in (program.inputs ?? {}) && { labels: Int32Array.from({ length: 500 }, (_, i) => i % 2) }) }, { seed: 1 });
  await engine.dispose();
  return loss[0];
}

/** Mean and standard deviation of samples. */
function moments(values: Float32Array): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0)) };
}

describe("consistency models", () => {
  it("where the probability flow leads is what has no loss; the teacher's own denoiser has some", async () => {
    const right = await lossOf(answering(destination(MEAN), schedule.sigmaMin));
    const denoiser = await lossOf(answering(best(MEAN), schedule.sigmaMin));
    assert.ok(right < 1e-5, String(right));
    assert.ok(denoiser > 100 * right, `${denoiser}, ${right}`);
    // Heun's method errs less, the more levels there are: by the square of the step, here squared.
    const coarse = await lossOf(answering(destination(MEAN), schedule.sigmaMin), { levels: 10 });
    assert.ok(coarse > 10 * right, `${coarse}, ${right}`);
  });

  it("leaves x as it is at the smallest noise, whatever the network says", async () => {
    const x = constant([0.5, -3], [1, ...SHAPE]);
    for (const prediction of ["velocity", "edm", "flow"] as const) {
      const wild = design(fixed((given) => add(given, 100)), { prediction });
      const { diffusion } = consistencyModel({ teacher: wild, student: wild, levels: 5, guidance: 1, distance: "squared" });
      assertClose(await valueOf(diffusion!.denoise(x, { sigma: constant(schedule.sigmaMin), time: constant(0) })), [0.5, -3], 1e-9);
    }
  });

  it("pseudo-Huber's distance is nearly c away from the length of what is between", async () => {
    const off = answering((x, sigma) => add(destination(MEAN)(x, sigma), mul(1, sigma)), schedule.sigmaMin);
    const [squared, huber] = [await lossOf(off, { distance: "squared" }), await lossOf(off, { distance: "pseudo-huber" })];
    // Two values: |a - b|² is twice the mean square, and a mean of roots is no more than the root of the mean.
    assert.ok(huber > 0 && huber <= Math.sqrt(2 * squared), `${huber}, ${squared}`);
  });

  it("a guided teacher leads beyond the class, and the student has learned it", async () => {
    // Of class c the data are around c, of none around 0.
    const classes = { count: 2, unknown: 0 };
    const meanOf = (labels: Tensor | undefined, x: Tensor, factor: number) => broadcastTo(reshape(mul(factor, mul(cast(labels!, "float32"), sub(2, cast(labels!, "float32")))), [x.shape[0], 1, 1, 1]), x.shape);
    const teacher = design(answering((x, sigma, labels) => best(meanOf(labels, x, 1))(x, sigma)), { classes });
    const student = (factor: number) => design(answering((x, sigma, labels) => destination(meanOf(labels, x, factor))(x, sigma), schedule.sigmaMin), { classes });
    const loss = (factor: number) => lossOf(answering(() => constant(0)), { teacher, student: student(factor), guidance: 2 });
    // Label 1 has mean 1, label 0 and none (2) have 0.
    const [guided, plain] = [await loss(2), await loss(1)];
    assert.ok(guided < 1e-4 && plain > 10 * guided, `${guided}, ${plain}`);
  });

  it("a student learns to sample in one step and in two what the teacher does in many", async () => {
    const engine: Engine = referenceEngine();
    // Tells the noise and x's two values alike; its answer is a number for each.
    const hidden = sequential(Dense(12, { activation: tanh }), Dense(2))("student", [6]);
    const student: Network = {
      parameters: hidden.parameters,
      statistics: [],
      apply(x, time, mode) {
        const [batch] = x.shape;
        const [flat, t] = [reshape(x, [batch, 2]), reshape(time, [batch, 1])];
        return reshape(hidden.apply(concat([flat, t, square(t), mul(t, flat)], 1), mode), x.shape);
      },
    };
    const built = model(student, { levels: 18 });
    const train = { spec: { kind: "images", shape: SHAPE } as const, count: 512, values: examples(512) };
    for (const variable of built.variables) await engine.write(variable, variable.initial(1));
    const optimizer = { name: "adam", learningRate: 2e-2, schedule: { kind: "cosine", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } } as const;
    await fit({ model: built, examples: { train }, range: [0, 1], engine, config: { batchSize: 64, seed: 4, optimizer, steps: 800, validateEvery: 1e9, patience: 1e9 } });
    const { jumps, denoise } = built.diffusion!;
    for (const steps of [1, 2]) {
      const levels = jumps!.levels(steps, "karras");
      assert.equal(levels.length, steps);
      const samples = await sampleByDiffusion(engine, { shape: SHAPE, denoise, sampler: findSampler(jumps!.sampler), levels, timeOf: schedule.timeOf, count: 2000, batchSize: 500 });
      const { mean, deviation } = moments(samples);
      assert.ok(Math.abs(mean - MEAN) < 0.02 && Math.abs(deviation - DEVIATION) < 0.04, `${steps} steps: ${mean} and ${deviation}`);
    }
    await engine.dispose();
  });

  it("goes by levels after Karras, from no more noise than an image is lost in, whatever the teacher's", () => {
    const steps = discreteSchedule(cosineAlphasCumprod(1000));
    const { schedule: own, spacing, jumps } = model(fixed((x) => x), { teacher: design(fixed((x) => x), { schedule: steps }), student: design(fixed((x) => x), { schedule: steps, spacing: "time" }) }).diffusion!;
    assert.ok(own.sigmaMax > 10_000);
    assert.equal(spacing, "karras");
    assertClose([jumps!.levels(1, spacing)[0].sigma], [80], 1e-9);
  });

  it("refuses a teacher that cannot teach, and guidance without classes", () => {
    const of = (prediction: Prediction) => design(answering(() => constant(0)), { prediction });
    for (const prediction of ["noise", "x0"] as const) assert.throws(() => model(fixed((x) => x), { student: of(prediction), teacher: of(prediction) }), (error) => error instanceof UsageError && error.message.includes(prediction));
    assert.throws(() => model(fixed((x) => x), { guidance: 2 }), (error) => error instanceof UsageError && /not told classes/.test(error.message));
  });
});
