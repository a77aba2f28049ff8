import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Engine } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { CheckpointError, RunError, UsageError } from "../../src/errors.js";
import { input, sizeOf, sum, type Data, type Tensor } from "../../src/tensor/index.js";
import { oneStage } from "../../src/models/model.js";
import { createRun, newestCheckpoint, readMetrics, trainingConfig, train } from "../../src/training/index.js";
import { sliceExamples } from "../../src/data/batches.js";
import { data, newFolder, tinyModel, trainTiny } from "./support/tiny.js";

describe("training", () => {
  it("lowers the loss, and logs every step and every validation", async () => {
    const path = newFolder();
    const { result, events } = await trainTiny({ path, training: { epochs: 30, optimizer: { learningRate: 0.03 } } });
    const metrics = await readMetrics(path);
    const losses = metrics.flatMap(({ loss }) => (loss === undefined ? [] : [loss]));
    assert.equal(losses.length, 150);
    assert.ok(losses.at(-1)! < 0.8 * losses[0], `${losses[0]} -> ${losses.at(-1)}`);
    assert.equal(metrics.filter(({ validation }) => validation).length, 30);
    assert.deepEqual(Object.keys(result.validation!), ["error"]);
    assert.equal(result.best!.value, Math.min(...metrics.flatMap(({ validation }) => (validation ? [validation.error] : []))));
    const [started] = events;
    assert.deepEqual({ ...started, run: "" }, { event: "started", run: "", steps: 150, epochs: 30, examples: 40, parameters: 115, fromStep: 0, engine: "reference (float64, 1 thread)" });
  });

  it("stops early when validation no longer improves", async () => {
    const path = newFolder();
    const { result, events } = await trainTiny({ path, training: { epochs: 50, patience: 2, optimizer: { name: "sgd", learningRate: 1e-300 } } });
    assert.equal(result.status, "stopped-early");
    assert.ok(result.step < 250);
    assert.deepEqual(events.at(-1), { event: "stopped", step: result.step, reason: "early" });
    assert.equal((await trainTiny({ path, resume: true, training: { epochs: 50, patience: 2, optimizer: { name: "sgd", learningRate: 1e-300 } } })).result.step, result.step);
  });

  it("a loss that is not finite stops it, with the step, the phase and the last good checkpoint named", async () => {
    const path = newFolder();
    await assert.rejects(
      () => trainTiny({ path, training: { optimizer: { name: "sgd", learningRate: 1e30 } } }),
      (error: unknown) => error instanceof RunError && /not finite/.test(error.message) && /learning-rate|There is no checkpoint/.test(`${error.hint}`),
    );
    const checkpoint = await newestCheckpoint(path);
    for (const [name, { data }] of checkpoint?.tensors ?? []) assert.ok(data.every(Number.isFinite), name);
  });

  it("weights that are not finite are never saved, even where the loss still is", async () => {
    const path = newFolder();
    // The loss of step 1 is that of the first weights; the update that follows it overflows.
    await assert.rejects(
      () => trainTiny({ path, training: { checkpointEvery: 1, optimizer: { name: "sgd", learningRate: Number.MAX_VALUE } }, model: tinyModel({ scale: 1e3 }) }),
      (error: unknown) => error instanceof RunError && /Variable ".*" has values that are not finite after step 1/.test(error.message) && /There is no checkpoint yet. Train again with a smaller/.test(`${error.hint}`),
    );
    assert.deepEqual(readdirSync(join(path, "checkpoints")), []);
  });

  it("refuses to train without validation examples", () =>
    assert.rejects(() => trainTiny({ path: newFolder(), examples: { ...data, validation: sliceExamples(data.validation, 0, 0) } }), (error: unknown) => error instanceof UsageError && /no validation examples/.test(error.message)));

  it("refuses a batch larger than the data", () => assert.rejects(() => trainTiny({ path: newFolder(), training: { batchSize: 41 } }), (error: unknown) => error instanceof UsageError && /batch of 41 is more than the 40/.test(error.message)));

  it("refuses a checkpoint of another model, and names the variable", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 2 });
    const tinyWith = (options: Parameters<typeof tinyModel>[0]) => trainTiny({ path, resume: true, model: tinyModel(options) });
    await assert.rejects(() => tinyWith({ units: 4 }), (error: unknown) => error instanceof CheckpointError && /has "net.1.kernel" as \[16, 3\], but the model wants \[16, 4\]/.test(error.message));
    await assert.rejects(() => tinyWith({ name: "other" }), /has no variable "other.1.kernel"/);
  });

  it("hears its signal soon also when the engine never gives the event loop a turn", async () => {
    const [path, engine] = [newFolder(), referenceEngine()];
    const blocking: Engine = {
      ...engine,
      compile: async (program) => {
        const executable = await engine.compile(program);
        return {
          ...executable,
          run: async (...args) => {
            for (const begun = performance.now(); performance.now() - begun < 20; );
            return executable.run(...args);
          },
        };
      },
    };
    // From another thread, as a message: nothing of this thread's own helps it along.
    const { port1, port2 } = new MessageChannel();
    const controller = new AbortController();
    port1.onmessage = () => controller.abort();
    const config = trainingConfig.parse({ epochs: 60, batchSize: 8 });
    const run = await createRun({ format: 1, model: { name: "tiny", options: {} }, data: {}, training: config, engine, versions: {} }, { path });
    const onEvent = ({ event }: { readonly event: string }) => event === "started" && port2.postMessage("stop");
    const { status, step } = await train({ model: tinyModel(), examples: data, range: [0, 1], engine: blocking, config, run, signal: controller.signal, onEvent });
    port1.close();
    await run.release();
    // 100 ms are 5 such steps.
    assert.ok(status === "interrupted" && step <= 10, `${status} at step ${step}`);
  });

  it("costs little around the engine's own step", async () => {
    const width = 28 * 28;
    const count = 3200;
    const examples = { spec: { kind: "images", shape: [1, 28, 28] }, count, values: new Uint8Array(count * width) } as const;
    const idle: Engine = {
      name: "idle", version: "", threads: 1,
      compile: async (program) => {
        const outputs: Record<string, Data> = {};
        for (const [name, { shape }] of Object.entries<Tensor>(program.outputs)) outputs[name] = new Float32Array(sizeOf(shape));
        return { run: async () => outputs, dispose: async () => undefined };
      },
      read: async (variable) => new Float32Array(sizeOf(variable.shape)),
      write: async () => undefined,
      dispose: async () => undefined,
    };
    const x = input("x", [32, 1, 28, 28]);
    const objective = { inputs: { x }, loss: sum(x), metrics: {}, updates: new Map() };
    const model = { variables: [], stages: oneStage({ name: "p", parameters: [], objective: () => objective }), validation: (n: number) => ({ inputs: { x: input("x", [n, 1, 28, 28]) }, outputs: { loss: sum(input("y", [])) } }), abilities: {} };
    const config = trainingConfig.parse({ epochs: 10, batchSize: 32, validateEvery: 10 });
    const run = await createRun({ format: 1, model: { name: "idle", options: {} }, data: {}, training: config, engine: idle, versions: {} }, { path: newFolder() });
    const start = performance.now();
    await train({ model, examples: { train: examples, validation: { ...examples, count: 10, values: examples.values.subarray(0, 10 * width) } }, range: [0, 1], engine: idle, config, run });
    const perStep = (performance.now() - start) / 1000;
    // Generous for a busy machine; npm run bench -- --loop measures it properly.
    assert.ok(perStep < 0.4, `${perStep} ms per step`);
    await run.release();
  });
});
