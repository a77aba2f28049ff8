import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { temporaryFolder } from "../support/folder.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = temporaryFolder("cli");

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Every command computes with the same engine, so that results can be compared. */
const env = { ...process.env, MORPHOGEN_ENGINE: process.env.MORPHOGEN_ENGINE || "onnx" };

/** Runs the built command line in a folder of its own. */
const morphogen = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder, env }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }));
  });

const tiny = ["--limit", "300", "--epochs", "2", "--batch-size", "50", "--channels", "2,3", "--latent-size", "3"];
const run = join(folder, "runs", "variational-1");
const jsonLines = (text: string) => text.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);

describe("the command line", () => {
  let trained: Outcome;
  before(async () => {
    trained = await morphogen("train", "variational", ...tiny, "--json");
  });

  it("trains and prints one JSON object per event, last the run folder and the final metrics", () => {
    assert.equal(trained.code, 0, trained.stderr);
    const events = jsonLines(trained.stdout);
    assert.deepEqual([...new Set(events.map(({ event }) => event))].sort(), ["checkpoint", "finished", "started", "step", "validation", "warning"].sort());
    const last = events.at(-1)!;
    assert.deepEqual([last.event, last.run, last.status, last.step], ["finished", join("runs", "variational-1"), "finished", 12]);
    assert.deepEqual(Object.keys(last.metrics as object), ["loss", "reconstruction", "kl", "meanSquaredError", "activeUnits"]);
    assert.deepEqual(Object.keys(last.pcaBaseline as object), ["size", "meanSquaredError", "modelMeanSquaredError"]);
  });

  it("leaves a run folder with its configuration, metrics, checkpoints, figures and an ONNX file", () => {
    for (const name of ["config.json", "metrics.jsonl", "checkpoints/step-12.safetensors", "checkpoints/best.safetensors", "figures/reconstructions.png", "figures/samples.png", "figures/interpolation.png", "figures/loss.svg", "decoder.onnx"])
      assert.ok(existsSync(join(run, name)), name);
    const config = JSON.parse(readFileSync(join(run, "config.json"), "utf8")) as { model: { options: object }; training: { epochs: number }; versions: object };
    assert.deepEqual([config.model.options, config.training.epochs, Object.keys(config.versions)], [{ ...config.model.options, channels: [2, 3], latentSize: 3 }, 2, ["morphogen", "node"]]);
  });

  it("repeats a run from its configuration, to the same bytes", async () => {
    const { code, stderr } = await morphogen("train", "--config", join(run, "config.json"), "--out", "again");
    assert.equal(code, 0, stderr);
    assert.deepEqual(readFileSync(join(folder, "again", "checkpoints", "step-12.safetensors")), readFileSync(join(run, "checkpoints", "step-12.safetensors")));
  });

  it("samples the same pictures for the same seed, on both engines up to rounding", async () => {
    const draw = async (out: string, ...args: string[]) => {
      const { code, stderr } = await morphogen("sample", run, "--count", "9", "--out", out, ...args);
      assert.equal(code, 0, stderr);
      return decode(readFileSync(join(folder, out))).data;
    };
    const [one, again, other, reference] = [await draw("a.png", "--seed", "5"), await draw("b.png", "--seed", "5"), await draw("c.png", "--seed", "6"), await draw("d.png", "--seed", "5", "--engine", "reference")];
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, other);
    one.forEach((value, i) => assert.ok(Math.abs(value - reference[i]) <= 1));
  });

  it("reconstructs, and says how well: for each class, beside principal component analysis", async () => {
    const { code, stdout, stderr } = await morphogen("reconstruct", run, "--part", "validation", "--out", "r.png");
    assert.deepEqual([code, stderr], [0, ""]);
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines[1], /^examples +error +of PCA +class$/);
    for (const [line, name] of [[lines[2], "T-shirt/top"], [lines[12], "all"]]) assert.match(line, new RegExp(`^ +\\d+ +0.\\d+ +0.\\d+ +${name}$`));
    assert.match(lines[13], /^PCA: exact, with as many codings \(3 real numbers\), fitted to the 300 training examples/);
    assert.deepEqual([lines.length, lines[16]], [17, "r.png"]);
    assert.equal(decode(readFileSync(join(folder, "r.png"))).width, 4 + 10 * 60);
  });

  it("shows the examples that it rebuilds worst, as a figure with words", async () => {
    const { stdout } = await morphogen("reconstruct", run, "--which", "worst", "--count", "3", "--part", "validation", "--json");
    const [facts] = jsonLines(stdout);
    assert.deepEqual([Object.keys(facts), facts.out, facts.count, facts.which], [["out", "count", "from", "which", "part", "examples", "report"], join(run, "figures", "worst.svg"), 3, "worst"]);
    const svg = readFileSync(join(run, "figures", "worst.svg"), "utf8");
    for (const example of facts.examples as number[]) assert.ok(svg.includes(`>${example}: 0.`));
    assert.match(svg, /Rebuilt worst: variational autoencoder[\s\S]*3 of 300 validation examples/);
  });

  it("interpolates, encodes and exports", async () => {
    assert.deepEqual(await morphogen("interpolate", run, "--out", "i.png"), { code: 0, stdout: "i.png\n", stderr: "" });
    const { stdout } = await morphogen("encode", run, "--part", "validation", "--out", "codings.csv", "--json");
    assert.deepEqual(JSON.parse(stdout), { out: "codings.csv", count: 300, size: 3, part: "validation" });
    const lines = readFileSync(join(folder, "codings.csv"), "utf8").trim().split("\n");
    assert.deepEqual([lines.length, lines[0]], [301, "label,z0,z1,z2"]);
    assert.match(lines[1], /^\d(,-?\d+\.\d+(e-\d+)?){3}$/);
    assert.equal((await morphogen("export", run, "--ability", "encode", "--out", "e.onnx")).code, 0);
    assert.ok(readFileSync(join(folder, "e.onnx")).length > 1000);
  });

  it("finds similar examples: a picture, and a line for each", async () => {
    const { code, stdout } = await morphogen("similar", run, "--index", "7", "--count", "3", "--out", "similar.png");
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines[0], /^example distance +class$/);
    assert.match(lines[1], /^ +7 +0 +Shirt$/);
    assert.deepEqual([lines.length, lines[5]], [6, "similar.png"]);
    const json = JSON.parse((await morphogen("similar", run, "--index", "7", "--count", "3", "--json")).stdout) as { neighbours: { index: number; distance: number }[] };
    assert.equal(json.neighbours.length, 3);
    assert.ok(json.neighbours[0].distance <= json.neighbours[2].distance);
  });

  it("estimates log-likelihoods, and says what they compare with", async () => {
    const wanted = ["--count", "4", "--samples", "60", "--out", "l.csv"];
    const { mean, samples, count, binarized } = JSON.parse((await morphogen("likelihood", run, ...wanted, "--json")).stdout) as Record<string, unknown>;
    assert.deepEqual([samples, count, binarized], [60, 4, false]);
    const { stdout } = await morphogen("likelihood", run, ...wanted);
    assert.match(stdout, /^l.csv\nlog-likelihood -\d+\.\d\d ± [\s\S]*60 importance samples[\s\S]*bits per dimension\nThe examples were not binarised/);
    const [header, ...lines] = readFileSync(join(folder, "l.csv"), "utf8").trim().split("\n");
    assert.equal(header, "label,logLikelihood");
    assert.ok(Math.abs(lines.reduce((sum, line) => sum + Number(line.split(",")[1]) / 4, 0) - Number(mean)) < 1e-3);
  });

  it("lists models, samplers, datasets and runs", async () => {
    assert.match((await morphogen("models")).stdout, /^variational +Variational autoencoder/m);
    assert.match((await morphogen("samplers")).stdout, /^heun +Heun +2 evaluations +Karras et al\. 2022$/m);
    assert.match((await morphogen("samplers", "ddim")).stdout, /eta +0 +from 0 to 1 +noise that is added/);
    assert.match((await morphogen("models", "variational")).stdout, /latentSize +16 +from 1 to 4096 +number of codings/);
    assert.match((await morphogen("datasets")).stdout, /fashion-mnist +Fashion-MNIST/);
    assert.match((await morphogen("runs")).stdout, /runs\/variational-1 +variational +fashion-mnist +12 +loss/);
    assert.equal(jsonLines((await morphogen("runs", "--json")).stdout)[0].step, 12);
  });

  it("embeds codings as a picture or a table, by how the file is called", async () => {
    const { code, stdout, stderr } = await morphogen("embed", run, "--method", "pca", "--count", "60", "--out", "e.csv", "--json");
    assert.equal(code, 0, stderr);
    const [facts] = jsonLines(stdout);
    assert.deepEqual([facts.out, facts.method, facts.part, facts.count, facts.size], ["e.csv", "pca", "validation", 60, 3]);
    assert.ok(Number(facts.trustworthiness) > 0 && Number((facts.accuracy as { embedding: number }).embedding) > 0);
    assert.match(readFileSync(join(folder, "e.csv"), "utf8"), /^label,x,y\n(\d,-?[\d.e-]+,-?[\d.e-]+\n){60}$/);
    assert.deepEqual((await morphogen("embed", run, "--method", "pca", "--count", "60", "--out", "e.png")).code, 0);
    assert.ok(decode(readFileSync(join(folder, "e.png"))).width > 1000);
  });

  it("stops at Ctrl-C with a checkpoint and says how to go on; going on ends like a run never stopped", async () => {
    const child = spawn(process.execPath, [main, "train", "variational", ...tiny, "--epochs", "60", "--out", "stopped", "--json"], { cwd: folder, env });
    let output = "";
    child.stdout.on("data", (piece: Buffer) => {
      output += piece.toString();
      // Once: a second Ctrl-C ends the process at once.
      if (!child.killed && output.includes('"event":"step","step":30')) child.kill("SIGINT");
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    assert.equal(code, 130);
    assert.equal(jsonLines(output).at(-1)!.status, "interrupted");
    assert.equal((await morphogen("resume", "stopped", "--json")).code, 0);
    assert.equal((await morphogen("train", "variational", ...tiny, "--epochs", "60", "--out", "straight")).code, 0);
    const final = (name: string) => readFileSync(join(folder, name, "checkpoints", "step-360.safetensors"));
    assert.deepEqual(final("stopped"), final("straight"));
  });

  it("exits with 2 and names the way out when it is used wrongly", async () => {
    writeFileSync(join(folder, "wrong.json"), '{"modle": {}}');
    const cases: [string[], RegExp][] = [
      [["trian"], /unknown command 'trian'[\s\S]*Did you mean train\?/],
      [["train", "varational"], /There is no model "varational"[\s\S]*Did you mean "variational"\?/],
      [["train"], /No model was named/],
      [["train", "variational", "--data", "fashion"], /There is no dataset "fashion"[\s\S]*fashion-mnist/],
      [["train", "variational", "--latentsize", "3"], /unknown option '--latentsize'[\s\S]*Did you mean --latent-size\?/],
      [["train", "variational", "--latent-size", "0"], /latentSize is 0[\s\S]*a whole number from 1 to 4096/],
      [["train", "variational", "--latent-size", "many"], /latentSize is many/],
      [["train", "variational", "--network", "conv"], /network is conv[\s\S]*dense, convolutional/],
      [["train", "variational", "--epochs", "-1"], /epochs is -1/],
      [["train", "variational", "--set", "optimizer.learningrate=1"], /There is no option "optimizer.learningrate"[\s\S]*Did you mean "optimizer.learningRate"/],
      [["train", "variational", "--set", "beta"], /--set beta has no value/],
      [["train", "variational", "--learning-rate", "fast"], /optimizer.learningRate is fast/],
      [["train", "variational", "--momentum", "1"], /optimizer.momentum is 1[\s\S]*from 0 below 1/],
      [["train", "variational", "--momentum", "0.9"], /The optimizer \w+ has no momentum[\s\S]*sgd, rmsprop/],
      [["train", "variational", "--engine", "onx"], /There is no engine "onx"[\s\S]*Did you mean "onnx"/],
      [["train", "variational", "--config", "wrong.json"], /unknown part "modle"[\s\S]*Did you mean "model"/],
      [["train", "variational", "--config", "none.json"], /none.json cannot be read/],
      [["train", "variational", "--limit", "0"], /--limit is 0/],
      [["train", "variational", "--limit", "200", "--out", run], /exists and is not empty/],
      [["sample", "runs/none"], /runs\/none is not a run folder/],
      [["sample", run, "--count", "0"], /--count is 0/],
      [["embed", run, "--out", "e.gif"], /--out is e.gif[\s\S]*.svg, .png, .csv/],
      [["embed", run, "--count", "20"], /20 examples are too few/],
      [["sample", run, "--label", "Bag"], /"variational" does not know classes/],
      [["likelihood", run, "--samples", "0"], /--samples is 0/],
      [["reconstruct", run, "--which", "worst", "--out", "w.gif"], /--out is w.gif[\s\S]*.svg, .png/],
      [["export", run, "--ability", "decoder"], /no ability "decoder"[\s\S]*Did you mean "decode"/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await morphogen(...args);
      assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, message, args.join(" "));
      assert.ok(!/at .*\.js:\d+/.test(stderr), `a stack trace for ${args.join(" ")}`);
    }
  });

  it("exits with 1 when the work fails", async () => {
    const { code, stderr } = await morphogen("train", "variational", ...tiny, "--learning-rate", "1e30", "--optimizer", "sgd", "--out", "nan");
    assert.equal(code, 1);
    assert.match(stderr, /The loss is not finite at step \d+, in phase "autoencoder"[\s\S]*--learning-rate/);
  });

  it("answers --help and --version at once, and without loading an engine", async () => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      const { code, stdout } = await morphogen("--help");
      times.push(performance.now() - start);
      assert.equal(code, 0);
      assert.match(stdout, /Usage: morphogen[\s\S]*train +train a model/);
    }
    assert.ok(Math.min(...times) < 300, `${Math.min(...times)} ms`);
    assert.match((await morphogen("--version")).stdout, /^\d+\.\d+\.\d+\n$/);
    assert.match((await morphogen("train", "variational", "--help")).stdout, /--latent-size <number>/);
    assert.match((await morphogen("similar", "--help")).stdout, /how many to find \(default 10\)[^(]*\(choices: train, validation,\s+test; default test\)/);
  });
});
