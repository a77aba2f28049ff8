import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decode, encode } from "fast-png";
import { temporaryFolder } from "../support/folder.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = temporaryFolder("denoise");
const run = join("runs", "denoising-1");

const morphogen = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env: { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx" } }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });

/** A grey file of this size. */
const writePicture = (name: string, width: number, height: number) =>
  writeFileSync(join(folder, name), encode({ width, height, channels: 1, depth: 8, data: Uint8Array.from({ length: width * height }, (_, i) => (i * 37) % 256) }));

describe("morphogen denoise", () => {
  before(async () => {
    const { code, stderr } = await morphogen("train", "denoising", "--limit", "300", "--epochs", "1", "--batch-size", "50", "--channels", "2,3");
    assert.equal(code, 0, stderr);
    writePicture("a.png", 28, 28);
    writePicture("b.png", 40, 31);
  });

  it("cleans files, each beside itself, whatever their size", async () => {
    assert.deepEqual(await morphogen("denoise", run, "a.png", "b.png"), { code: 0, stdout: "a.denoised.png\nb.denoised.png\n", stderr: "" });
    const { width, height, channels } = decode(readFileSync(join(folder, "b.denoised.png")));
    assert.deepEqual([width, height, channels], [40, 31, 1]);
  });

  it("writes one file where --out says", async () => {
    const { stdout } = await morphogen("denoise", run, "a.png", "--out", "clean.png", "--json");
    assert.deepEqual(JSON.parse(stdout), { out: "clean.png", file: "a.png", shape: [1, 28, 28] });
  });

  it("shows examples corrupted and cleaned, with their errors", async () => {
    const { stdout } = await morphogen("denoise", run, "--count", "3", "--json");
    const facts = JSON.parse(stdout) as Record<string, number>;
    assert.deepEqual(Object.keys(facts), ["out", "count", "from", "part", "seed", "corruptionError", "denoisingError"]);
    assert.equal(decode(readFileSync(join(folder, run, "figures", "denoised.png"))).height, 4 + 3 * 60);
  });

  it("takes folders, and writes into a folder", async () => {
    mkdirSync(join(folder, "noisy", "deep"), { recursive: true });
    copyFileSync(join(folder, "b.png"), join(folder, "noisy", "deep", "b.png"));
    assert.deepEqual(await morphogen("denoise", run, "noisy", "a.png", "--out", "cleaned"), { code: 0, stdout: `${join("cleaned", "deep", "b.png")}\n${join("cleaned", "a.png")}\n`, stderr: "" });
    assert.deepEqual(readFileSync(join(folder, "cleaned", "deep", "b.png")), readFileSync(join(folder, "b.denoised.png")));
  });

  it("exits with 2 for files that are not there, 1 for files that are no pictures, and says so", async () => {
    writeFileSync(join(folder, "text.png"), "text");
    const cases: [string[], number, RegExp][] = [
      [["none.png"], 2, /none.png cannot be read/],
      [["text.png"], 1, /text.png is no image/],
      [["a.png", "--noise", "0.2"], 2, /"denoising" takes out what it was trained with/],
      [["a.png", "--out", "z.jpg"], 2, /--out is z.jpg, but results are PNG files/],
      [["--count", "4", "--out", "z.svg"], 2, /--out is z.svg, but what is written is PNG/],
      [["--out", "noisy"], 2, /--out is a folder: noisy/],
      [["a.png", "b.png", "--out", "c.png"], 2, /--out is one file, but 2 pictures are named/],
    ];
    for (const [args, expected, message] of cases) {
      const { code, stderr } = await morphogen("denoise", run, ...args);
      assert.equal(code, expected, stderr);
      assert.match(stderr, message);
    }
  });
});
