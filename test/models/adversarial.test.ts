import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { conditionalGan } from "../../src/models/conditional-gan.js";
import { dcgan } from "../../src/models/dcgan.js";
import { gan } from "../../src/models/gan.js";
import type { BuiltModel, Objective } from "../../src/models/model.js";
import { styleGan } from "../../src/models/style-gan.js";
import { adam } from "../../src/optimizers/index.js";
import type { Engine } from "../../src/engines/engine.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";
import { initialized } from "../support/small-autoencoders.js";

const images = { kind: "images", shape: [1, 7, 6], classes: ["a", "b", "c"] } as const;
const wave = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => Math.sin(0.37 * i));

const dense = (options: object): BuiltModel => gan.build(gan.options.parse({ hidden: [8], latentSize: 3, ...options }), images);
const convolutional = (options: object): BuiltModel => dcgan.build(dcgan.options.parse({ channels: [3, 4], latentSize: 3, ...options }), images);
const conditional = (options: object): BuiltModel => conditionalGan.build(conditionalGan.options.parse({ channels: [3], hidden: [8], latentSize: 3, ...options }), images);

const styled = (options: object): BuiltModel => styleGan.build(styleGan.options.parse({ channels: 2, latentSize: 3, mappingLayers: 2, ...options }), images);

/** Losses of a few steps of both phases in turn on one batch. */
async function play(model: BuiltModel, engine: Engine, steps: number, batch = 4): Promise<number[][]> {
  const [{ phases }] = model.stages;
  const executables = [];
  for (const phase of phases) {
    const { inputs, loss, updates } = phase.objective(batch);
    const trained = adam({ learningRate: 0.01, name: phase.name }).minimize(loss, phase.parameters);
    executables.push({ inputs, step: await engine.compile({ inputs, outputs: { loss }, updates: new Map([...trained, ...updates]) }) });
  }
  const all = { x: wave(batch * 42), labels: Int32Array.from({ length: batch }, (_, i) => i % 3) };
  const losses: number[][] = [];
  for (let step = 0; step < steps; step++) {
    const round: number[] = [];
    for (const [i, { inputs, step: executable }] of executables.entries())
      round.push((await executable.run(Object.fromEntries(Object.keys(inputs).map((name) => [name, name === "x" ? all.x : all.labels])), { seed: 1, step: 2 * step + i })).loss[0]);
    losses.push(round);
  }
  return losses;
}

