import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { folderOf, png } from "../data/support.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const images = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`photos/${["a", "b"][i % 2]}/${i}.png`, png(4, 4, 1, [i % 2 ? 250 - i : i])]));
const folder = folderOf({ ...images, "t.csv": `x;y\n${Array.from({ length: 100 }, (_, i) => `${i};${(i * i) % 100}`).join("\n")}\n` });
const env = { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx", MORPHOGEN_CACHE: join(folder, "cache") };

const morphogen = (...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });

const tiny = ["--hidden", "6", "--latent-size", "2", "--epochs", "1", "--batch-size", "8", "--validation", "0.2", "--test", "0.3"];

describe("morphogen evaluate", () => {
  before(async () => {
    for (const [model, data, out] of [["stacked", "photos", "pictures"], ["gan", "t.csv", "table"]] as const) {
      const { code, stderr } = await morphogen("train", model, "--data", data, "--out", out, ...tiny);
      assert.equal(code, 0, stderr);
    }
  });

  it("prints each score beside that of real test images, and draws two figures", async () => {
    const { code, stdout, stderr } = await morphogen("evaluate", "pictures", "--samples", "25", "--draws", "2");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Training the classifier[\s\S]*Fitting a mixture[\s\S]*Draw 2 of 2: 25 samples/);
    assert.match(stdout, /^Images are compared by the 64 features of a classifier[\s\S]*\n +better +samples +real test data\nFréchet distance \(FID\) +lower +\S+ +± \S+ +\S+\n/);
    assert.match(stdout, /\nclasses without a sample +lower [\s\S]*25 samples from codings of the prior "mixture", mean and standard deviation of 2 draws.\npictures\/evaluation.json\npictures\/figures\/nearest-training.svg\npictures\/figures\/classes.svg\n$/);
    assert.doesNotMatch(stdout, /asked for/);
    const stored = JSON.parse(readFileSync(join(folder, "pictures/evaluation.json"), "utf8")) as { count: number; scores: Record<string, { draws: number[] }>; shown?: unknown };
    assert.deepEqual([stored.count, stored.scores.frechet.draws.length, stored.shown], [25, 2, undefined]);
    assert.match(readFileSync(join(folder, "pictures/figures/nearest-training.svg"), "utf8"), /Samples over the nearest training images/);
  });

  it("tells the same to programs, from the classifier that is kept", async () => {
    const { stdout, stderr } = await morphogen("evaluate", "pictures", "--samples", "25", "--draws", "1", "--figures", "png", "--json");
    assert.doesNotMatch(stderr, /Training/);
    const { out, figures, classes } = JSON.parse(stdout) as { out: string; figures: string[]; classes: { name: string }[] };
    assert.deepEqual([out, classes.map(({ name }) => name)], ["pictures/evaluation.json", ["a", "b"]]);
    for (const figure of figures) assert.ok(decode(readFileSync(join(folder, figure))).width > 100);
  });

  it("samples a diffusion model as it is told, and keeps how", async () => {
    const { code, stderr } = await morphogen("train", "edm", "--data", "photos", "--out", "diffused", "--conditional", "--network", "dit", "--patch", "2", "--width", "8", "--depth", "1", "--heads", "2", ...tiny.slice(4));
    assert.equal(code, 0, stderr);
    const evaluated = await morphogen("evaluate", "diffused", "--samples", "20", "--draws", "1", "--sampler", "heun", "--steps", "2", "--guidance", "2", "--figures", "svg");
    assert.match(evaluated.stdout, /of the class asked for/, evaluated.stderr);
    const { sampling } = JSON.parse(readFileSync(join(folder, "diffused/evaluation.json"), "utf8")) as { sampling: unknown };
    assert.deepEqual(sampling, { sampler: "heun", steps: 2, guidance: 2, samplerOptions: {} });
    assert.match((await morphogen("evaluate", "pictures", "--samples", "20", "--guidance", "2")).stderr, /"stacked" is no diffusion model/);
  });

  it("scores tables by their values, without figures", async () => {
    const { code, stdout, stderr } = await morphogen("evaluate", "table", "--out", "scores.json");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Of the 10,000 samples, 30 are drawn/);
    assert.match(stdout, /^Examples are compared by their values[\s\S]*30 samples, mean and standard deviation of 3 draws.\nscores.json\n$/);
    assert.equal((await morphogen("evaluate", "table", "--draws", "0")).code, 2);
  });
});

describe("morphogen train --watch-classes", () => {
  it("tells how many classes there are samples of, and draws their shares", async () => {
    const { code, stdout, stderr } = await morphogen("train", "gan", "--data", "photos", "--out", "watched", "--watch-classes", ...tiny);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Each validation classifies 1,000 samples, by a classifier that is right for \d+\.\d% of the test images\.\n/);
    assert.match(stdout, /\nepoch 1: validation coverage .*  classes [12] of 2, least \d+\.\d% \(best\)\n[\s\S]*watched\/figures\/class-shares.svg\n/);
  });
});
