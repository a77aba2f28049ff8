import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adversarialAutoencoder } from "../../src/models/adversarial-autoencoder.js";
import { adam } from "../../src/optimizers/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";
import { halves, initialized } from "../support/small-autoencoders.js";

const [batch, width] = [32, 12];
const build = (options: object = {}) => adversarialAutoencoder.build(adversarialAutoencoder.options.parse({ hidden: [8], latentSize: 2, discriminatorHidden: [16], ...options }), { kind: "vectors", shape: [width] });
/** Examples that differ. */
const varied = Float64Array.from(halves(batch, width), (value, i) => value * (0.5 + 0.5 * Math.sin(3 * Math.floor(i / width) + (i % 4))));

/** So many rounds of all phases in turn, or of those named. */
async function play(model: ReturnType<typeof build>, engine: Awaited<ReturnType<typeof initialized>>, rounds: number, names = ["autoencoder", "discriminator", "encoder"]) {
  const steps = [];
  for (const phase of model.stages[0].phases.filter(({ name }) => names.includes(name))) {
    const { inputs, loss } = phase.objective(batch);
    steps.push(await engine.compile({ inputs, outputs: { loss }, updates: adam({ learningRate: 0.01, name: phase.name }).minimize(loss, phase.parameters) }));
  }
  const losses: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const row: number[] = [];
    for (const step of steps) row.push((await step.run({ x: varied }, { seed: 1, step: round })).loss[0]);
    losses.push(row);
  }
  return losses;
}

describe("the adversarial autoencoder", () => {
  it("trains its three parts by phases of their own: the autoencoder, the discriminator, the encoder alone", () => {
    const rooms = build().stages[0].phases.map(({ parameters }) => [...new Set(parameters.map(({ name }) => name.split(".")[0]))]);
    assert.deepEqual(rooms, [["encoder", "decoder"], ["discriminator"], ["encoder"]]);
  });

  it("rebuilds examples, and brings codings that were far from it to where the draws are", async () => {
    const model = build();
    const engine = await initialized(model);
    const bias = model.variables.filter(({ name }) => name.startsWith("encoder") && name.endsWith("bias")).at(-1)!;
    await engine.write(bias, Float32Array.of(4, -4));
    const offset = async () => {
      const { codings } = await runOnce(model.abilities.encode!(batch), { x: varied }, undefined, engine);
      return Math.hypot(...[0, 1].map((j) => codings.filter((_, i) => i % 2 === j).reduce((a, b) => a + b) / batch));
    };
    const before = await offset();
    const losses = await play(model, engine, 200);
    assert.ok(losses[199][0] < 0.3 * losses[0][0], `reconstruction ${losses[0][0]} to ${losses[199][0]}`);
    const after = await offset();
    assert.ok(after < 0.5 * before, `${before} to ${after}`);
  });

  it("samples what it decodes of draws, in the range of pixels", async () => {
    const model = build();
    const engine = await initialized(model);
    const { samples } = await runOnce(model.abilities.sample!(3), {}, { seed: 0 }, engine);
    assert.equal(samples.length, 3 * width);
    assert.ok(samples.every((value) => value >= 0 && value <= 1) && samples[0] !== samples[width]);
    assert.equal(model.codings, "normal");
  });

  it("tells how far codings are from N(0, I), and warns where the discriminator sees it", () => {
    const { assess } = build();
    const means = { codingMean: Float64Array.of(3, 4), codingSquare: Float64Array.of(10, 19), realAccuracy: Float64Array.of(0.95), madeAccuracy: Float64Array.of(0.99) };
    const { metrics, warnings } = assess!(means);
    assertClose([metrics!.codingOffset, metrics!.codingVariance], [Math.sqrt(25 / 2), 2], 1e-9);
    assert.match(warnings![0], /tells codings from draws/);
    assert.deepEqual(assess!({ ...means, madeAccuracy: Float64Array.of(0.5) }).warnings, []);
  });
});
