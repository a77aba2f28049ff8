import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { temporaryFolder } from "../support/folder.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = temporaryFolder("codings");
const run = join("runs", "variational-1");

const morphogen = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env: { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx" } }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });

const tiny = ["--limit", "300", "--epochs", "1", "--batch-size", "50", "--latent-size", "3"];
const written = (name: string) => readFileSync(join(folder, name), "utf8");

describe("looking inside codings", () => {
  before(async () => {
    const { code, stderr } = await morphogen("train", "variational", "--network", "dense", "--hidden", "8", ...tiny);
    assert.equal(code, 0, stderr);
  });

  it("traverse shows one coding after the other, and a line for each", async () => {
    const { code, stdout, stderr } = await morphogen("traverse", run, "--count", "2", "--steps", "5", "--index", "7");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^coding deviation +change\n( +\d +\S+ +\S+\n){2}runs\/variational-1\/figures\/traversal.svg\n$/);
    assert.match(written(join(run, "figures", "traversal.svg")), /Around example 7; 2 of 3 codings, most change first/);
    const json = JSON.parse((await morphogen("traverse", run, "--out", "t.png", "--json")).stdout) as { out: string; offsets: number[]; rows: object[] };
    assert.deepEqual([json.out, json.offsets, json.rows.length, Object.keys(json.rows[0])], ["t.png", [-3, -2, -1, 0, 1, 2, 3], 3, ["coding", "deviation", "change", "values"]]);
    assert.equal(decode(readFileSync(join(folder, "t.png"))).channels, 3);
    const refused = await morphogen("traverse", run, "--label", "Dress");
    assert.deepEqual([refused.code, /does not know classes/.test(refused.stderr)], [2, true]);
  });

  it("arithmetic shows what becomes of examples, and says how many arrive", async () => {
    const { code, stdout, stderr } = await morphogen("arithmetic", run, "--add", "dress", "--subtract", "T-shirt/top", "--count", "2", "--steps", "3");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^strength +nearest to Dress by codings \(%\) +by pixels \(%\)\n(\d.\d\d +[\d.]+ +[\d.]+\n){3}real Dress +[\d.]+ +[\d.]+\nruns\/variational-1\/figures\/arithmetic.svg\n$/);
    assert.equal(written(join(run, "figures", "arithmetic.svg")).match(/<image /g)!.length, 8);
    const json = JSON.parse((await morphogen("arithmetic", run, "--add", "3", "--subtract", "0", "--index", "5,6,7", "--out", "a.png", "--json")).stdout) as Record<string, unknown>;
    assert.deepEqual([json.out, json.add, json.subtract, json.indices, (json.moved as object[]).length], ["a.png", 3, 0, [5, 6, 7], 7]);
    for (const wrong of [["--add", "Dress"], ["--add", "Hat", "--subtract", "Bag"], ["--add", "Bag", "--subtract", "8"], ["--add", "Bag", "--subtract", "7", "--strength", "0"]]) assert.equal((await morphogen("arithmetic", run, ...wrong)).code, 2);
  });

  it("interpolate shows the ways of two runs, and measures what lies on them", async () => {
    const { code, stdout, stderr } = await morphogen("interpolate", run, run, "--pairs", "2", "--steps", "4");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^run +midpoints +reconstructions +ratio\n(runs\/variational-1 +0\.\d{5} +0\.\d{5} +\d+\.\d{3}\n){2}runs\/variational-1\/figures\/interpolations.svg\n$/);
    const figure = written(join(run, "figures", "interpolations.svg"));
    assert.deepEqual([figure.match(/<image /g)!.length, figure.match(/>runs\/variational-1</g)!.length], [24, 4]);
    const json = JSON.parse((await morphogen("interpolate", run, run, "--method", "spherical", "--out", "i.png", "--json")).stdout) as { out: string; method: string; distances: { run: string; pairs: number }[] };
    assert.deepEqual([json.out, json.method, json.distances.map((each) => [each.run, each.pairs])], ["i.png", "spherical", [[run, 1000], [run, 1000]]]);
  });
});
