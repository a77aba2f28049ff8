/** The command line while a step of training takes seconds and computes without a pause, and when its thread dies. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folder.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = temporaryFolder("responsive");

/** A step of the reference engine in plain loops: seconds, with nothing but microtasks in between. Two steps. */
const slow = ["--engine", "reference", "--channels", "8,16", "--batch-size", "64", "--limit", "128", "--epochs", "1", "--log-every", "1"];
const endless = ["--network", "dense", "--hidden", "4", "--batch-size", "20", "--limit", "100", "--epochs", "100000"];

/** A command that is under way: what it has said so far, and how it ends. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [main, "train", "variational", ...args, "--json"], { cwd: folder, env: { ...process.env, ...env } });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (piece: Buffer) => (said.stdout += piece.toString()));
  child.stderr.on("data", (piece: Buffer) => (said.stderr += piece.toString()));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  return { child, said, ended };
}

/** Milliseconds until it is so. */
async function waitFor(isSo: () => boolean): Promise<number> {
  const begun = performance.now();
  while (!isSo()) await sleep(5);
  return performance.now() - begun;
}

const started = (text: string) => text.includes('"event":"started"');
const stepped = (text: string) => text.includes('"event":"step"');

describe("while a step takes seconds", () => {
  it("Ctrl-C is answered within a second; the step is finished and kept, and the process ends with it", async () => {
    const { child, said, ended } = start([...slow, "--out", "slow"]);
    await waitFor(() => started(said.stdout));
    await sleep(100);
    child.kill("SIGINT");
    const answered = await waitFor(() => said.stderr.includes("Stopping after the step under way"));
    assert.ok(answered < 1000, `${answered} ms`);
    assert.ok(!stepped(said.stdout), "the step was not under way any more");
    const rest = await waitFor(() => stepped(said.stdout));
    assert.ok(rest > 300, `the step ended ${rest} ms later: too fast to prove anything`);
    const ending = performance.now();
    assert.deepEqual(await ended, { code: 130, signal: null });
    assert.ok(performance.now() - ending < 1500);
    assert.match(said.stdout, /"event":"finished".*"status":"interrupted","step":1/);
    assert.ok(existsSync(join(folder, "slow", "checkpoints", "step-1.safetensors")));
  });

  it("a second Ctrl-C ends it at once", async () => {
    const { child, said, ended } = start([...slow, "--out", "twice"]);
    await waitFor(() => started(said.stdout));
    child.kill("SIGINT");
    await waitFor(() => said.stderr.includes("Stopping"));
    const begun = performance.now();
    child.kill("SIGINT");
    assert.deepEqual(await ended, { code: null, signal: "SIGINT" });
    assert.ok(performance.now() - begun < 1000);
    assert.ok(!stepped(said.stdout));
  });
});

describe("when the thread that trains dies, one line says so and one how to go on", () => {
  /** Loaded first by every thread of the command; does its harm in the one that trains, when there is a checkpoint. */
  const harm = (out: string, what: string) => {
    const code = `import { existsSync } from "node:fs"; import { isMainThread } from "node:worker_threads"; isMainThread || setInterval(() => { if (existsSync("${out}/checkpoints/best.safetensors")) ${what} }, 20);`;
    return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
  };
  const cases = [["an uncaught error", 'throw new Error("boom")', "boom"], ["process.exit", "process.exit(3)", "its thread ended with code 3"]] as const;
  for (const [name, what, why] of cases)
    it(name, async () => {
      const out = `dead-of-${name.replaceAll(" ", "-")}`;
      const { said, ended } = start([...endless, "--out", out], harm(out, what));
      assert.deepEqual(await ended, { code: 1, signal: null });
      assert.equal(said.stderr, `error: Training ended unexpectedly: ${why}\nGo on from its newest checkpoint: morphogen resume ${out}\n`);
    });
});
