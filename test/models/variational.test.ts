import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DataSpec } from "../../src/data/dataset.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { ShapeError, UsageError } from "../../src/errors.js";
import { findModel, models } from "../../src/models/registry.js";
import { variational } from "../../src/models/variational.js";
import { adam } from "../../src/optimizers/index.js";
import { sizeOf } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

const spec = { kind: "images", shape: [1, 6, 6] } as const;
const small = { hidden: [8], channels: [2, 3], latentSize: 2 };
const build = (options = {}) => variational.build(variational.options.parse({ ...small, ...options }), spec);
/** The same picture again and again, light above and dark below: easy to learn. */
const halves = Float64Array.from({ length: 4 * 36 }, (_, i) => (i % 36 < 18 ? 0.9 : 0.1));
const pixels = (batch: number) => Float64Array.from({ length: batch * 36 }, (_, i) => 0.5 + 0.5 * Math.sin(i));

describe("the variational autoencoder", () => {
  for (const network of ["dense", "convolutional"] as const)
    for (const likelihood of ["bernoulli", "gaussian"] as const)
      it(`learns: ${network}, ${likelihood}`, async () => {
        const model = build({ network, likelihood });
        const { inputs, loss, updates } = model.stages[0].phases[0].objective(4);
        const engine = referenceEngine();
        const step = await engine.compile({ inputs, outputs: { loss }, updates: new Map([...updates, ...adam({ learningRate: 0.01 }).minimize(loss, model.stages[0].phases[0].parameters)]) });
        const losses: number[] = [];
        for (let i = 0; i < 60; i++) losses.push((await step.run({ x: halves }, { seed: 1, step: i })).loss[0]);
        assert.ok(losses.at(-1)! < losses[0] - 1, `${losses[0]} -> ${losses.at(-1)}`);
      });

  it("has the ELBO of a posterior and decoder that are known", async () => {
    // All weights zero: q(z|x) = N(0, 1), so KL = 0; logits 0, so each pixel costs log 2.
    const model = build({ network: "dense" });
    const engine = referenceEngine();
    for (const variable of model.variables) await engine.write(variable, new Float64Array(sizeOf(variable.shape)));
    const bernoulli = await runOnce(model.validation(3), { x: pixels(3) }, { seed: 0 }, engine);
    assertClose([...bernoulli.loss, ...bernoulli.kl], [36 * Math.log(2), 0], 1e-9);
    // Normal around 0: squared error / (2 variance) + log(2 pi variance) / 2 a pixel.
    const gaussian = build({ network: "dense", likelihood: "gaussian", variance: 0.3 });
    for (const variable of gaussian.variables) await engine.write(variable, new Float64Array(sizeOf(variable.shape)));
    const { loss, meanSquaredError } = await runOnce(gaussian.validation(3), { x: pixels(3) }, { seed: 0 }, engine);
    assertClose(loss, [36 * (meanSquaredError[0] / 0.6 + 0.5 * Math.log(2 * Math.PI * 0.3))], 1e-9);
  });

  it("weighs the KL term by beta, and leaves free bits unpunished", async () => {
    const at = async (options: object) => {
      const { inputs, loss, metrics } = build({ network: "dense", ...options }).stages[0].phases[0].objective(5);
      const result = await runOnce({ inputs, outputs: { loss, ...metrics } }, { x: pixels(5) }, { seed: 3 });
      return { loss: result.loss[0], reconstruction: result.reconstruction[0], kl: result.kl[0] };
    };
    const [one, three, free] = [await at({}), await at({ beta: 3 }), await at({ freeBits: 50 })];
    assertClose([one.loss, three.loss, free.loss], [one.reconstruction + one.kl, one.reconstruction + 3 * one.kl, one.reconstruction + 2 * 50], 1e-9);
  });

  it("lets the KL term come in over the steps of annealing, counted by a variable", async () => {
    const model = build({ network: "dense", beta: 2, annealing: 4 });
    const { inputs, loss, metrics, updates } = model.stages[0].phases[0].objective(5);
    const engine = referenceEngine();
    const step = await engine.compile({ inputs, outputs: { loss, reconstruction: metrics.reconstruction, kl: metrics.kl }, updates });
    for (const weight of [0, 0.5, 1, 1.5, 2, 2]) {
      const outputs = await step.run({ x: pixels(5) }, { seed: 3 });
      assertClose(outputs.loss, [outputs.reconstruction[0] + weight * outputs.kl[0]], 1e-9);
    }
    const counter = model.variables.find(({ name }) => name === "annealing.step")!;
    assert.deepEqual(Array.from(await engine.read(counter)), [4]);
    const whole = await runOnce(model.validation(5), { x: pixels(5) }, { seed: 3 });
    assertClose(whole.loss, [whole.reconstruction[0] + 2 * whole.kl[0]], 1e-9);
    assert.ok(!build().variables.some(({ name }) => name === "annealing.step"));
  });

  it("averages over the latent samples: more of them change the noise, not the estimate's meaning", async () => {
    const at = async (samples: number) => (await runOnce(build({ network: "dense", samples }).validation(20), { x: pixels(20) }, { seed: 3 })).loss[0];
    const [few, many] = [await at(1), await at(40)];
    assert.ok(Math.abs(few - many) < 0.05 * many, `${few} ${many}`);
  });

  it("samples the same picture number i whatever the batch, on every engine up to rounding", async () => {
    const { onnxEngine } = await import("../../src/engines/onnx/index.js");
    const model = build({ network: "convolutional" });
    const [reference, onnx] = [referenceEngine(), await onnxEngine()];
    const draw = (engine: typeof reference, batch: number, firstRow: number) => runOnce(model.abilities.sample!(batch), {}, { seed: 11, firstRow }, engine);
    const whole = (await draw(reference, 6, 0)).samples;
    assertClose((await draw(onnx, 6, 0)).samples, whole, 1e-5);
    assertClose((await draw(onnx, 1, 4)).samples, whole.slice(4 * 36, 5 * 36), 1e-5);
    assert.deepEqual((await draw(reference, 2, 3)).samples, whole.slice(3 * 36, 5 * 36));
    await onnx.dispose();
  });

  it("gives images of odd sizes and of three channels back at their own size", () => {
    for (const shape of [[1, 7, 5], [3, 9, 12]] as const) {
      const model = variational.build(variational.options.parse(small), { kind: "images", shape });
      for (const [ability, output] of [["reconstruct", "reconstruction"], ["sample", "samples"]] as const) assert.deepEqual(model.abilities[ability]!(2).outputs[output as never]["shape"], [2, ...shape]);
    }
  });

  it("refuses unknown and impossible options", () => {
    assert.throws(() => variational.options.parse({ latentsize: 3 }), /latentsize/);
    assert.throws(() => variational.options.parse({ latentSize: 0 }));
    assert.throws(() => variational.options.parse({ variance: -1 }));
    assert.ok(ShapeError);
  });
});

describe("the registry", () => {
  it("finds models, and suggests the nearest name", () => {
    assert.equal(findModel("variational"), variational);
    assert.throws(() => findModel("varational"), (error: unknown) => error instanceof UsageError && /Did you mean "variational"/.test(error.hint ?? ""));
  });

  it("every model builds from its defaults, with options described and abilities that compile", async () => {
    for (const model of models) {
      const images: DataSpec = { kind: "images", shape: [1, 8, 8], classes: ["light", "dark"] };
      const built = model.build(model.options.parse({}), model.accepts.kinds.includes("images") ? images : { kind: "pairs", shape: [2, 8, 8], source: 1 });
      for (const [name, field] of Object.entries(model.options.shape)) assert.ok((field as { description?: string }).description, `${model.name}.${name}`);
      const engine = referenceEngine();
      for (const ability of Object.values(built.abilities) as ((batch: number) => Parameters<typeof engine.compile>[0])[]) await engine.compile(ability(2));
      await engine.compile(built.validation(2));
    }
  });
});
