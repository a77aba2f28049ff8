import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  batchOf, decode, distill, edit, encode, fromCodings, imagesFromArray, inpaint, interpolate, invert, latentTraining, likelihood, maskOf, openTrained, reconstruct, resume, sample, samplers, samplingStrip, train, trainLatent, UsageError, type TrainOutcome,
} from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { newFolder } from "../training/support/tiny.js";

/** Two kinds of images, dark and light. */
const data = imagesFromArray(Uint8Array.from({ length: 40 * 16 }, (_, i) => (Math.floor(i / 16) % 2) * 200 + (i % 7)), { shape: [1, 4, 4], labels: Array.from({ length: 40 }, (_, i) => i % 2), classes: ["dark", "light"] });
const training = { epochs: 1, batchSize: 8, averageDecay: 0.5 };
const tiny = { steps: 30, width: 8, depth: 1 };
const values = batchOf(data.test, [0, 1], [0, 1]);
const distance = (a: ArrayLike<number>, b: Float32Array): number => b.reduce((sum, value, i) => sum + (value - a[i]) ** 2 / b.length, 0);
const refused = (message: RegExp) => (error: unknown) => error instanceof UsageError && message.test(`${error.message} ${error.hint}`);
const read = async ({ engine, built }: TrainOutcome, name: string) => Float32Array.from(await engine.read(built.variables.find((variable) => variable.name === name)!));

