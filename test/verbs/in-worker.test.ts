import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CheckpointError, DataError, EngineError, imagesFromArray, MorphogenError, resumeInWorker, RunError, ShapeError, train, trainInWorker, UsageError, type training } from "../../src/index.js";
import { packError, unpackError } from "../../src/verbs/thread-errors.js";
import { temporaryFolder } from "../support/folder.js";

const request = { model: "variational", data: "fashion-mnist", limit: 120, options: { network: "dense", hidden: [6], latentSize: 2 }, training: { epochs: 3, batchSize: 20, logEvery: 1 }, engine: "onnx", threads: 1 } as const;
const folder = () => join(temporaryFolder("worker"), "run");
const bytes = (path: string) => readFileSync(join(path, "checkpoints", "step-18.safetensors"));
const names = (events: readonly training.TrainingEvent[]) => events.map(({ event }) => event).filter((name) => name !== "progress" && name !== "estimate");

describe("training in a worker", () => {
  it("tells the same events and ends with the same bytes as in the calling thread", async () => {
    const [there, here] = [folder(), folder()];
    const [heard, expected]: [training.TrainingEvent[], training.TrainingEvent[]] = [[], []];
    const report = await trainInWorker({ ...request, out: there, onEvent: (event) => heard.push(event) });
    const trained = await train({ ...request, out: here, onEvent: (event) => expected.push(event) });
    assert.deepEqual(report.result, trained.result);
    assert.deepEqual(report.config, trained.config);
    assert.deepEqual(names(heard), names(expected));
    assert.deepEqual([report.path, report.abilities, report.files.length], [there, ["reconstruct", "encode", "decode", "sample", "logLikelihood"], 5]);
    assert.deepEqual(bytes(there), bytes(here));
    await trained.dispose();
  });

  it("stops at its signal with a checkpoint and lets the folder go; resumed, it ends like one never stopped", async () => {
    const [stopped, straight] = [folder(), folder()];
    const controller = new AbortController();
    // Long enough for the message to arrive: the worker does not wait for its listeners.
    const long = { ...request, training: { ...request.training, epochs: 3000 } };
    const { result, files } = await trainInWorker({ ...long, out: stopped, signal: controller.signal, onEvent: ({ event }) => event === "step" && controller.abort() });
    assert.equal(result.status, "interrupted");
    assert.deepEqual(files, []);
    assert.ok(result.step < 18_000);
    const epochs = Math.ceil((result.step + 1) / 6);
    assert.equal((await resumeInWorker(stopped, { epochs })).result.status, "finished");
    await (await train({ ...request, out: straight, training: { ...request.training, epochs } })).dispose();
    const last = join("checkpoints", `step-${epochs * 6}.safetensors`);
    assert.deepEqual(readFileSync(join(stopped, last)), readFileSync(join(straight, last)));
  });

  it("fails with the errors of train: class, message and hint", async () => {
    await assert.rejects(
      () => trainInWorker({ ...request, out: folder(), options: { latentSize: -1 } }),
      (error: unknown) => error instanceof UsageError && /variational: latentSize/.test(error.message) && /morphogen models variational/.test(`${error.hint}`) && /prepare/.test(`${error.stack}`),
    );
    await assert.rejects(() => resumeInWorker(folder()), (error: unknown) => error instanceof UsageError && /is not a run folder/.test(error.message));
  });

  it("fails when a listener throws, and when the options cannot be sent", async () => {
    const onEvent = () => {
      throw new Error("the listener's own");
    };
    await assert.rejects(() => trainInWorker({ ...request, out: folder(), onEvent }), /the listener's own/);
    await assert.rejects(() => trainInWorker({ ...request, out: folder(), options: { hidden: () => [3] } }), /could not be cloned/);
  });

  it("trains in the calling thread what cannot be sent: a program's own arrays", async () => {
    const data = imagesFromArray(Uint8Array.from({ length: 40 * 64 }, (_, i) => (i * 7) % 256), { shape: [1, 8, 8] });
    const out = folder();
    assert.equal((await trainInWorker({ ...request, limit: undefined, data, out })).result.status, "finished");
    assert.equal((await resumeInWorker(out, { data, epochs: 4 })).result.status, "finished");
  });
});

it("errors keep class, message, hint and stack on their way between threads", () => {
  for (const Kind of [MorphogenError, ShapeError, UsageError, DataError, CheckpointError, RunError, EngineError]) {
    const error = new Kind("what", "way out");
    const arrived = unpackError(structuredClone(packError(error)));
    assert.ok(arrived instanceof Kind);
    assert.deepEqual([arrived.name, arrived.message, arrived.hint, arrived.stack], [error.name, "what", "way out", error.stack]);
  }
  const other = unpackError(structuredClone(packError(new RangeError("far"))));
  assert.deepEqual([other.name, other.message, other instanceof MorphogenError], ["RangeError", "far", false]);
  assert.equal(unpackError(packError("text")).message, "text");
});
