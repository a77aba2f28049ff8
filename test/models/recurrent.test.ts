import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import type { DataSpec } from "../../src/data/dataset.js";
import { recurrent } from "../../src/models/recurrent.js";
import { nadam } from "../../src/optimizers/index.js";
import { sizeOf } from "../../src/tensor/index.js";
import { runOnce } from "../support/compute.js";

const build = (spec: DataSpec, options: object = {}) => recurrent.build(recurrent.options.parse({ hidden: [8], latentSize: 3, ...options }), spec);

describe("the recurrent autoencoder", () => {
  const series: DataSpec = { kind: "series", shape: [4, 1] };
  /** Two that rise and two that fall. */
  const ramps = Float64Array.from({ length: 4 * 4 }, (_, i) => (i < 8 ? 0.2 + 0.2 * (i % 4) : 0.8 - 0.2 * (i % 4)));

  for (const cell of ["lstm", "gru"])
    it(`learns time series: ${cell}`, async () => {
      const [phase] = build(series, { cell }).stages[0].phases;
      const { inputs, loss } = phase.objective(4);
      const step = await referenceEngine().compile({ inputs, outputs: { loss }, updates: nadam({ learningRate: 0.03 }).minimize(loss, phase.parameters) });
      const losses: number[] = [];
      for (let i = 0; i < 80; i++) losses.push((await step.run({ x: ramps }, { seed: 1, step: i })).loss[0]);
      assert.ok(losses.at(-1)! < 0.02, `${losses[0]} -> ${losses.at(-1)}`);
    });

  it("reads an image row by row, all channels of a row in one step", async () => {
    const shape = [2, 3, 4] as const;
    const model = build({ kind: "images", shape });
    const { reconstruction } = model.abilities.reconstruct!(2).outputs;
    assert.deepEqual(reconstruction.shape, [2, ...shape]);
    const kernel = model.variables.find(({ name }) => name === "encoder.0.kernel")!;
    assert.deepEqual(kernel.shape, [2 * 4, 4 * 8]);
    // An encoder that only hears the pixel in channel 1, column 2 of each row.
    const engine = referenceEngine();
    await engine.write(kernel, Float64Array.from({ length: sizeOf(kernel.shape) }, (_, i) => (Math.floor(i / 32) === 6 ? Math.sin(i) : 0)));
    const codings = async (at: number) => (await runOnce(model.abilities.encode!(1), { x: Float64Array.from({ length: 24 }, (_, i) => Number(i === at)) }, undefined, engine)).codings.join();
    const nothing = await codings(-1);
    const heard = Array.from({ length: 24 }, (_, i) => i);
    const changes = await Promise.all(heard.map(async (i) => (await codings(i)) !== nothing));
    assert.deepEqual(heard.filter((i) => changes[i]), [12 + 2, 12 + 6, 12 + 10]);
  });
});
