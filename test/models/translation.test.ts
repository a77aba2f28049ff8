import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Engine } from "../../src/engines/engine.js";
import { UsageError } from "../../src/errors.js";
import { cycleGan } from "../../src/models/cycle-gan.js";
import type { BuiltModel } from "../../src/models/model.js";
import { pix2pix } from "../../src/models/pix2pix.js";
import { patchDiscriminator, patchHalvings, residualNetwork, uNet } from "../../src/models/translation-networks.js";
import { inferenceMode } from "../../src/nn/index.js";
import { adam } from "../../src/optimizers/index.js";
import { input } from "../../src/tensor/index.js";
import { runOnce } from "../support/compute.js";
import { initialized } from "../support/small-autoencoders.js";

const pairsOf = (source: number, channels: number, more: object = {}) => ({ kind: "pairs", shape: [channels, 10, 9], source, ...more }) as const;
const learned = (options: object, spec = pairsOf(1, 2)): BuiltModel => pix2pix.build(pix2pix.options.parse({ channels: 3, discriminatorChannels: 2, ...options }), spec);
const cycle = (options: object, spec: Parameters<typeof cycleGan.build>[1] = pairsOf(1, 2)): BuiltModel => cycleGan.build(cycleGan.options.parse({ channels: 2, blocks: 1, discriminatorChannels: 2, pool: 6, ...options }), spec);

/** Pairs of which the target is the source with black and white exchanged. */
const inverted = (batch: number): Float64Array => Float64Array.from({ length: batch * 180 }, (_, i) => (i % 180 < 90 ? 1 : -1) * 0.8 * Math.sin(0.7 * (i % 90) + Math.floor(i / 180)));

async function play(model: BuiltModel, engine: Engine, steps: number, batch = 4): Promise<void> {
  const executables = [];
  for (const phase of model.stages[0].phases) {
    const { inputs, loss, updates } = phase.objective(batch);
    const trained = adam({ learningRate: 0.01, name: phase.name }).minimize(loss, phase.parameters);
    executables.push(await engine.compile({ inputs, outputs: { loss }, updates: new Map([...updates, ...trained]) }));
  }
  for (let step = 0; step < steps; step++)
    for (const executable of executables) assert.ok(Number.isFinite((await executable.run({ x: inverted(batch) }, { seed: 1, step })).loss[0]));
}
const validated = (model: BuiltModel, engine: Engine) => runOnce(model.validation(4), { x: inverted(4) }, { seed: 0 }, engine);

describe("networks from images to images", () => {
  it("keep the size of the image, whatever it is", () => {
    for (const [height, width] of [[4, 4], [7, 9], [16, 10], [28, 28]] as const) {
      const x = input("x", [2, 3, height, width]);
      const modules = [
        ...[1, Math.floor(Math.log2(Math.min(height, width))) - 1].map((levels) => uNet("u", [3, height, width], 1, { channels: 2, levels, normalization: "batch", dropout: 0.5 })),
        residualNetwork("r", [3, height, width], 1, { channels: 2, blocks: 1 }),
      ];
      for (const module of modules) assert.deepEqual(module.apply(x, inferenceMode()).shape, [2, 1, height, width]);
    }
  });

  it("judge patches: those of the papers' 70 x 70 for large images, about half the image for small ones", () => {
    assert.deepEqual([32, 64, 128, 256, 512].map((side) => patchHalvings([3, side, side])), [1, 2, 3, 3, 3]);
    assert.deepEqual(patchDiscriminator("d", [6, 256, 256], 1, "none").outputShape, [1, 30, 30]);
  });
});

