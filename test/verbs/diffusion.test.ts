import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { edit, imagesFromArray, openTrained, sample, samplers, train, UsageError, type TrainOutcome } from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { newFolder } from "../training/support/tiny.js";

/** Two kinds of images, dark and light. */
const data = imagesFromArray(Uint8Array.from({ length: 40 * 16 }, (_, i) => (Math.floor(i / 16) % 2) * 200 + (i % 7)), { shape: [1, 4, 4], labels: Array.from({ length: 40 }, (_, i) => i % 2), classes: ["dark", "light"] });
const tiny = { channels: [8], blocks: 1, attention: [], heads: 2 };
const trainedAs = (model: string, options: object = {}): Promise<TrainOutcome> =>
  train({ model, options: { ...tiny, ...options }, data, training: { epochs: 1, batchSize: 8, averageDecay: 0.5 }, out: newFolder() });

describe("sampling diffusion models", () => {
  let [plain, conditional]: (TrainOutcome | undefined)[] = [];
  before(async () => {
    [plain, conditional] = [await trainedAs("diffusion", { steps: 30 }), await trainedAs("edm", { conditional: true })];
  });
  after(async () => {
    for (const trained of [plain!, conditional!]) await trained.dispose();
  });

  it("every sampler gives examples in the model's range, the same for the same seed", async () => {
    for (const { name, jumps } of samplers) {
      const diffusion = { sampler: name, steps: 4 };
      if (jumps) {
        await assert.rejects(sample(plain!, { count: 3, diffusion }), (error: unknown) => error instanceof UsageError && /is for distilled models/.test(error.message));
        continue;
      }
      const samples = await sample(plain!, { count: 3, seed: 5, diffusion });
      assert.equal(samples.length, 48);
      assert.ok(samples.every((value) => value >= -1 && value <= 1), name);
      assert.deepEqual(await sample(plain!, { count: 3, seed: 5, diffusion }), samples);
      assertClose(await sample(plain!, { count: 1, seed: 5, diffusion }), samples.subarray(0, 16), 1e-4);
    }
  });

  it("flow matching and a transformer are trained and sampled alike", async () => {
    const trained = await trainedAs("flow-matching", { network: "dit", patch: 2, width: 8, depth: 1 });
    assert.equal((await sample(trained, { count: 2, diffusion: { steps: 3, sampler: "euler" } })).length, 32);
    await trained.dispose();
  });

  it("tells its steps, and what is there at each", async () => {
    const seen: number[] = [];
    await sample(plain!, { count: 2, diffusion: { steps: 5, onStep: async (done, steps, read) => void seen.push(done, steps, (await read()).length) } });
    assert.deepEqual(seen, [1, 2, 3, 4, 5].flatMap((done) => [done, 5, 32]));
  });

  it("a conditional model is asked for classes, and guided to them", async () => {
    const request = { count: 2, labels: [1, 1], diffusion: { steps: 3 } };
    const [learned, stronger] = [await sample(conditional!, request), await sample(conditional!, { ...request, diffusion: { steps: 3, guidance: 3 } })];
    assert.notDeepEqual(learned, stronger);
    await assert.rejects(sample(plain!, { count: 1, diffusion: { guidance: 2 } }), (error) => error instanceof UsageError && /not told classes/.test(error.message));
  });

  it("a model that was told all classes has to be told them, and cannot be guided", async () => {
    const told = await trainedAs("edm", { conditional: true, unknown: 0 });
    await sample(told, { count: 1, labels: [1], diffusion: { steps: 3 } });
    await assert.rejects(sample(told, { count: 1, labels: [1], diffusion: { guidance: 2 } }), (error) => error instanceof UsageError && /guidance has nothing to lead away from/.test(error.message) && error.hint!.includes("--unknown"));
    await assert.rejects(edit(told, new Float32Array(16)), (error) => error instanceof UsageError && /told the class of every example/.test(error.message) && error.hint!.includes("--class"));
    await told.dispose();
  });

  it("a model that learns variances is sampled with them, its bound logged; others are not", async () => {
    const learned = await trainedAs("diffusion", { steps: 30, variance: "learned" });
    const request = (variance: string) => ({ count: 2, diffusion: { sampler: "ddpm", steps: 4, samplerOptions: { variance } } });
    assert.notDeepEqual(await sample(learned, request("learned")), await sample(learned, request("small")));
    assert.ok(learned.result.validation!.bound > 0);
    await learned.dispose();
    await assert.rejects(sample(plain!, request("learned")), (error) => error instanceof UsageError && /no variances/.test(error.message));
  });

  it("what does not fit is named", async () => {
    const wrong: [object, RegExp][] = [[{ sampler: "dpm" }, /no sampler "dpm"/], [{ steps: 1 }, /1 sampling steps/], [{ sampler: "ddim", samplerOptions: { eta: 2 } }, /DDIM: eta/], [{ sampler: "euler", samplerOptions: { eta: 1 } }, /Euler/]];
    for (const [diffusion, message] of wrong) await assert.rejects(sample(plain!, { count: 1, diffusion }), (error) => error instanceof UsageError && message.test(error.message));
  });

  it("a run keeps its samples, the denoiser as an ONNX file, and the levels to sample it at", async () => {
    assert.deepEqual(plain!.files.map((file) => file.slice(plain!.path.length + 1)), ["figures/samples.png", "figures/loss.svg", "denoiser.onnx", "denoiser.json"]);
    const { levels, sigmaMax } = JSON.parse(readFileSync(join(plain!.path, "denoiser.json"), "utf8")) as { levels: { sigma: number; time: number }[]; sigmaMax: number };
    assert.deepEqual([levels.length, levels[0].sigma, Math.round(levels[0].time)], [20, sigmaMax, 30]);
    const { how, classes, noClass, range, shape } = JSON.parse(readFileSync(join(conditional!.path, "denoiser.json"), "utf8")) as { how: string; classes: string[]; noClass: number; range: number[]; shape: number[] };
    assert.deepEqual([classes, noClass, range, shape], [["dark", "light"], 2, [-1, 1], [1, 4, 4]]);
    for (const input of Object.keys(conditional!.built.abilities.denoiser!(1).inputs!)) assert.ok(how.includes(`${input} [batch`), `${input} is not told of`);
    const again = await openTrained(plain!.path, { engine: plain!.engine });
    assertClose(await sample(again, { count: 2, seed: 1 }), await sample(plain!, { count: 2, seed: 1 }), 1e-5);
  });
});
