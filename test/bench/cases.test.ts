import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cases, deepConvolutionalGan, diffusionUnet, type Case } from "../../bench/cases.js";
import { dcgan } from "../../bench/dcgan.js";
import { onnxEngine } from "../../src/engines/onnx/index.js";
import { sizeOf, type Variable } from "../../src/tensor/index.js";

const count = (parameters: readonly Variable[]) => parameters.reduce((total, { shape }) => total + sizeOf(shape), 0);

/** Losses of every program of a case in `steps` training steps. */
async function lossesOf({ programs }: Case, steps: number): Promise<number[]> {
  const engine = await onnxEngine();
  const losses: number[] = [];
  const parts = await Promise.all(programs.map(async ({ program, feeds }) => ({ executable: await engine.compile(program), feeds })));
  for (let step = 0; step < steps; step++) for (const { executable, feeds } of parts) losses.push((await executable.run(feeds, { seed: 1, step })).loss[0]);
  await engine.dispose();
  return losses;
}

describe("the benchmark's networks", () => {
  // sum(p.numel() for p in network.parameters()) of the networks in bench/peers/torch_steps.py
  it("have as many parameters as PyTorch's", () => {
    const { generator, discriminator } = dcgan(2);
    assert.equal(count(generator.parameters), 840_321);
    assert.equal(count(discriminator.parameters), 212_865);
    assert.equal(count(diffusionUnet(2).parameters), 3_939_393);
    assert.equal(count(cases["conv-vae-128"].build().parameters), 228_193);
  });

  it("dcgan: every step's two losses are finite", async () => {
    const losses = await lossesOf(deepConvolutionalGan(2), 3);
    assert.equal(losses.length, 6);
    assert.ok(losses.every(Number.isFinite), losses.join(", "));
  });

  it("unet: the loss is finite and falls", async () => {
    const losses = await lossesOf(diffusionUnet(2), 5);
    assert.ok(losses.every(Number.isFinite), losses.join(", "));
    assert.ok(losses[4] < losses[0], losses.join(", "));
  });
});
