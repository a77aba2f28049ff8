import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { png } from "../data/support.js";
import { temporaryFolder } from "../support/folder.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = temporaryFolder("diffusion");
const run = join("runs", "edm-1");

const morphogen = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env: { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx" } }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });
const bytesOf = (...path: string[]) => Array.from(decode(readFileSync(join(folder, ...path))).data);

describe("what the command line does with diffusion models and given images", () => {
  before(async () => {
    for (const kind of ["dark", "light"]) {
      mkdirSync(join(folder, "photos", kind), { recursive: true });
      for (let i = 0; i < 15; i++) writeFileSync(join(folder, "photos", kind, `${i}.png`), png(4, 4, 1, [i * 7, 40, kind === "dark" ? 0 : 200]));
    }
    const { code, stderr } = await morphogen("train", "edm", "--data", "./photos", "--conditional", "--channels", "8", "--blocks", "1", "--attention", "0", "--heads", "1", "--batch-size", "8", "--epochs", "1");
    assert.equal(code, 0, stderr);
    mkdirSync(join(folder, "mine", "deep"), { recursive: true });
    writeFileSync(join(folder, "mine", "a.png"), png(4, 4, 1, [10, 20, 30, 40, 50]));
    writeFileSync(join(folder, "mine", "deep", "b.png"), png(8, 6, 3, [100, 20, 60]));
    writeFileSync(join(folder, "mask.png"), png(4, 4, 1, [0, 0, 255, 255]));
    // White on a layer that is transparent elsewhere.
    writeFileSync(join(folder, "layer.png"), png(4, 4, 4, [...Array<number>(8).fill(0), ...Array<number>(8).fill(255)]));
  });

  it("edits files and folders into a folder, under their names, and towards a class", async () => {
    const { stdout, stderr } = await morphogen("edit", run, "mine", "--out", "edited", "--steps", "4");
    assert.deepEqual([stdout, stderr], [`${join("edited", "a.png")}\n${join("edited", "deep", "b.png")}\n`, ""]);
    const { width, height, channels } = decode(readFileSync(join(folder, "edited", "deep", "b.png")));
    assert.deepEqual([width, height, channels], [4, 4, 1]);
    assert.equal((await morphogen("edit", run, join("mine", "a.png"), "--out", "edited.png", "--steps", "4")).stdout, "edited.png\n");
    assert.deepEqual(bytesOf("edited.png"), bytesOf("edited", "a.png"));
    const guided = await morphogen("edit", run, join("mine", "a.png"), "--out", "guided", "--steps", "4", "--label", "light", "--guidance", "3", "--strength", "1", "--json");
    assert.deepEqual(JSON.parse(guided.stdout), { out: join("guided", "a.png"), file: join("mine", "a.png"), shape: [1, 4, 4] });
  });

  it("fills in what is white in a mask, and leaves the rest as it is", async () => {
    const { code, stderr } = await morphogen("inpaint", run, join("mine", "a.png"), "--mask", "mask.png", "--out", "filled", "--steps", "4", "--resample", "2");
    assert.equal(code, 0, stderr);
    const [before, after] = [bytesOf("mine", "a.png"), bytesOf("filled", "a.png")];
    assert.deepEqual(after.filter((_, i) => i % 4 < 2), before.filter((_, i) => i % 4 < 2));
    assert.notDeepEqual(after, before);
    await morphogen("inpaint", run, join("mine", "a.png"), "--mask", "layer.png", "--out", "layered", "--steps", "4", "--resample", "2");
    assert.deepEqual(bytesOf("layered", "a.png"), after);
  });

  it("cleans files and folders of so much noise, and shows what it makes of examples", async () => {
    const { stdout, stderr } = await morphogen("denoise", run, "mine", "--noise", "0.2", "--out", "cleaned");
    assert.deepEqual([stdout, stderr], [`${join("cleaned", "a.png")}\n${join("cleaned", "deep", "b.png")}\n`, ""]);
    const { width, height, channels } = decode(readFileSync(join(folder, "cleaned", "deep", "b.png")));
    assert.deepEqual([width, height, channels], [8, 6, 3]);
    assert.match((await morphogen("denoise", run, "--count", "3")).stdout, /^Mean squared error for pixels from 0 to 1: 0\.0?\d+ corrupted, \d\S+ cleaned\n[^]*denoised.png\n$/);
  });

  it("without files shows examples", async () => {
    const edited = JSON.parse((await morphogen("edit", run, "--count", "2", "--steps", "4", "--label", "1", "--json")).stdout) as object;
    assert.deepEqual(edited, { out: join(run, "figures", "edited.png"), count: 2, from: 0, part: "test", seed: 0, strengths: [0.25, 0.5, 0.75], label: 1 });
    const filled = JSON.parse((await morphogen("inpaint", run, "--count", "2", "--steps", "4", "--resample", "1", "--missing", "left", "--out", "filled.svg", "--json")).stdout) as object;
    assert.deepEqual(filled, { out: "filled.svg", count: 2, from: 0, part: "test", seed: 0, resample: 1, missing: "left" });
  });

  it("samples with a strip of their way, reconstructs and interpolates", async () => {
    const { stdout } = await morphogen("sample", run, "--class", "light", "--count", "4", "--steps", "4", "--strip", "--out", "s.png");
    assert.equal(stdout, "s.png\ns-strip.png\n");
    assert.ok(existsSync(join(folder, "s-strip.png")));
    const rebuilt = await morphogen("reconstruct", run, "--count", "2", "--among", "3", "--steps", "5");
    assert.match(rebuilt.stdout, /Mean squared error of the test examples[^]*3 +[\d.e-]+ +all\n[^]*reconstructions.png\n$/);
    const way = await morphogen("interpolate", run, "--pairs", "1", "--steps", "3", "--levels", "4", "--json");
    assert.deepEqual(JSON.parse(way.stdout), { out: join(run, "figures", "interpolation.png"), pairs: 1, steps: 3, method: "spherical" });
  });

  it("trains on the codings of an autoencoder's run, and its data, and goes on with that", async () => {
    const [first, second] = [join("runs", "stacked-1"), join("runs", "latent-diffusion-1")];
    assert.equal((await morphogen("train", "stacked", "--data", "./photos", "--latent-size", "2", "--batch-size", "8", "--epochs", "1")).code, 0);
    const trained = await morphogen("train", "latent-diffusion", "--autoencoder", first, "--conditional", "--width", "8", "--depth", "1", "--batch-size", "8", "--epochs", "1");
    assert.equal(trained.code, 0, trained.stderr);
    assert.match(trained.stdout, /Latent diffusion model trained: runs.latent-diffusion-1\n[^]*decoder\.onnx[^]*train latent-diffusion --help/);
    const { data, model } = JSON.parse(readFileSync(join(folder, second, "config.json"), "utf8")) as { data: { name: string }; model: { options: { autoencoder: { model: string } } } };
    assert.deepEqual([data.name, model.options.autoencoder.model], [(JSON.parse(readFileSync(join(folder, first, "config.json"), "utf8")) as { data: { name: string } }).data.name, "stacked"]);
    assert.equal((await morphogen("resume", second, "--epochs", "2")).code, 0);
    assert.equal((await morphogen("sample", second, "--label", "light", "--guidance", "2", "--count", "2", "--steps", "3", "--out", "l.png")).stdout, "l.png\n");
  });

  it("exits with 2 for what is missing or does not fit, and says so", async () => {
    const cases: [string[], RegExp][] = [
      [["edit", run, "mine"], /Where the pictures go is not said/],
      [["edit", run, "mine", join("mine", "a.png"), "--out", "x"], /Two of the files are called a/],
      [["edit", run, "mine", "--out", join(run, "config.json")], /^error: --out is a file: \S+config.json\n/],
      [["edit", run, "mine", "--out", "x.png"], /^error: --out is one file, but 2 pictures are named\n/],
      [["denoise", run, "mine"], /How much noise there is to take out is not said[^]*--noise/],
      [["interpolate", run, "--levels", "1"], /--levels is 1\nUse a whole number from 2/],
      [["anomaly", run], /"edm" rebuilds examples by way of noise[^]*morphogen train stacked/],
      [["anomaly", run, "--held-out", "all"], /"edm" rebuilds examples by way of noise/],
      ...["sample", "reconstruct", "interpolate"].map((command): [string[], RegExp] => [[command, run, "--out", "x.jpg"], /--out is x.jpg, but what is written is PNG/]),
      [["denoise", run, "--noise", "none"], /--noise is none/],
      [["superres", run, "mine", "--out", "x"], /was not trained with --task superres/],
      ...["2", "0", ""].map((strength): [string[], RegExp] => [["edit", run, "--strength", strength], new RegExp(`--strength is ${strength}\nUse a number above 0 and at most 1`)]),
      [["inpaint", run, "mine", "--out", "x"], /What is missing of the files is not said/],
      [["inpaint", run, "--mask", "nope.png"], /^error: nope.png cannot be read: there is no such file\n/],
      [["inpaint", run, "--mask", "mine"], /^error: mine cannot be read: it is a folder\n/],
      [["inpaint", run, "mine", "--out", "x", "--mask", "mask.png"], /mask.png has 4 x 4 pixels, but mine.deep.b.png has 8 x 6/],
      [["inpaint", run, "--mask", join("mine", "deep", "b.png")], /b.png has 8 x 6 pixels, but the training images have 4 x 4/],
      [["train", "latent-diffusion"], /codings of a trained autoencoder[^]*--autoencoder RUN/],
      [["train", "latent-diffusion", "--autoencoder", run], /"edm".*cannot be learned/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await morphogen(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});
