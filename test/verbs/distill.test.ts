import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { distill, edit, fromCodings, imagesFromArray, inpaint, likelihood, maskOf, openTrained, reconstruct, resume, sample, train, UsageError, type TrainOutcome } from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { newFolder } from "../training/support/tiny.js";

/** Two kinds of images, dark and light. */
const data = imagesFromArray(Uint8Array.from({ length: 40 * 16 }, (_, i) => (Math.floor(i / 16) % 2) * 200 + (i % 7)), { shape: [1, 4, 4], labels: Array.from({ length: 40 }, (_, i) => i % 2), classes: ["dark", "light"] });
const trainedAs = (model: string, options: object = {}): Promise<TrainOutcome> =>
  train({ model, options: { channels: [8], blocks: 1, attention: [], heads: 2, ...options }, data, training: { epochs: 1, batchSize: 8, averageDecay: 0.5 }, out: newFolder() });
const training = { epochs: 1, batchSize: 8, averageDecay: 0.5 };

describe("distilling diffusion models", () => {
  let teacher: TrainOutcome | undefined;
  before(async () => {
    teacher = await trainedAs("edm", { conditional: true });
  });
  after(() => teacher!.dispose());

  it("a student begins as its teacher, which stays as it was", async () => {
    const stopped = new AbortController();
    stopped.abort();
    const path = newFolder();
    const begun = await distill(teacher!.path, { data, training, out: path, signal: stopped.signal });
    const read = async (trained: TrainOutcome, name: string) => trained.engine.read(trained.built.variables.find((variable) => variable.name === name)!);
    const [name] = teacher!.built.variables.map((variable) => variable.name);
    const expected = await read(teacher!, name);
    assertClose(await read(begun, name), expected, 0);
    await begun.dispose();
    // Stopped before its first step, it has its beginning in a checkpoint.
    const done = await resume(path, { data });
    assertClose(await read(done, name.replace("denoiser", "teacher")), expected, 0);
    assert.notDeepEqual(await read(done, name), expected);
    await done.dispose();
  });

  it("a student is a run like any other, sampled in two steps or in as many as are asked for", async () => {
    const student = await distill(teacher!.path, { data, training, options: { levels: 4, guidance: 2, distance: "pseudo-huber" }, out: newFolder() });
    assert.deepEqual(student.files.map((file) => file.slice(student.path.length + 1)), ["figures/samples.png", "figures/loss.svg", "denoiser.onnx", "denoiser.json"]);
    const { how, levels } = JSON.parse(readFileSync(join(student.path, "denoiser.json"), "utf8")) as { how: string; levels: unknown[] };
    assert.equal(levels.length, 2);
    assert.match(how, /normal noise; denoised of the last level/);
    const again = await openTrained(student.path, { engine: student.engine });
    const request = { count: 2, seed: 1, labels: [0, 1] };
    assertClose(await sample(again, request), await sample(student, { ...request, diffusion: { steps: 2, sampler: "consistency" } }), 1e-5);
    assert.notDeepEqual(await sample(again, { ...request, diffusion: { steps: 1 } }), await sample(again, request));
    await assert.rejects(sample(again, { ...request, diffusion: { sampler: "heun" } }), (error) => error instanceof UsageError && /Heun/.test(error.message));
    await assert.rejects(sample(again, { ...request, diffusion: { guidance: 2 } }), (error) => error instanceof UsageError && /has learned the guidance/.test(error.message));
    const values = new Float32Array(16).fill(0.5);
    await assert.rejects(inpaint(student, values, { mask: maskOf("top", [1, 4, 4]), diffusion: { steps: 1 } }), (error) => error instanceof UsageError && /knows nothing of the rest/.test(error.message));
    const filled = await inpaint(student, values, { mask: maskOf("top", [1, 4, 4]), resample: 2 });
    assertClose(filled.subarray(8), values.subarray(8), 0);
    assert.notDeepEqual(filled, values);
    await student.dispose();
  });

  it("a student refuses what needs a probability flow", async () => {
    const student = await distill(teacher!.path, { data, training, options: { levels: 3 }, out: newFolder() });
    const [values, labels] = [new Float32Array(16), [0]];
    for (const refused of [reconstruct(student, values, { labels }), fromCodings(student, values, { labels }), edit(student, values, { labels }), likelihood(student, values, { labels })])
      await assert.rejects(refused, (error) => error instanceof UsageError && /"consistency".*flow/.test(error.message) && /taught/.test(error.hint ?? ""));
    await student.dispose();
  });

  it("flow matching and diffusion of velocities with learned variances teach too", async () => {
    for (const [model, options] of [["flow-matching", {}], ["diffusion", { steps: 30, prediction: "velocity", variance: "learned" }]] as const) {
      const trained = await trainedAs(model, options);
      const student = await distill(trained.path, { data, training, options: { levels: 3 }, out: newFolder() });
      assert.equal((await sample(student, { count: 2, diffusion: { steps: 1 } })).length, 32);
      for (const outcome of [trained, student]) await outcome.dispose();
    }
  });

  it("what cannot be distilled is named", async () => {
    const noise = await trainedAs("diffusion", { steps: 30 });
    await assert.rejects(distill(noise.path, { data }), (error) => error instanceof UsageError && /predicts the noise/.test(error.message) && /velocity/.test(error.hint ?? ""));
    await noise.dispose();
    const other = await train({ model: "stacked", data, training, out: newFolder() });
    await assert.rejects(distill(other.path, { data }), (error) => error instanceof UsageError && /"stacked"/.test(error.message));
    await other.dispose();
    await assert.rejects(train({ model: "consistency", data, training, out: newFolder() }), (error) => error instanceof UsageError && /morphogen distill/.test(error.message));
  });
});
