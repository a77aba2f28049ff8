import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { temporaryFolder } from "../support/folder.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = temporaryFolder("gan");
const run = join("runs", "conditional-gan-1");

const morphogen = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env: { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx" } }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });

describe("a run that decodes but does not encode", () => {
  before(async () => {
    const { code, stderr } = await morphogen("train", "conditional-gan", "--network", "dense", "--hidden", "8", "--latent-size", "3", "--limit", "200", "--epochs", "1", "--batch-size", "50");
    assert.equal(code, 0, stderr);
  });

  it("leaves ways between draws, and shows others by another seed or of one class", async () => {
    const left = decode(readFileSync(join(folder, run, "figures", "interpolation.png")));
    const same = await morphogen("interpolate", run, "--out", "a.png");
    assert.deepEqual(same, { code: 0, stdout: "a.png\n", stderr: "" });
    assert.deepEqual(decode(readFileSync(join(folder, "a.png"))).data, left.data);
    const json = JSON.parse((await morphogen("interpolate", run, "--seed", "3", "--label", "bag", "--pairs", "2", "--steps", "4", "--out", "b.png", "--json")).stdout) as object;
    assert.deepEqual(json, { out: "b.png", pairs: 2, steps: 4, method: "spherical", seed: 3, label: 8 });
  });

  it("refuses what wants an encoder, and says what it can", async () => {
    for (const args of [["traverse", run], ["arithmetic", run, "--add", "Dress", "--subtract", "Bag"], ["interpolate", run, run]]) {
      const { code, stderr } = await morphogen(...args);
      assert.deepEqual([code, /cannot encode/.test(stderr), /It can sample, decode/.test(stderr)], [2, true, true], `${args.join(" ")}: ${stderr}`);
    }
    const truncated = await morphogen("sample", run, "--truncation", "0.5");
    assert.deepEqual([truncated.code, /cannot sample nearer to the mean/.test(truncated.stderr)], [2, true]);
    assert.match((await morphogen("sample", run, "--truncation", "2")).stderr, /--truncation is 2\nUse a number from 0 to 1/);
    const mixed = await morphogen("mix", run);
    assert.deepEqual([mixed.code, /cannot mix/.test(mixed.stderr)], [2, true]);
    const averaged = await morphogen("average", run, "--use", "0.1");
    assert.deepEqual([averaged.code, /no snapshots of averages/.test(averaged.stderr), /--post-hoc-averages/.test(averaged.stderr)], [2, true, true]);
    const from = await morphogen("interpolate", run, "--from", "3");
    assert.deepEqual([from.code, /encodes no examples/.test(from.stderr)], [2, true]);
  });
});
