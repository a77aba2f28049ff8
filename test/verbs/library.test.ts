import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { decode, encode, findModel, imagesFromArray, interpolate, openTrained, reconstruct, referenceEngine, resume, sample, train, DataError, UsageError } from "../../src/index.js";
import { assertClose } from "../support/close.js";
import { temporaryFolder } from "../support/folder.js";

const data = imagesFromArray(Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * 7) % 256), { shape: [1, 8, 8] });
const request = { model: "variational", options: { network: "dense", hidden: [12], latentSize: 2 }, data, training: { epochs: 2, batchSize: 16 } } as const;
const folder = () => join(temporaryFolder("library"), "mine");

describe("the library", () => {
  it("trains on a program's own arrays, and opens what it trained", async () => {
    const out = folder();
    const trained = await train({ ...request, out });
    assert.equal(trained.result.status, "finished");
    const samples = await sample(trained, { count: 3, seed: 1 });
    assert.equal(samples.length, 3 * 64);
    assert.ok(samples.every((x) => x >= 0 && x <= 1));
    const opened = await openTrained(out, { engine: "reference" });
    assertClose(await sample(opened, { count: 3, seed: 1 }), samples, 1e-5);
    await opened.dispose();
    await trained.dispose();
  });

  it("encodes, decodes, reconstructs and interpolates", async () => {
    const trained = await train({ ...request, out: folder(), engine: referenceEngine() });
    const images = Float32Array.from({ length: 2 * 64 }, (_, i) => (i % 10) / 10);
    const codings = await encode(trained, images);
    assert.equal(codings.length, 4);
    assertClose(await decode(trained, codings), await reconstruct(trained, images), 1e-6);
    const walk = await interpolate(trained, { from: images.subarray(0, 64), to: images.subarray(64), steps: 3 });
    const ends = await reconstruct(trained, images);
    assertClose(walk.subarray(0, 64), ends.subarray(0, 64), 1e-6);
    assertClose(walk.subarray(128), ends.subarray(64), 1e-6);
  });

  it("leaves no run folder where there are fewer examples than a batch, or none to validate", async () => {
    const out = folder();
    const refused = async (changed: object, message: RegExp) => {
      await assert.rejects(() => train({ ...request, ...changed, out }), (error: unknown) => error instanceof UsageError && message.test(`${error.message} ${error.hint}`));
      assert.ok(!existsSync(out));
    };
    await refused({ training: { epochs: 1, batchSize: 64 } }, /A batch of 64 is more than the 58 training examples Use a smaller one: --batch-size 58/);
    await refused({ data: { ...data, validation: { ...data.validation, count: 0 } } }, /no validation examples/);
  });

  it("resumes a run on arrays only when it is given them, and can train it longer", async () => {
    const out = folder();
    await (await train({ ...request, out })).dispose();
    await assert.rejects(() => resume(out), (error: unknown) => error instanceof DataError && /own arrays/.test(error.message));
    const longer = await resume(out, { data, epochs: 4 });
    assert.equal(longer.result.step, 12);
    await longer.dispose();
    const straight = folder();
    await (await train({ ...request, out: straight, training: { ...request.training, epochs: 4 } })).dispose();
    assert.deepEqual(readFileSync(join(out, "checkpoints", "step-12.safetensors")), readFileSync(join(straight, "checkpoints", "step-12.safetensors")));
  });

  it("uses the averages of the weights where a run keeps them", async () => {
    const out = folder();
    const trained = await train({ ...request, out, training: { ...request.training, averageDecay: 0.9 } });
    const average = (await sample(trained, { count: 1 }))[0];
    const plain = await train({ ...request, out: folder() });
    assert.notEqual(average, (await sample(plain, { count: 1 }))[0]);
    await Promise.all([trained.dispose(), plain.dispose()]);
  });

  it("says what is wrong with options and abilities", async () => {
    await assert.rejects(() => train({ ...request, options: { latentSize: -1 }, out: folder() }), (error: unknown) => error instanceof UsageError && /latentSize/.test(error.message));
    await assert.rejects(() => train({ ...request, options: { latent: 1 }, out: folder() }), /latent/);
    await assert.rejects(() => train({ ...request, training: { epochs: 0 }, out: folder() }), /epochs/);
    await assert.rejects(() => train({ ...request, limit: 0.5, out: folder() }), /limit is 0.5/);
    assert.throws(() => findModel("gann"), UsageError);
  });
});
