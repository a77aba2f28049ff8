import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { exportOnnx } from "../../src/engines/onnx/index.js";
import { constant, input, matmul, mul, sub, type Program } from "../../src/tensor/index.js";
import { folderOf, png } from "../data/support.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** Dark pictures, and light ones, lighter or darker to the right. */
const shades = (i: number): number[] => Array.from({ length: 16 }, (_, at) => (i % 2 ? 160 : 30) + ((i * 37) % 60) + (at % 4) * (((i * 13) % 21) - 10));
const folder = folderOf({
  ...Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`photos/${["dark", "light"][i % 2]}/${i}.png`, png(4, 4, 1, shades(i))])),
  "t.csv": `x;y\n${Array.from({ length: 100 }, (_, i) => `${i};${(i * i) % 100}`).join("\n")}\n`,
});
const env = { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx", MORPHOGEN_CACHE: join(folder, "cache") };

const morphogen = (...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });

/** Calls light what has a mean above 0.8, where 0 is black and 255 white; and says more than that. */
function lightAbove(batch: number): Program {
  const x = input("image", [batch, 16]);
  const light = mul(40, sub(matmul(x, constant(new Float32Array(16).fill(1 / 16 / 255), [16, 1])), 0.8));
  return { inputs: { image: x }, outputs: { lightness: light, logits: matmul(light, constant([0, 1], [1, 2])) } };
}
const tiny = ["--hidden", "16", "--learning-rate", "0.01", "--latent-size", "2", "--batch-size", "8", "--validation", "0.2", "--test", "0.3"];
const quick = ["--samples", "200", "--starts", "5", "--generations", "4"];
const given = ["--classifier", "light.onnx", "--output", "logits", "--range", "0,255"];

describe("morphogen weaknesses", () => {
  before(async () => {
    writeFileSync(join(folder, "light.onnx"), await exportOnnx(lightAbove, { read: async () => new Float32Array(0) }));
    for (const [model, data, out, epochs] of [["variational", "photos", "pictures", "60"], ["gan", "t.csv", "table", "1"]] as const) {
      const { code, stderr } = await morphogen("train", model, "--data", data, "--out", out, "--epochs", epochs, ...tiny, ...(model === "variational" ? ["--network", "dense"] : []));
      assert.equal(code, 0, stderr);
    }
  });

  it("says how often a classifier is wrong and about what, shows it, and saves the images for another training", async () => {
    const { code, stdout, stderr } = await morphogen("weaknesses", "pictures", ...given, ...quick, "--save", "found");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Training the classifier[\s\S]*Searching from 5 of these, 160 images/);
    assert.match(stdout, /^Of 60 real test images, light.onnx is right for [\d.]+%; [\d.]+% of them are plausible.\nThe second opinion is sure of [\d.]+% of them, and right for 100.0% of these.\nimages plausible wrong confident\n +200 +\d+ +\d+ +\d+ {2}of random codings\n/);
    assert.match(stdout, /Most often, found: light taken for dark 100.0%.\npictures\/figures\/weaknesses.svg\nfound\n$/);
    assert.match(readFileSync(join(folder, "pictures/figures/weaknesses.svg"), "utf8"), /Taken for something else by light.onnx/);
    const [, first] = readFileSync(join(folder, "found", "weaknesses.csv"), "utf8").split("\n");
    const { width, data } = decode(readFileSync(join(folder, "found", first.split(",")[0])));
    assert.match(first, /^light\/1.png,light,/);
    // Taken for dark, and light.
    assert.ok(width === 4 && data.every((value) => value > 100 && value < 0.85 * 255), data.join());
  });

  it("tells the same to programs, of what the classifier of the data is unsure of where no other is given", async () => {
    const { code, stdout, stderr } = await morphogen("weaknesses", "pictures", ...quick, "--all", "--out", "unsure.png", "--json");
    assert.equal(code, 0, stderr);
    const { out, lookFor, classes, random, findings } = JSON.parse(stdout) as { out: string; lookFor: string; classes: string[]; random: { count: number }; findings: { coding: number[] }[] };
    assert.deepEqual([out, lookFor, classes, random.count, findings[0].coding.length], ["unsure.png", "unsure", ["dark", "light"], 200, 2]);
    assert.ok(decode(readFileSync(join(folder, "unsure.png"))).width > 100);
  });

  it("exits with 2 for what does not fit, and says so", async () => {
    const cases: [string[], RegExp][] = [
      [["pictures", ...given, "--range", "0"], /--range is 0\n.*0,1 or -1,1 or 0,255/],
      [["pictures", "--classifier", "light.onnx"], /light.onnx has 2 outputs: lightness, logits/],
      [["pictures", ...given, "--out", "figure.txt"], /--out is figure.txt/],
      [["pictures", ...given, "--save", "photos"], /photos is not empty/],
      [["pictures", "--look-for", "wrong", ...quick], /would judge itself/],
      [["table", ...given], /trained on vectors, not on images/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await morphogen("weaknesses", ...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
    assert.ok(!existsSync(join(folder, "figure.txt")));
  });
});
