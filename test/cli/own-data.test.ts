import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { folderOf, png } from "../data/support.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const env = { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx" };
const images = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`photos/${["a", "b"][i % 2]}/${i}.png`, png(5, 4, 3, [i, 9 * i, 200])]));
const table = `x;y\n${Array.from({ length: 40 }, (_, i) => `${i};${100 * i}`).join("\n")}\n`;
const labelled = `x,y,kind\n${Array.from({ length: 40 }, (_, i) => `${i},${100 * i},${i % 2 === 0 ? "even" : "odd"}`).join("\n")}\n`;
const folder = folderOf({ ...images, "photos/a/bad.png": "no image", "t.csv": table, "labelled.csv": labelled });

const morphogen = (...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });

const tiny = ["--hidden", "6", "--latent-size", "2", "--epochs", "1", "--batch-size", "8"];

describe("the command line on a user's own files", () => {
  it("trains on a folder of images, says what it left out, and shows them", async () => {
    const refused = await morphogen("train", "stacked", "--data", "photos", "--size", "6x4", ...tiny);
    assert.deepEqual([refused.code, /a\/bad.png is no image[\s\S]*--skip-bad/.test(refused.stderr)], [1, true]);
    const { code, stderr } = await morphogen("train", "stacked", "--data", "photos", "--size", "6x4", "--skip-bad", ...tiny, "--out", "pictures", "--json");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /left out 1 of the 25 images of photos: a\/bad.png is no image[\s\S]*photos: 24 images of 6 x 4, rgb, 2 classes/);
    assert.match((await morphogen("reconstruct", "pictures", "--out", "r.png")).stdout, /of PCA[\s\S]* all\n[\s\S]*\nr.png\n$/);
    assert.equal((await morphogen("encode", "pictures", "--part", "train", "--out", "codings.csv")).code, 0);
    assert.match(readFileSync(join(folder, "codings.csv"), "utf8"), /^label,z0,z1\n[01],/);
  });

  it("trains classifiers with and without a run's encoder: a table, a figure, and a line of CSV for each training", async () => {
    const flags = ["--labels", "4,100", "--seeds", "1", "--mode", "scratch,frozen", "--steps", "3"];
    const { code, stdout, stderr } = await morphogen("pretrain", "pictures", ...flags);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /4 labels, seed 0, frozen: \d+\.\d\d% after 3 steps/);
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines[0], /^labels +weights +accuracy \(%\) +more than from scratch$/);
    assert.match(lines[4], /^20 +frozen +\d+\.\d\d +-?\d+\.\d\d$/);
    assert.deepEqual(lines.slice(5), ["svg", "csv"].map((ending) => join("pictures", `figures/few-labels.${ending}`)));
    assert.match(readFileSync(join(folder, lines[5]), "utf8"), /Stacked autoencoder: pretraining for few labels/);
    const csv = readFileSync(join(folder, "pictures/figures/few-labels.csv"), "utf8");
    assert.match(csv, /^labels,mode,seed,accuracy,steps\n4,scratch,0,[\d.]+,3\n4,frozen,0,[\d.]+,3\n20,scratch,0,[\d.]+,3\n20,frozen,0,[\d.]+,3\n$/);
    const json = JSON.parse((await morphogen("pretrain", "pictures", ...flags, "--out", "few.svg", "--json")).stdout) as { rows: unknown[]; results: unknown[] };
    assert.deepEqual([json.rows.length, json.results.length, readFileSync(join(folder, "few.csv"), "utf8")], [4, 4, csv]);
    for (const [wrong, message] of [[["--mode", "frozn"], /--mode is frozn[\s\S]*Did you mean "frozen"/], [["--labels", "0"], /--labels is 0/]] as const) {
      const refused = await morphogen("pretrain", "pictures", ...wrong);
      assert.deepEqual([refused.code, message.test(refused.stderr)], [2, true], refused.stderr);
    }
  });

  it("trains on a table, repeats the run from its configuration, and writes tables", async () => {
    const { code, stderr } = await morphogen("train", "variational", "--data", "t.csv", "--likelihood", "gaussian", ...tiny, "--out", "rows");
    assert.equal(code, 0, stderr);
    assert.equal((await morphogen("train", "--config", "rows/config.json", "--out", "again")).code, 0);
    assert.deepEqual(readFileSync(join(folder, "again/checkpoints/step-4.safetensors")), readFileSync(join(folder, "rows/checkpoints/step-4.safetensors")));
    assert.equal((await morphogen("sample", "rows", "--count", "3")).stdout, `${join("rows", "samples.csv")}\n`);
    assert.match(readFileSync(join(folder, "rows/samples.csv"), "utf8"), /^x,y\n(\d+(\.\d+)?,\d+(\.\d+)?\n){3}$/);
    assert.match((await morphogen("reconstruct", "rows", "--count", "4", "--out", "r.npy")).stdout, /Not compared with PCA: a coding has 2 values, an example 2;[\s\S]*\nr.npy\n$/);
    assert.match((await morphogen("reconstruct", "rows", "--which", "best", "--count", "2")).stdout, /\nrows\/best.csv\n$/);
    const [worse, better] = readFileSync(join(folder, "rows/best.csv"), "utf8").trim().split("\n").slice(1).map((line) => Number(line.split(",").at(-1))).reverse();
    assert.ok(better <= worse);
    assert.equal((await morphogen("anomaly", "rows")).stdout, `${join("rows", "anomalies.csv")}\n`);
    assert.match(readFileSync(join(folder, "rows/anomalies.csv"), "utf8"), /^example,score,anomalous\n0,[\d.]+,[01]\n/);
    assert.equal((await morphogen("train", "denoising", "--network", "dense", "--data", "t.csv", ...tiny, "--out", "mended")).code, 0);
    assert.equal((await morphogen("denoise", "mended", "--count", "3")).stdout, `${join("mended", "denoised.csv")}\n`);
    assert.match(readFileSync(join(folder, "mended/denoised.csv"), "utf8"), /^x,y,x corrupted,y corrupted,x denoised,y denoised,error\n(-?[\d.,e-]+\n){3}$/);
    const spoiled = await morphogen("denoise", "mended", "--noise", "0.2");
    assert.deepEqual([spoiled.code, /"denoising" takes out what it was trained with/.test(spoiled.stderr)], [2, true], spoiled.stderr);
    for (const [flag, message] of [[["--strip"], /"variational" is no diffusion model[^]*Leave --strip out/], [["--truncation", "0.5"], /cannot sample nearer to the mean/]] as const) {
      const refused = await morphogen("sample", "rows", ...flag);
      assert.deepEqual([refused.code, message.test(refused.stderr)], [2, true], refused.stderr);
    }
    const figure = await morphogen("interpolate", "rows");
    assert.deepEqual([figure.code, /A figure shows images; the model was trained on vectors/.test(figure.stderr)], [2, true]);
  });

  it("samples rows of a class, and rows of codings from a fitted mixture", async () => {
    assert.equal((await morphogen("train", "conditional-gan", "--network", "dense", "--data", "labelled.csv", "--label-column", "kind", ...tiny, "--out", "kinds")).code, 0);
    const one = JSON.parse((await morphogen("sample", "kinds", "--class", "odd", "--count", "2", "--json")).stdout) as object;
    assert.deepEqual(one, { out: join("kinds", "samples.csv"), count: 2, seed: 0, prior: "model", label: 1 });
    assert.match(readFileSync(join(folder, "kinds/samples.csv"), "utf8"), /^x,y,class\n(-?[\d.]+,-?[\d.]+,odd\n){2}$/);
    assert.equal((await morphogen("train", "stacked", "--data", "t.csv", ...tiny, "--out", "codes")).code, 0);
    const mixed = await morphogen("sample", "codes", "--count", "2");
    assert.match(mixed.stderr, /Fitting a mixture of normal distributions/);
    assert.match(readFileSync(join(folder, "codes/samples.csv"), "utf8"), /^x,y\n(-?[\d.]+,-?[\d.]+\n){2}$/);
  });
});
