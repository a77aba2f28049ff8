import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { RunError, UsageError } from "../../src/errors.js";
import { createRun, inTemporaryRun, listRuns, openRun, readMetrics, readRunConfig, type RunConfig } from "../../src/training/index.js";
import { lockFolder } from "../../src/training/lock.js";
import { newFolder, trainTiny } from "./support/tiny.js";
import { temporaryFolder } from "../support/folder.js";

const config: RunConfig = { format: 1, model: { name: "tiny", options: {} }, data: {}, training: {}, engine: { name: "e", version: "", threads: 1 }, versions: {} };

describe("run folders", () => {
  it("take the next free number, and refuse a folder that is not empty", async () => {
    const root = temporaryFolder("runs");
    const runs = await Promise.all([1, 2, 3].map(() => createRun(config, { root })));
    assert.deepEqual(runs.map(({ path }) => path).sort(), [1, 2, 3].map((n) => join(root, `tiny-${n}`)));
    assert.equal((await listRuns(root)).length, 3);
    await assert.rejects(() => createRun(config, { path: join(root, "tiny-1") }), (error: unknown) => error instanceof UsageError && /exists and is not empty/.test(error.message) && /resume/.test(error.hint ?? ""));
    await assert.rejects(() => createRun(config, { path: join(root, ".hidden") }), /cannot name a run/);
    await Promise.all(runs.map((run) => run.release()));
  });

  it("belong to one process at a time, under any name of the folder", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 1 });
    const held = await openRun(path);
    await assert.rejects(() => openRun(join(path, "..", "run")), (error: unknown) => error instanceof RunError && new RegExp(`in use by another process \\(process ${process.pid}\\)`).test(error.message));
    await held.release();
    await (await openRun(path)).release();
  });

  it("belong to one process at a time: another is told which has it, and gets it when that one is killed", async () => {
    const path = newFolder();
    const program = fileURLToPath(new URL("support/train-tiny.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", program, path, "new"], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    await assert.rejects(() => openRun(path), (error: unknown) => error instanceof RunError && error.message.includes(`${path} is in use by another process (process ${child.pid})`));
    child.kill("SIGKILL");
    await once(child, "close");
    await (await openRun(path)).release();
  });

  it("are rid of what a killed process left half written, when the next one takes them", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 2 });
    const names = () => readdirSync(join(path, "checkpoints")).sort();
    const before = names();
    writeFileSync(join(path, "checkpoints", "step-3.safetensors.12345-0a1b2c3d.part"), "half");
    await (await openRun(path)).release();
    assert.deepEqual(names(), before);
  });

  it("are not named so that they lie elsewhere, and are let go when they cannot be made", async () => {
    const root = temporaryFolder("runs");
    await assert.rejects(() => createRun({ ...config, model: { name: "../tiny", options: {} } }, { root }), (error: unknown) => error instanceof UsageError && /"..\/tiny-1" cannot name a run/.test(error.message));
    const circular: Record<string, unknown> = {};
    circular.itself = circular;
    await assert.rejects(() => createRun({ ...config, data: circular }, { root }), /circular/);
    assert.deepEqual(readdirSync(root), ["tiny-1"]);
    await (await lockFolder(join(root, "tiny-1")))();
  });

  it("tell what is wrong with a folder that is no run, or has lost its configuration", async () => {
    await assert.rejects(() => readRunConfig("/nowhere/run"), (error: unknown) => error instanceof UsageError && /is not a run folder/.test(error.message));
    const path = newFolder();
    await trainTiny({ path, stopAt: 1 });
    for (const [text, message] of [["{", /JSON/], ["null", /it: /], ['{"format":2}', /format: .*; model: /], [JSON.stringify({ ...config, engine: {} }), /engine.name: /]] as const) {
      writeFileSync(join(path, "config.json"), text);
      await assert.rejects(() => openRun(path), (error: unknown) => error instanceof RunError && /config.json is damaged, or of another version/.test(error.message) && message.test(error.message));
    }
  });

  it("pass over a line of metrics that a crash cut off", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 2 });
    appendFileSync(join(path, "metrics.jsonl"), '{"step":3,"lo');
    assert.equal((await readMetrics(path)).length, 2);
  });

  it("survive a full disk: the earlier checkpoint stays, the error says so, nothing half-written is left", async () => {
    const path = newFolder();
    await trainTiny({ path, stopAt: 2 });
    const before = readFileSync(join(path, "checkpoints", "step-2.safetensors"));
    const program = fileURLToPath(new URL("support/full-disk.ts", import.meta.url));
    const { stdout } = spawnSync("sh", ["-c", `ulimit -f 2; exec "${process.execPath}" --import tsx "${program}" "${path}"`], { encoding: "utf8" });
    assert.match(stdout, /RunError: The disk is full: .*(best|step-\d+).safetensors could not be written/);
    assert.deepEqual(readFileSync(join(path, "checkpoints", "step-2.safetensors")), before);
    assert.ok(readdirSync(join(path, "checkpoints")).every((name) => !name.endsWith(".part")));
    assert.ok(existsSync(join(path, "config.json")));
    assert.equal((await trainTiny({ path, resume: true })).result.status, "finished");
  });

  it("of a training that nobody comes back to are gone when the work is done, and when it fails", async () => {
    const paths: string[] = [];
    const work = ({ path }: { readonly path: string }) => {
      paths.push(path);
      assert.ok(existsSync(join(path, "checkpoints")));
      return paths.length === 1 ? Promise.resolve("done") : Promise.reject(new Error("failed"));
    };
    assert.equal(await inTemporaryRun(work), "done");
    await assert.rejects(() => inTemporaryRun(work), /failed/);
    assert.deepEqual(paths.map((path) => existsSync(path)), [false, false]);
  });
});