describe("diffusion in the codings of a trained autoencoder", () => {
  let [autoencoder, grid]: (TrainOutcome | undefined)[] = [];
  let [latent, spatial]: (TrainOutcome | undefined)[] = [];
  before(async () => {
    autoencoder = await train({ model: "variational", options: { network: "dense", hidden: [8], latentSize: 3 }, data, training: { ...training, epochs: 3 }, out: newFolder() });
    grid = await train({ model: "vector-quantized", options: { codes: 4, codeSize: 2, channels: 4, downsamplings: 1, priorChannels: 4, priorBlocks: 0 }, data, training: { epochs: 1, batchSize: 8 }, out: newFolder() });
    latent = await trainLatent(autoencoder.path, { data, options: { ...tiny, conditional: true }, training, out: newFolder() });
    spatial = await trainLatent(grid.path, { data, options: { steps: 30, channels: [8], blocks: 1, attention: [], heads: 2 }, training, out: newFolder() });
  });
  after(async () => {
    for (const trained of [autoencoder!, grid!, latent!, spatial!]) await trained.dispose();
  });

  it("holds the autoencoder as it was, and needs its run no more", async () => {
    const name = autoencoder!.built.variables[0].name;
    assertClose(await read(latent!, name), await read(autoencoder!, name), 0);
    const gone = newFolder();
    const copy = await train({ model: "stacked", options: { hidden: [6], latentSize: 2 }, data, training, out: gone });
    const made = await trainLatent(gone, { data, options: tiny, training, out: newFolder() });
    await copy.dispose();
    rmSync(gone, { recursive: true });
    const again = await openTrained(made.path, { engine: made.engine });
    assert.deepEqual(await sample(again, { count: 2, seed: 1 }), await sample(made, { count: 2, seed: 1 }));
    const longer = await resume(made.path, { data, epochs: 2 });
    assert.equal(longer.result.status, "finished");
    await longer.dispose();
    await made.dispose();
  });

  it("is sampled by every sampler into the range of the data, the same for the same seed", async () => {
    for (const [trained, sampler] of [...samplers.filter(({ jumps }) => !jumps).map(({ name }) => [latent!, name] as const), [spatial!, "euler"] as const]) {
      const request = { count: 3, seed: 5, diffusion: { sampler, steps: 4 } };
      const samples = await sample(trained, request);
      assert.ok(samples.length === 48 && samples.every((value) => value >= 0 && value <= 1), sampler);
      assertClose(await sample(trained, { ...request, count: 1 }), samples.subarray(0, 16), 1e-4);
    }
    const asked = (guidance: number) => sample(latent!, { count: 2, labels: [1, 1], diffusion: { steps: 3, guidance } });
    assert.notDeepEqual(await asked(1), await asked(3));
  });

  it("encodes as its autoencoder does, up to mean and deviation, and decodes the same", async () => {
    for (const [trained, stage] of [[latent!, autoencoder!], [spatial!, grid!]]) {
      const codings = await encode(trained, values);
      const [mean, deviation] = [await read(trained, "codings.mean"), await read(trained, "codings.deviation")];
      const places = codings.length / 2 / mean.length;
      const channel = (i: number): number => Math.floor(i / places) % mean.length;
      assertClose(codings.map((value, i) => value * deviation[channel(i)] + mean[channel(i)]), await encode(stage, values), 1e-4);
      assertClose(await decode(trained, codings), await decode(stage, await encode(stage, values)), 1e-4);
    }
  });

  it("what begins with images encodes them first", async () => {
    for (const trained of [latent!, spatial!]) {
      const labels = trained === latent ? [0, 1] : undefined;
      const rebuilt = await decode(trained, await encode(trained, values));
      const [weak, strong] = [await edit(trained, values, { strength: 0.1, labels, diffusion: { steps: 10 } }), await edit(trained, values, { strength: 1, labels, diffusion: { steps: 10 } })];
      assert.ok(distance(weak, rebuilt) < distance(strong, rebuilt));
      const size = (await invert(trained, values, { labels, diffusion: { steps: 4 } })).length / 2;
      assert.equal(size, trained === latent ? 3 : 8);
      assert.equal((await fromCodings(trained, new Float32Array(2 * size), { labels, diffusion: { steps: 4 } })).length, 32);
      const by = (steps: number) => ({ ...trained, sampling: { steps } });
      const [coarse, fine] = [await reconstruct(by(3), values, { labels: [0, 1] }), await reconstruct(by(40), values, { labels: [0, 1] })];
      assert.ok(distance(fine, rebuilt) <= distance(coarse, rebuilt));
      assert.equal((await interpolate(by(3), { from: values.subarray(0, 16), to: values.subarray(16), steps: 3, labels: { from: [0], to: [1] } })).length, 48);
    }
  });

  it("shows samples on their way as images", async () => {
    const { width, height } = await samplingStrip(latent!, { count: 2, diffusion: { steps: 5 } }, 3);
    assert.ok(width > 3 * 4 && height > 2 * 4);
  });

  it("leaves the decoder for its codings beside the denoiser, and says so", () => {
    assert.deepEqual(latent!.files.map((file) => file.slice(latent!.path.length + 1)), ["figures/samples.png", "figures/interpolation.png", "figures/loss.svg", "decoder.onnx", "denoiser.onnx", "denoiser.json"]);
    const { how } = JSON.parse(readFileSync(join(spatial!.path, "denoiser.json"), "utf8")) as { how: string };
    assert.match(how, /x \[batch, 2, 2, 2\].*; decoder\.onnx makes the example, .* of its 8 numbers/);
  });

  it("refuses what pixels are needed for, and teachers and codings that do not fit", async () => {
    await assert.rejects(inpaint(latent!, values, { mask: maskOf("left", [1, 4, 4]) }), refused(/filling in a part.*edm/));
    await assert.rejects(likelihood(latent!, values), refused(/a likelihood/));
    await assert.rejects(distill(latent!.path, { data }), refused(/cannot be distilled/));
    await assert.rejects(latentTraining(latent!.path, { data }), refused(/"latent-diffusion".*Train one of/));
    await assert.rejects(trainLatent(autoencoder!.path, { data, options: { network: "unet" }, training, out: newFolder() }), refused(/no rows and columns/));
    await assert.rejects(trainLatent(grid!.path, { data, options: { network: "mlp" }, training, out: newFolder() }), refused(/in a grid/));
    await assert.rejects(train({ model: "latent-diffusion", data, training, out: newFolder() }), refused(/--autoencoder RUN/));
    const other = imagesFromArray(new Uint8Array(20 * 9), { shape: [1, 3, 3] });
    await assert.rejects(trainLatent(autoencoder!.path, { data: other, training, out: newFolder() }), refused(/\[1, 4, 4\].*\[1, 3, 3\]/));
  });
});
