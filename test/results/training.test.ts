import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { trainedSeconds } from "../../results/training.js";
import { UsageError } from "../../src/errors.js";
import type { TrainingEvent } from "../../src/training/index.js";
import { folderOf } from "../data/support.js";

const folder = folderOf({ "t.csv": `x,y\n${Array.from({ length: 64 }, (_, i) => `${i % 7},${i % 5}`).join("\n")}\n` });
const into = (name: string) => ({ model: "stacked", options: { hidden: [3], latentSize: 1 }, data: join(folder, "t.csv"), training: { epochs: 3, batchSize: 8 }, engine: "reference", out: join(folder, name) });
const weights = (name: string) => readFileSync(join(folder, name, "checkpoints", "best.safetensors"));
const secondsFile = (name: string) => join(folder, name, "seconds.json");
const stored = (name: string) => JSON.parse(readFileSync(secondsFile(name), "utf8")) as { seconds: number; finished: boolean };

/** Stops after the first epoch. */
async function interrupted(name: string): Promise<void> {
  const controller = new AbortController();
  const onEvent = ({ event }: TrainingEvent) => event === "validation" && controller.abort();
  await assert.rejects(trainedSeconds({ ...into(name), signal: controller.signal, onEvent }), (error) => error === controller.signal.reason);
}

describe("the trainings of npm run results", () => {
  it("go on where they were stopped, to the same weights, and count the seconds of both parts", async () => {
    await trainedSeconds(into("whole"));
    await interrupted("halves");
    const first = stored("halves");
    assert.deepEqual([first.finished, first.seconds > 0], [false, true]);
    // As if the first part had taken long.
    writeFileSync(secondsFile("halves"), JSON.stringify({ seconds: 1000, finished: false }));
    const seconds = await trainedSeconds(into("halves"));
    assert.ok(seconds > 1000 && seconds < 1100, String(seconds));
    assert.deepEqual(stored("halves"), { seconds, finished: true });
    assert.deepEqual(weights("halves"), weights("whole"));
  });

  it("that are there whole are not trained again, and keep their seconds", async () => {
    const seconds = await trainedSeconds(into("again"));
    assert.equal(await trainedSeconds({ ...into("again"), onEvent: ({ event }) => assert.fail(event) }), seconds);
  });

  it("do not make up the seconds of a training that did not keep them", async () => {
    await interrupted("unknown");
    rmSync(secondsFile("unknown"));
    await assert.rejects(trainedSeconds(into("unknown")), (error) => error instanceof UsageError && /How long/.test(error.message) && /Remove the folder/.test(error.hint!));
  });
});
