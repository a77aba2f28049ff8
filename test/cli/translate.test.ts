import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { png } from "../data/support.js";
import { temporaryFolder } from "../support/folder.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = temporaryFolder("translate");
const run = join("runs", "pix2pix-1");

const morphogen = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env: { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx" } }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });

describe("morphogen translate", () => {
  before(async () => {
    mkdirSync(join(folder, "photos"));
    for (let i = 0; i < 30; i++) writeFileSync(join(folder, "photos", `${i}.png`), png(8, 8, 3, [i * 7, i * 3, 200, 40, 90]));
    const { code, stderr } = await morphogen("train", "pix2pix", "--data", "./photos", "--task", "superres", "--factor", "4", "--levels", "2", "--channels", "3", "--discriminator-channels", "2", "--epochs", "1");
    assert.equal(code, 0, stderr);
    mkdirSync(join(folder, "small", "deep"), { recursive: true });
    writeFileSync(join(folder, "small", "a.png"), png(2, 2, 3, [1, 2, 3]));
    writeFileSync(join(folder, "small", "deep", "b.png"), png(3, 2, 1, 100));
    writeFileSync(join(folder, "tiny.png"), png(3, 1, 1, 100));
  });

  it("translates files and folders into a folder, under their names; small pictures become large", async () => {
    const { stdout, stderr } = await morphogen("translate", run, "small", "--out", "large");
    assert.deepEqual([stdout, stderr], [`${join("large", "a.png")}\n${join("large", "deep", "b.png")}\n`, ""]);
    const { width, height, channels } = decode(readFileSync(join(folder, "large", "deep", "b.png")));
    assert.deepEqual([width, height, channels], [12, 8, 3]);
    const fitted = await morphogen("translate", run, join("small", "deep", "b.png"), "--fit", "stretch", "--out", "fitted", "--json");
    assert.deepEqual(JSON.parse(fitted.stdout), { out: join("fitted", "b.png"), file: join("small", "deep", "b.png"), shape: [3, 8, 8] });
  });

  it("is called by its task too, which the run has to have learned", async () => {
    const { stdout } = await morphogen("superres", run, join("small", "a.png"), "--out", "larger");
    assert.equal(stdout, `${join("larger", "a.png")}\n`);
    assert.deepEqual(readFileSync(join(folder, "larger", "a.png")), readFileSync(join(folder, "large", "a.png")));
    assert.equal((await morphogen("superres", run, join("small", "a.png"), "--out", "larger.png")).stdout, "larger.png\n");
    assert.deepEqual(readFileSync(join(folder, "larger.png")), readFileSync(join(folder, "large", "a.png")));
    const { code, stderr } = await morphogen("colorize", run);
    assert.equal(code, 2);
    assert.match(stderr, /pix2pix-1 was not trained with --task colorize, but with --task superres[^]*morphogen train/);
  });

  it("without files shows examples, and says how near they come beside copies", async () => {
    const { stdout } = await morphogen("translate", run, "--count", "2");
    assert.match(stdout, /^3 test examples[^]*error +PSNR +SSIM *\n[\d. ]+ translated\n[\d. ]+ untouched\n[^]*translations.svg\n$/);
    const facts = JSON.parse((await morphogen("translate", run, "--part", "validation", "--out", "figure.svg", "--json")).stdout) as Record<string, unknown>;
    assert.deepEqual(Object.keys(facts), ["out", "part", "from", "count", "translated", "copied"]);
    assert.match(readFileSync(join(folder, "figure.svg"), "utf8"), /translated/);
  });

  it("is repeated by its configuration, data and all", async () => {
    const { data } = JSON.parse(readFileSync(join(folder, run, "config.json"), "utf8")) as { data: { files: object; spec: object } };
    assert.deepEqual([data.spec, data.files], [{ kind: "pairs", shape: [6, 8, 8], source: 3 }, { task: "superres", factor: 4, validation: 0.1, test: 0.1 }]);
  });

  it("is what there is for a model that translates, which neither samples nor edits", async () => {
    for (const command of ["evaluate", "sample"]) {
      const { code, stderr } = await morphogen(command, run);
      assert.deepEqual([code, stderr], [2, 'error: The model "pix2pix" translates images, and has no samples of its own\nUse morphogen translate RUN; with --frechet it scores translations.\n']);
    }
    for (const command of ["edit", "inpaint"]) {
      const { code, stderr } = await morphogen(command, run);
      assert.deepEqual([code, stderr], [2, "error: The model translates images, and does nothing else with them\nUse morphogen translate RUN.\n"]);
    }
  });

  it("exits with 2 for what is missing, and says so", async () => {
    const cases: [string[], RegExp][] = [
      [["tiny.png", "--out", "x"], /^error: tiny.png: the model was trained on images of 2 x 2, .*; the picture is 3 x 1\nThe picture has to be larger: 2 x 2 will do\.\n$/],
      [["small", "--out", "x.webp"], /--out is x.webp, but results are PNG files/],
      [["--out", "small"], /--out is a folder: small/],
      [["small"], /Where the pictures go is not said/],
      [["--back"], /"pix2pix" cannot translate images back\nIt can translate images\./],
      [["small", join("small", "a.png"), "--out", "x"], /Two of the files are called a/],
      [["--steps", "3"], /"pix2pix" is no diffusion model/],
      [["--seed", "3"], /"pix2pix" is no diffusion model[^]*Leave --seed out/],
      [["--frechet", "--examples", "5"], /--examples is 5[^]*from 20/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await morphogen("translate", run, ...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});
