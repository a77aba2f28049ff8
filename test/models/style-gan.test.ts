import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { styleGan } from "../../src/models/style-gan.js";
import { mappingNetwork, resolutions, styleDiscriminator, synthesisNetwork } from "../../src/models/style-networks.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { inferenceMode } from "../../src/nn/module.js";
import { constant, input, type Program } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce, valueOf } from "../support/compute.js";
import { initialized } from "../support/small-autoencoders.js";

const design = { size: 3, channels: 2, mostChannels: 4, mappingLayers: 2 };
const wave = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => Math.sin(0.7 * i + 1));

describe("StyleGAN's networks", () => {
  it("halve images down to 4 to 7 pixels, doubling the channels up to the most", () => {
    const sides = (shape: number[]) => resolutions(shape, { channels: 8, mostChannels: 20 }).map(({ height, width, channels }) => [height, width, channels].join(" "));
    assert.deepEqual(sides([1, 28, 28]), ["28 28 8", "14 14 16", "7 7 20"]);
    assert.deepEqual(sides([3, 32, 64]), ["32 64 8", "16 32 16", "8 16 20", "4 8 20"]);
    assert.deepEqual(sides([1, 30, 29]), ["30 29 8", "15 15 16", "8 8 20", "4 4 20"]);
    assert.deepEqual(sides([1, 5, 6]), ["5 6 8"]);
  });

  it("make images of any size, and judge them", async () => {
    for (const shape of [[1, 5, 6], [3, 15, 9], [2, 8, 8]]) {
      const [synthesis, judge] = [synthesisNetwork(shape, design), styleDiscriminator(shape, design)];
      assert.deepEqual(synthesis.apply(input("w", [2, synthesis.styles, 3]), true).shape, [2, ...shape]);
      assert.deepEqual(judge.apply(input("x", [2, ...shape]), inferenceMode()).logits.shape, [2, 1]);
    }
  });

  it("have a style for each convolution and one for the last image, each of which changes what is made", async () => {
    const synthesis = synthesisNetwork([1, 8, 8], design);
    assert.equal(synthesis.styles, 4);
    const engine = referenceEngine();
    for (const variable of [...synthesis.parameters, ...synthesis.statistics]) await engine.write(variable, variable.initial(2));
    const of = (changed?: number) => valueOf(synthesis.apply(constant(Array.from(wave(12), (value, i) => (Math.floor(i / 3) === changed ? -value : value)), [1, 4, 3]), false), engine);
    const same = await of();
    for (let layer = 0; layer < 4; layer++) assert.notDeepEqual(await of(layer), same, `style ${layer}`);
    assert.deepEqual(await of(9), same);
  });

  it("map codings by their direction alone", async () => {
    const mapping = mappingNetwork(design);
    const engine = referenceEngine();
    for (const variable of mapping.parameters) await engine.write(variable, variable.initial(2));
    const of = (scale: number) => valueOf(mapping.apply(constant([scale, -2 * scale, 0.5 * scale], [1, 3]), inferenceMode()), engine);
    assertClose(await of(10), await of(1), 1e-6);
  });
});

describe("StyleGAN", () => {
  const built = (options: object) => styleGan.build(styleGan.options.parse({ channels: 2, latentSize: 3, mappingLayers: 2, ...options }), { kind: "images", shape: [1, 8, 8] });

  it("samples nearer to the mean style by truncation, down to one image", async () => {
    const model = built({});
    const engine = await initialized(model);
    const meanStyle = model.variables.find(({ name }) => name === "generator.meanStyle")!;
    await engine.write(meanStyle, Float32Array.of(0.1, -0.3, 0.2));
    const samples = async (program: Program) => (await runOnce(program, {}, { seed: 4 }, engine)).samples;
    const { truncate, sample } = model.abilities;
    const [whole, half, none] = [await samples(truncate!(3, 1)), await samples(truncate!(3, 0.5)), await samples(truncate!(3, 0))];
    assertClose(whole, await samples(sample!(3)), 1e-9);
    const spread = (images: number[]) => images.slice(0, 64).reduce((sum, value, i) => sum + Math.abs(value - images[64 + i]), 0);
    assert.ok(spread(half) < spread(whole) && spread(half) > 0);
    assert.ok(spread(none) < 1e-9);
  });

  it("mixes two codings: of one and the same it makes its image, and each half of the styles is another's", async () => {
    const model = built({});
    const engine = await initialized(model);
    const [a, b] = [[1, -0.5, 0.2], [-0.3, 0.8, 1.1]];
    const mixed = async (first: number[], second: number[], crossover?: number) => (await runOnce(model.abilities.mix!(1, crossover), { pairs: Float64Array.from([...first, ...second]) }, { seed: 0 }, engine)).images;
    const plain = async (codings: number[]) => (await runOnce(model.abilities.decode!(1), { codings: Float64Array.from(codings) }, { seed: 0 }, engine)).images;
    assertClose(await mixed(a, a), await plain(a), 1e-9);
    const half = await mixed(a, b);
    assertClose(half, await mixed(a, b, 2), 1e-12);
    for (const other of [await mixed(a, b, 1), await mixed(a, b, 3), await mixed(b, a), await plain(a), await plain(b)]) assert.notDeepEqual(other, half);
    for (const crossover of [0, 4, 1.5]) assert.throws(() => model.abilities.mix!(1, crossover), (error: unknown) => error instanceof UsageError && /4 styles: use a whole number from 1 to 3/.test(error.hint ?? ""));
  });

  it("decodes the same images again and again: only training draws noise", async () => {
    const model = built({});
    const engine = await initialized(model);
    for (const variable of model.variables.filter(({ name }) => name.endsWith("noiseStrength"))) await engine.write(variable, Float32Array.of(1));
    const images = async (seed: number) => (await runOnce(model.abilities.decode!(2), { codings: wave(6) }, { seed }, engine)).images;
    assert.deepEqual(await images(1), await images(2));
  });

  it("computes R1 at every 16th step when nothing else is said", () => {
    const everyOf = (options: object) => built(options).stages[0].phases[0].lazily?.every;
    assert.deepEqual([{}, { penaltyEvery: 4 }, { penaltyEvery: 1 }, { penalty: "none" }, { penalty: "gradient" }].map(everyOf), [16, 4, undefined, undefined, undefined]);
  });

  it("follows the mean style and the mean path in training", async () => {
    const model = built({ pathLength: 2 });
    const engine = await initialized(model);
    const [, generator] = model.stages[0].phases;
    const { inputs, loss, updates } = generator.objective(4);
    const step = await engine.compile({ inputs, outputs: { loss }, updates });
    await step.run({}, { seed: 1, step: 0 });
    const value = (name: string) => engine.read(model.variables.find((variable) => variable.name === name)!);
    assert.ok((await value("generator.meanStyle")).some((number) => number !== 0));
    assert.ok((await value("generator.meanLength"))[0] > 0);
  });
});