describe("adversarial training", () => {
  const variants: Readonly<Record<string, () => BuiltModel>> = {
    ...Object.fromEntries(["non-saturating", "minimax", "least-squares", "hinge", "wasserstein"].map((loss) => [`the loss ${loss}`, () => dense({ loss })])),
    "the gradient penalty": () => convolutional({ penalty: "gradient", loss: "wasserstein" }),
    R1: () => convolutional({ penalty: "r1" }),
    "the paper's rules": () => convolutional({ style: "paper" }),
    "spectral normalization": () => convolutional({ spectral: true }),
    "minibatch discrimination": () => dense({ minibatch: "discrimination" }),
    "minibatch standard deviation": () => convolutional({ minibatch: "standard-deviation" }),
    augmentation: () => convolutional({ augment: ["color", "translation", "cutout"] }),
    "instance noise, smoothing and clipping": () => dense({ instanceNoise: 0.1, labelSmoothing: 0.1, clipWeights: 0.1 }),
    replay: () => dense({ replay: 6 }),
    ...Object.fromEntries(["concatenated", "projection", "auxiliary"].map((conditioning) => [`classes, ${conditioning}`, () => conditional({ conditioning, replay: 5 })])),
    styles: () => styled({ penaltyEvery: 1 }),
    "styles of regular paths, without mixing": () => styled({ pathLength: 2, mixing: 0, penalty: "none" }),
    "classes in dense networks": () => conditional({ network: "dense" }),
  };
  for (const [name, build] of Object.entries(variants))
    it(`teaches the discriminator, and moves the generator: ${name}`, async () => {
      const model = build();
      const engine = await initialized(model);
      const [sampled] = [model.abilities.sample!(2)];
      const feeds = sampled.inputs && "labels" in sampled.inputs ? { labels: new Int32Array(2) } : {};
      const before = await runOnce(sampled, feeds, { seed: 0 }, engine);
      const losses = await play(model, engine, 12);
      assert.ok(losses.flat().every(Number.isFinite));
      assert.ok(Math.min(...losses.slice(6).map(([loss]) => loss)) < losses[0][0], `the discriminator's losses: ${losses.map(([loss]) => loss.toFixed(3)).join(", ")}`);
      const after = await runOnce(sampled, feeds, { seed: 0 }, engine);
      assert.notDeepEqual([...after.samples], [...before.samples]);
      assert.ok([...after.samples].every((value) => Math.abs(value) <= 1));
    });

  it("computes a lazy penalty at every so manieth step, with so many times its weight", async () => {
    const [always, lazy] = [dense({ penalty: "r1", penaltyWeight: 2 }), dense({ penalty: "r1", penaltyWeight: 2, penaltyEvery: 4 })];
    const lossOf = async (model: BuiltModel, { inputs, loss, metrics }: Objective) => {
      const { loss: [total], told: [told] } = await runOnce({ inputs, outputs: { loss, told: metrics.discriminatorLoss } }, { x: wave(4 * 42) }, { seed: 1 }, await initialized(model));
      return { total, told };
    };
    const [phase, lazyPhase] = [always.stages[0].phases[0], lazy.stages[0].phases[0]];
    assert.deepEqual([phase.lazily, lazyPhase.lazily?.every], [undefined, 4]);
    const [each, none, some] = [await lossOf(always, phase.objective(4)), await lossOf(lazy, lazyPhase.objective(4)), await lossOf(lazy, lazyPhase.lazily!.objective(4))];
    assert.ok(each.total > none.total);
    assertClose([some.total - none.total], [4 * (each.total - none.total)], 1e-6);
    // What is logged of the discriminator is what it tells, without the penalty.
    assert.deepEqual([each.told, some.told], [none.total, none.total]);
  });

  it("trains the one network and then the other: a step changes the variables of its own alone", async () => {
    const model = convolutional({ spectral: true });
    for (const [i, phase] of model.stages[0].phases.entries()) {
      const own = new Set(phase.parameters.map(({ name }) => name));
      assert.ok([...own].every((name) => name.startsWith(i === 0 ? "discriminator" : "generator")));
      // The generator's running statistics follow every batch that it makes, the discriminator's only those that it learns from.
      const touched = [...phase.objective(2).updates.keys()].map(({ name }) => name);
      assert.ok(touched.some((name) => name.startsWith("generator")));
      assert.equal(touched.some((name) => name.startsWith("discriminator")), i === 0);
    }
  });

  it("lists every variable that its phases update, so that a checkpoint holds the whole", () => {
    const model = conditional({ replay: 5, instanceNoise: 0.1, spectral: true });
    const known = new Set(model.variables);
    for (const phase of model.stages[0].phases) for (const variable of phase.objective(4).updates.keys()) assert.ok(known.has(variable), variable.name);
  });

  it("decodes the codings that it samples from, for the class asked for", async () => {
    const model = conditional({ conditioning: "projection" });
    const engine = await initialized(model);
    const decoder = model.abilities.decode!(2);
    const codings = Float64Array.from([0.5, -1, 2, 0.5, -1, 2]);
    const { images: [...made] } = await runOnce(decoder, { codings, labels: Int32Array.from([0, 2]) }, { seed: 0 }, engine);
    assert.notDeepEqual(made.slice(0, 42), made.slice(42));
    const { images: [...same] } = await runOnce(decoder, { codings, labels: Int32Array.from([2, 2]) }, { seed: 0 }, engine);
    assert.deepEqual(same.slice(0, 42), made.slice(42));
  });

  it("warns when modes have collapsed, and when the discriminator has won", () => {
    const means = (values: Record<string, number>) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Float64Array.of(value)]));
    const well = { coverage: 0.8, dataVariance: 10, sampleVariance: 9, realAccuracy: 0.7, madeAccuracy: 0.8 };
    const { assess } = dense({});
    assert.deepEqual(assess!(means(well)).warnings, []);
    assert.match(assess!(means({ ...well, coverage: 0.02 })).warnings![0], /modes have collapsed: samples are near 2% .* vary 90%/);
    assert.match(assess!(means({ ...well, sampleVariance: 1 })).warnings![0], /collapsed/);
    assert.match(assess!(means({ ...well, realAccuracy: 1, madeAccuracy: 1 })).warnings![0], /discriminator tells all/);
  });

  it("refuses options that contradict each other", () => {
    assert.throws(() => dense({ loss: "hinge", labelSmoothing: 0.1 }), (error) => error instanceof UsageError && /no labels to smooth/.test(error.message));
    for (const penaltyWeight of [5, 10]) assert.throws(() => dense({ penaltyWeight }), /no penalty for/);
    assert.throws(() => dense({ penaltyEvery: 2 }), /no penalty to be lazy with/);
    const vectors = { kind: "vectors", shape: [3] } as const;
    assert.throws(() => gan.build(gan.options.parse({ augment: ["cutout"] }), vectors), /Only images/);
    assert.throws(() => conditionalGan.build(conditionalGan.options.parse({}), vectors), /takes images/);
    assert.throws(() => conditionalGan.build(conditionalGan.options.parse({}), { kind: "images", shape: [1, 4, 4] }), /no classes/);
  });
});
