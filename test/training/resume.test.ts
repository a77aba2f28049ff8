import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { withoutOnednn } from "../support/onednn.js";
import { onednnEngine } from "../../src/engines/onednn/index.js";
import { onnxEngine } from "../../src/engines/onnx/index.js";
import { CheckpointError, RunError } from "../../src/errors.js";
import { bestCheckpoint, decodeSafetensors, encodeSafetensors, newestCheckpoint, readMetrics, type Safetensors } from "../../src/training/index.js";
import { newFolder, trainTiny } from "./support/tiny.js";

const checkpointFile = (path: string, step: number | "best") => join(path, "checkpoints", step === "best" ? "best.safetensors" : `step-${step}.safetensors`);
const finalBytes = (path: string, step = 20) => readFileSync(checkpointFile(path, step));

describe("a run stopped and resumed ends with the same bytes as one never stopped", () => {
  const trainings = { plain: {}, "averages, patience and a cosine": { averageDecay: 0.9, patience: 3, optimizer: { name: "nadam", clipNorm: 0.5, schedule: { kind: "cosine", warmUpSteps: 3 } } }, "checkpoints within epochs": { checkpointEvery: 3 } };
  for (const [name, training] of Object.entries(trainings))
    it(name, async () => {
      const straight = newFolder();
      await trainTiny({ path: straight, training });
      for (const stopAt of [1, 4, 5, 13, 19]) {
        const path = newFolder();
        const { result, events } = await trainTiny({ path, training, stopAt });
        assert.equal(result.status, "interrupted");
        assert.equal(result.step, stopAt);
        assert.deepEqual(events.at(-1), { event: "stopped", step: stopAt, reason: "interrupted" });
        assert.equal((await trainTiny({ path, training, resume: true })).result.status, "finished");
        assert.deepEqual(finalBytes(path), finalBytes(straight), `stopped at ${stopAt}`);
        assert.deepEqual(readFileSync(join(path, "checkpoints", "best.safetensors")), readFileSync(join(straight, "checkpoints", "best.safetensors")));
        const timeless = async (folder: string) => (await readMetrics(folder)).map((line) => ({ ...line, imagesPerSecond: 0 }));
        assert.deepEqual(await timeless(path), await timeless(straight));
      }
    });

  it("on the onnx engine", async () => {
    const [straight, path] = [newFolder(), newFolder()];
    await trainTiny({ path: straight, engine: await onnxEngine({ threads: 2 }) });
    await trainTiny({ path, stopAt: 7, engine: await onnxEngine({ threads: 2 }) });
    await trainTiny({ path, resume: true, engine: await onnxEngine({ threads: 2 }) });
    assert.deepEqual(finalBytes(path), finalBytes(straight));
  });

  it("on the onednn engine", { skip: withoutOnednn ?? false }, async () => {
    const [straight, path] = [newFolder(), newFolder()];
    await trainTiny({ path: straight, engine: await onednnEngine({ threads: 2 }) });
    await trainTiny({ path, stopAt: 7, engine: await onednnEngine({ threads: 2 }) });
    await trainTiny({ path, resume: true, engine: await onednnEngine({ threads: 2 }) });
    assert.deepEqual(finalBytes(path), finalBytes(straight));
  });

  it("when the process is stopped by SIGINT, and by SIGKILL again and again in the middle of checkpoints", async () => {
    const [straight, stopped, killed] = [newFolder(), newFolder(), newFolder()];
    assert.equal(await runChild(straight, "new"), "finished 300");
    assert.match(await runChild(stopped, "new", { signal: "SIGINT", afterCheckpoints: 40 }), /^interrupted \d+$/);
    assert.equal(await runChild(stopped, "resume"), "finished 300");
    let how = "new";
    for (let round = 0; round < 5; round++) {
      // A checkpoint is being written nearly all the time: each step writes one.
      await runChild(killed, how, { signal: "SIGKILL", afterCheckpoints: 20 + 7 * round, delay: round });
      assert.ok(await newestCheckpoint(killed, (reason) => assert.fail(reason)));
      how = "resume";
    }
    assert.equal(await runChild(killed, "resume"), "finished 300");
    for (const path of [stopped, killed]) assert.deepEqual(finalBytes(path, 300), finalBytes(straight, 300));
  });
});

const program = fileURLToPath(new URL("support/train-tiny.ts", import.meta.url));

/** Runs the training process; sends it a signal after so many checkpoints (and milliseconds). Returns its last line. */
function runChild(path: string, how: string, stop?: { signal: NodeJS.Signals; afterCheckpoints: number; delay?: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", program, path, how], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (piece: Buffer) => {
      output += piece.toString();
      if (stop && output.split("checkpoint\n").length > stop.afterCheckpoints) setTimeout(() => child.kill(stop.signal), stop.delay ?? 0);
    });
    child.on("error", reject);
    child.on("close", () => resolve(output.trim().split("\n").at(-1) ?? ""));
  });
}

