import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { folderOf, png } from "../data/support.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const images = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`photos/${["a", "b"][i % 2]}/${i}.png`, png(4, 4, 1, [i % 2 ? 250 - i : i])]));
const table = `x;y;kind\n${Array.from({ length: 40 }, (_, i) => `${i};${(i * i) % 40};${["a", "b"][i % 2]}`).join("\n")}\n`;
const folder = folderOf({ ...images, "t.csv": table });
const env = { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx" };

const morphogen = (...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });

const tiny = ["--hidden", "6", "--latent-size", "2", "--epochs", "1", "--batch-size", "8"];
const runs = [
  ["conditional-gan", "pictures", "--data", "photos", "--network", "dense", "--limit", "30"],
  ["gan", "rows", "--data", "t.csv", "--label-column", "kind"],
  ["gan", "unlabelled", "--data", "t.csv", "--columns", "x,y"],
  ["stacked", "encoder", "--data", "photos"],
] as const;

describe("morphogen augment", () => {
  before(async () => {
    for (const [model, out, ...flags] of runs) {
      const { code, stderr } = await morphogen("train", model, "--out", out, ...flags, ...tiny);
      assert.equal(code, 0, stderr);
    }
  });

  it("prints what samples are worth and how many labels the generator saw, and draws a figure beside a line of CSV for each training", async () => {
    const flags = ["--labels", "4,30", "--seeds", "2", "--generated", "10", "--steps", "3"];
    const { code, stdout, stderr } = await morphogen("augment", "pictures", ...flags);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /4 labels, seed 0, labelled: \d+\.\d\d%\n4 labels, seed 0, augmented with 10: /);
    assert.match(stderr, /warning: the generator saw 30 labels: the classifier's 4 are not few then/);
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines[0], /^labels +trained on +accuracy \(%\) +more than labelled alone +generated +labels the generator saw$/);
    assert.match(lines[1], /^4 +labelled +\d+\.\d\d ± \d+\.\d\d$/);
    assert.match(lines[4], /^30 +augmented +\d+\.\d\d ± \d+\.\d\d +-?\d+\.\d\d ± \d+\.\d\d +10 +30$/);
    assert.deepEqual(lines.slice(5), ["svg", "csv"].map((ending) => join("pictures", `figures/augmented.${ending}`)));
    assert.match(readFileSync(join(folder, lines[5]), "utf8"), /Conditional GAN: samples for few labels; the generator saw 30</);
    const csv = readFileSync(join(folder, lines[6]), "utf8");
    assert.match(csv, /^labels,mode,seed,accuracy,steps,generated,generatorLabels\n4,labelled,0,[\d.]+,3,0,0\n4,augmented,0,[\d.]+,3,10,30\n/);
    const json = JSON.parse((await morphogen("augment", "pictures", ...flags, "--out", "few.png", "--json")).stdout) as { out: string; rows: unknown[]; results: unknown[]; warning: string };
    assert.deepEqual([json.out, json.rows.length, json.results.length, readFileSync(join(folder, "few.csv"), "utf8")], ["few.png", 4, 8, csv]);
    assert.equal(decode(readFileSync(join(folder, "few.png"))).channels, 3);
  });

  it("labels the samples of a table's generator itself, by default with as many labels as there are", async () => {
    const { code, stdout, stderr } = await morphogen("augment", "rows", "--seeds", "1", "--generated", "10", "--steps", "3", "--confidence", "0");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\n32 +labelled +\S+\n32 +augmented +\S+ +\S+ +10 +none\n/);
    assert.doesNotMatch(stderr, /warning/);
  });

  it("says what it cannot do", async () => {
    for (const [code, message, ...args] of [
      [1, /train examples have no labels/, "unlabelled"],
      [2, /"stacked" cannot sample/, "encoder"],
      [2, /There are no 31 labelled examples[\s\S]*30\./, "pictures", "--labels", "4,31"],
      [2, /--confidence is 2/, "rows", "--confidence", "2"],
      [2, /--out is few.jpg/, "rows", "--out", "few.jpg"],
    ] as const) {
      const refused = await morphogen("augment", ...args);
      assert.deepEqual([refused.code, message.test(refused.stderr)], [code, true], refused.stderr);
    }
  });
});
