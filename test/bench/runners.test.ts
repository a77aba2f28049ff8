import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { peerRunners } from "../../bench/peers.js";
import { timeRounds } from "../../bench/rounds.js";
import { timeCase, type Runner } from "../../bench/runner.js";
import { header, jsonLine, reasons, row } from "../../bench/table.js";
import { UsageError } from "../../src/errors.js";

/** A peer of whom only the name matters. */
const named = (name: string, ours: boolean): Runner => ({ name, ours, command: "none", args: [] });
/** A runner that is a line of JavaScript. */
const node = (code: string): Runner => ({ name: "node", ours: false, command: process.execPath, args: ["-e", code, "--"] });

describe("runners", () => {
  it("are asked for a case and a number of runs, and answer with one JSON line among others", async () => {
    const answer = 'console.log("loading"); console.log(JSON.stringify({ case: process.argv.at(-1), peer: "p", ms: Number(process.argv.at(-2)) / 8 }))';
    assert.deepEqual(await timeCase(node(answer), "mlp-ae-32", 40), { ms: 5 });
  });

  it("that fail say why in one line", async () => {
    const traceback = 'console.error("Traceback:\\n  File x\\nInductorError: no compiler\\n\\nSet VERBOSE=1 for more"); process.exit(1)';
    assert.deepEqual(await timeCase(node(traceback), "mlp-ae-32", 40), { reason: "InductorError: no compiler" });
    assert.deepEqual(await timeCase(node("process.exit(3)"), "mlp-ae-32", 40), { reason: "it ended with exit code 3" });
    assert.deepEqual(await timeCase(node(""), "unet-32", 10), { reason: "does not have this case" });
  });

  it("count by the median of their rounds; one failure is enough", async () => {
    const [works, fails] = [node("console.log(JSON.stringify({ ms: 2 }))"), node("process.exit(3)")];
    const results = await timeRounds([works, fails], "mlp-ae-32", 40, 2);
    assert.deepEqual([...results.values()], [{ ms: 2 }, { reason: "it ended with exit code 3" }]);
  });
});

describe("the table", () => {
  const [onnx, onednn, torch, jax] = [named("onnx", true), named("onednn", true), named("torch 2.13.0", false), named("jax 0.10.2", false)];
  const results = new Map([[onnx, { ms: 46 }], [onednn, { ms: 31 }], [torch, { ms: 62 }], [jax, { reason: "does not have this case" }]]);

  it("has a column for everyone, a dash for no time, and the ratio of the fastest on each side", () => {
    assert.match(header([...results.keys()]), /onnx +onednn +torch 2\.13\.0 +jax 0\.10\.2 +ours \/ best peer$/);
    assert.match(row("conv-vae-128", results), /^conv-vae-128 +46\.00 +31\.00 +62\.00 +- +0\.50$/);
    assert.equal(row("conv-vae-128", results).length, header([...results.keys()]).length);
    assert.deepEqual(reasons("conv-vae-128", results), ["- conv-vae-128, jax 0.10.2: does not have this case"]);
  });

  it("is one JSON line per case for machines", () => {
    const expected = { case: "conv-vae-128", ms: { onnx: 46, onednn: 31, "torch 2.13.0": 62 }, ratio: 0.5, failed: { "jax 0.10.2": "does not have this case" } };
    assert.deepEqual(JSON.parse(jsonLine("conv-vae-128", results)), expected);
    assert.doesNotMatch(jsonLine("conv-vae-128", new Map([[onnx, { ms: 46 }]])), /ratio/);
  });
});

describe("--peer PYTHON", () => {
  let folder = "";
  /** A program that prints what an interpreter's probe would. */
  async function interpreter(versions: Readonly<Record<string, string>>): Promise<string> {
    const path = join(folder, Object.keys(versions).join("-") || "none");
    await writeFile(path, `#!/bin/sh\necho '${JSON.stringify(versions)}'\n`);
    await chmod(path, 0o755);
    return path;
  }
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "morphogen-bench-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("finds the peers that the interpreter imports: PyTorch as it is and compiled, Keras only with TensorFlow", async () => {
    const runners = await peerRunners(await interpreter({ torch: "2.13.0+cpu", keras: "3.15.1", jax: "0.10.2" }));
    assert.deepEqual(runners.map(({ name }) => name), ["torch 2.13.0", "torch 2.13.0 compiled", "jax 0.10.2"]);
    const [keras] = await peerRunners(await interpreter({ keras: "3.15.1", tensorflow: "2.21.0" }));
    assert.equal(keras.name, "keras 3.15.1");
    assert.match(keras.args[0], /bench\/peers\/keras_steps\.py$/);
  });

  it("refuses one that is missing or imports none of them, in one line", async () => {
    const missing = join(folder, "no-such-python");
    await assert.rejects(peerRunners(missing), new UsageError(`--peer ${missing} does not run: there is no such program`));
    const none = await interpreter({});
    await assert.rejects(peerRunners(none), new UsageError(`--peer ${none} imports no peer: torch, keras with tensorflow, jax`));
  });
});