describe("pix2pix", () => {
  const variants: Readonly<Record<string, object>> = {
    "against a discriminator": {},
    "with instance normalization and hinge losses": { normalization: "instance", loss: "hinge" },
    "by the absolute error alone, what to add to the source": { adversarialWeight: 0, residual: true, normalization: "none", dropout: 0 },
  };
  for (const [name, options] of Object.entries(variants))
    it(`learns what sources become: ${name}`, async () => {
      const model = learned(options);
      const engine = await initialized(model);
      const before = await validated(model, engine);
      await play(model, engine, 14);
      const after = await validated(model, engine);
      assert.ok(after.meanAbsoluteError[0] < 0.7 * before.meanAbsoluteError[0], `${before.meanAbsoluteError[0]} -> ${after.meanAbsoluteError[0]}`);
      assert.ok(after.psnr[0] > after.copyPsnr[0]);
    });

  it("validates what it translates, and the untouched source, in [0, 1]", async () => {
    const model = learned({ residual: true });
    const engine = await initialized(model);
    // A network whose last kernel is 0 adds nothing.
    for (const variable of model.variables) if (variable.name.startsWith("generator.up0")) await engine.write(variable, new Float32Array(variable.shape.reduce((a, b) => a * b, 1)));
    const { meanAbsoluteError, psnr, ssim, copyMeanAbsoluteError, copyPsnr, copySsim } = await validated(model, engine);
    const x = inverted(4);
    const expected = x.reduce((sum, value, i) => sum + (i % 180 < 90 ? Math.abs(value) / 360 : 0), 0);
    assert.ok(Math.abs(meanAbsoluteError[0] - expected) < 1e-6);
    assert.deepEqual([meanAbsoluteError, psnr, ssim], [copyMeanAbsoluteError, copyPsnr, copySsim]);
    const first = x.subarray(0, 90);
    const { translated } = await runOnce(model.abilities.translate!(1), { x: first }, { seed: 0 }, engine);
    translated.forEach((value, i) => assert.ok(Math.abs(value - first[i]) < 1e-6));
  });

  it("trains the one network and then the other, and lists every variable that it updates", () => {
    const model = learned({});
    const known = new Set(model.variables);
    const [discriminating, generating] = model.stages[0].phases;
    assert.deepEqual([discriminating, generating].map(({ parameters }) => new Set(parameters.map(({ name }) => name.split(".")[0]))), [new Set(["discriminator"]), new Set(["generator"])]);
    for (const phase of [discriminating, generating]) for (const variable of phase.objective(2).updates.keys()) assert.ok(known.has(variable));
    assert.ok([...generating.objective(2).updates.keys()].every(({ name }) => name.startsWith("generator")));
    assert.deepEqual(learned({ adversarialWeight: 0 }).stages[0].phases.map(({ name }) => name), ["generator"]);
  });

  it("compares with copies where the source is grey or has as many channels, and else with none", () => {
    const metrics = (spec: ReturnType<typeof pairsOf>) => Object.keys(learned({}, spec).validation(1).outputs);
    assert.ok(metrics(pairsOf(1, 4)).includes("copyPsnr"));
    assert.ok(!metrics(pairsOf(3, 4)).includes("copyPsnr"));
  });

  it("adds what it learns to all channels where the source is grey", async () => {
    const model = learned({ residual: true }, pairsOf(1, 4));
    const engine = await initialized(model);
    for (const variable of model.variables) if (variable.name.startsWith("generator.up0")) await engine.write(variable, new Float32Array(variable.shape.reduce((a, b) => a * b, 1)));
    const program = model.abilities.translate!(1);
    const grey = Float64Array.from({ length: program.inputs!.x.shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
    const { translated } = await runOnce(program, { x: grey }, { seed: 0 }, engine);
    assert.equal(translated.length, 3 * grey.length);
    translated.forEach((value, i) => assert.ok(Math.abs(value - grey[i % grey.length]) < 1e-6));
  });

  it("refuses what it cannot learn", () => {
    const refused = (message: RegExp) => (error: unknown) => error instanceof UsageError && message.test(error.message);
    assert.throws(() => learned({}, pairsOf(1, 2, { unpaired: true })), refused(/not paired/));
    assert.throws(() => learned({ residual: true }, pairsOf(3, 4)), refused(/3 and 1/));
    assert.throws(() => learned({ adversarialWeight: 0, l1Weight: 0 }), refused(/nothing to learn/));
    assert.throws(() => learned({ levels: 3 }), refused(/cannot be halved 3 times/));
    assert.throws(() => pix2pix.build(pix2pix.options.parse({}), { kind: "images", shape: [1, 8, 8] }), refused(/not pairs/));
  });
});

describe("CycleGAN", () => {
  it("learns to come back to where it started, in both directions", async () => {
    const model = cycle({}, pairsOf(1, 2, { unpaired: true }));
    const engine = await initialized(model);
    const before = await validated(model, engine);
    assert.deepEqual(Object.keys(before), ["cycleError"]);
    await play(model, engine, 12);
    const after = await validated(model, engine);
    assert.ok(after.cycleError[0] < 0.7 * before.cycleError[0], `${before.cycleError[0]} -> ${after.cycleError[0]}`);
  });

  it("translates between images of different channels, both ways", () => {
    const { abilities, stages } = cycle({}, pairsOf(1, 4));
    assert.deepEqual([abilities.translate!(2).inputs!.x.shape, abilities.translate!(2).outputs.translated.shape], [[2, 1, 10, 9], [2, 3, 10, 9]]);
    assert.deepEqual([abilities.translateBack!(2).inputs!.x.shape, abilities.translateBack!(2).outputs.translated.shape], [[2, 3, 10, 9], [2, 1, 10, 9]]);
    assert.ok(!("identityError" in stages[0].phases[1].objective(2).metrics));
    assert.throws(() => cycle({ identityWeight: 5 }, pairsOf(1, 4)), /cannot stay the same/);
  });

  it("keeps pools of made images with its variables", () => {
    const model = cycle({});
    const known = new Set(model.variables);
    const updated = [...model.stages[0].phases[0].objective(2).updates.keys()];
    assert.deepEqual(updated.map(({ name }) => name).sort(), ["sourcePool.examples", "sourcePool.filled", "targetPool.examples", "targetPool.filled"]);
    assert.ok(updated.every((variable) => known.has(variable)));
  });
});