describe("checkpoints", () => {
  it("the newest K and the best are kept", async () => {
    const path = newFolder();
    await trainTiny({ path, training: { keep: 3, checkpointEvery: 2 } });
    assert.deepEqual(readdirSync(join(path, "checkpoints")).sort(), ["best.safetensors", "step-16.safetensors", "step-18.safetensors", "step-20.safetensors"]);
  });

  it("a damaged newest one is passed over with a warning, and the end is the same", async () => {
    const [path, straight] = [newFolder(), newFolder()];
    await trainTiny({ path: straight });
    await trainTiny({ path, stopAt: 12 });
    truncateSync(join(path, "checkpoints", "step-12.safetensors"), 300);
    const { events } = await trainTiny({ path, resume: true });
    assert.ok(events.some((event) => event.event === "warning" && /damaged checkpoint is passed over: .*step-12.safetensors is not a whole safetensors file/.test(event.message)));
    assert.ok(events.some((event) => event.event === "started" && event.fromStep === 10));
    assert.deepEqual(finalBytes(path), finalBytes(straight));
  });

  it("a damaged newest one is written anew when training stops at its very step", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 12 });
    const whole = finalBytes(path, 12);
    truncateSync(checkpointFile(path, 12), 300);
    assert.equal((await trainTiny({ path, resume: true, stopAt: 12 })).result.step, 12);
    assert.deepEqual(finalBytes(path, 12), whole);
  });

  it("a damaged one does not take the place of a whole one among those that are kept", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 12 });
    truncateSync(checkpointFile(path, 12), 300);
    await trainTiny({ path, resume: true, stopAt: 15 });
    assert.deepEqual(readdirSync(join(path, "checkpoints")).sort(), ["best.safetensors", "step-10.safetensors", "step-15.safetensors"]);
  });

  it("of a damaged best one the newest takes the place, and that is said", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 12 });
    writeFileSync(checkpointFile(path, "best"), "nothing");
    const reasons: string[] = [];
    assert.equal((await bestCheckpoint(path, (reason) => reasons.push(reason)))?.progress.step, 12);
    assert.match(reasons.join(), /best.safetensors is not a whole safetensors file/);
  });

  it("of a newer version are neither used nor dropped", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 12 });
    rewrite(checkpointFile(path, 12), ({ tensors, metadata }) => ({ tensors, metadata: { ...metadata, format: "morphogen-2" } }));
    await assert.rejects(() => trainTiny({ path, resume: true }), (error: unknown) => error instanceof RunError && /has the format "morphogen-2", not "morphogen-1"/.test(error.message));
    assert.ok(finalBytes(path, 12));
  });

  it("of other settings are refused before anything is changed: averages, seed, batch size, data", async () => {
    const path = newFolder();
    const training = { averageDecay: 0.9 };
    await trainTiny({ path, training, stopAt: 2 });
    const refused = (changed: object, message: RegExp) =>
      assert.rejects(() => trainTiny({ path, resume: true, training: changed }), (error: unknown) => error instanceof CheckpointError && message.test(error.message));
    await refused({}, /has a variable "average\..*", which the run has not/);
    await refused({ ...training, seed: 7 }, /trained with seed 42, batches of 8, 40 examples; now it is seed 7, batches of 8, 40 examples/);
    await refused({ ...training, batchSize: 10 }, /now it is seed 42, batches of 10/);
    assert.equal((await trainTiny({ path, resume: true, training })).result.status, "finished");
  });

  it("of early versions, which do not tell their batches, are gone on with", async () => {
    const [path, straight] = [newFolder(), newFolder()];
    await trainTiny({ path: straight });
    await trainTiny({ path, stopAt: 12 });
    rewrite(checkpointFile(path, 12), ({ tensors, metadata }) => ({ tensors, metadata: { ...metadata, progress: metadata.progress.replace(/,"batches":\{.*?\}/, "") } }));
    await trainTiny({ path, resume: true });
    assert.deepEqual(finalBytes(path), finalBytes(straight));
  });

  it("when all are damaged that is said", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 3 });
    writeFileSync(join(path, "checkpoints", "step-3.safetensors"), "nothing");
    await assert.rejects(() => trainTiny({ path, resume: true }), (error: unknown) => error instanceof CheckpointError && /All 1 checkpoints .* are damaged/.test(error.message));
  });
});

function rewrite(path: string, change: (content: Safetensors) => Safetensors): void {
  writeFileSync(path, encodeSafetensors(change(decodeSafetensors(readFileSync(path), path))));
}
