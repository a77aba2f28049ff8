import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { figure, operands } from "../../src/cli/plan-table.js";
import { onednnEngine } from "../../src/engines/onednn/index.js";
import { EngineError } from "../../src/errors.js";
import { assertClose } from "../support/close.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line; nothing is fetched, so the data set need not be there. */
const explain = (given: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, "explain", ...given], { env: { ...process.env, ...env } }, (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }));
  });

const tiny = ["variational", "--channels", "4,8", "--latent-size", "3", "--batch-size", "8"];

interface Row {
  readonly plan: string;
  readonly step: number;
  readonly title: string;
  readonly flop: number;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly share: number;
}
interface Summary {
  readonly model: string;
  readonly batchSize: number;
  readonly machine: Readonly<Record<string, number>>;
  readonly plans: readonly { readonly name: string; readonly arenaBytes: number; readonly variableBytes: number; readonly total: { readonly steps: number; readonly flop: number; readonly milliseconds: number } }[];
}

async function json(...given: string[]): Promise<{ rows: Row[]; summary: Summary }> {
  const { code, stdout, stderr } = await explain([...tiny, ...given, "--json"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.trim().split("\n");
  return { rows: lines.slice(0, -1).map((line) => JSON.parse(line) as Row), summary: JSON.parse(lines.at(-1)!) as Summary };
}

const missing = await onednnEngine().then(
  (engine) => engine.dispose().then(() => false as const),
  (error: unknown) => {
    if (error instanceof EngineError) return error.message;
    throw error;
  },
);

describe("morphogen explain", { skip: missing }, () => {
  it("prints a row for each step and a summary, in 100 columns", async () => {
    const { code, stdout, stderr } = await explain(tiny);
    assert.deepEqual([code, stderr], [0, ""]);
    const lines = stdout.split("\n");
    assert.match(lines[0], /^variational, training step "autoencoder", batch of 8, on onednn \d\S* with \d+ threads$/);
    assert.match(lines[2], /^ *# +ms +% +GF +MB +GF\/s +GB\/s +op +library +operands$/);
    assert.match(stdout, /\n +2 +[\d.]+ +[\d.]+ .* conv2d \+ bias \+ relu +\S+ +8x1x28x28 → 8x4x14x14 acdb\n/);
    assert.match(stdout, /\n\d+ steps take [\d.]+ ms; .*\nwork: .*\nmemory: [\d.]+ MB of arena, [\d.]+ MB of variables\nlimit: [\d.]+ ms of arithmetic at [\d.]+ GFLOP\/s, [\d.]+ ms of memory traffic at [\d.]+ GB\/s; measured [\d.]+ ms\n$/);
    const table = lines.slice(2, lines.indexOf("", 2));
    assert.ok(table.every((line) => line.length <= 100), table.find((line) => line.length > 100));
  });

  it("prints one JSON object per step, then a summary that they add up to", async () => {
    const { rows, summary } = await json();
    const [plan] = summary.plans;
    assert.deepEqual(rows.map(({ step }) => step), Array.from({ length: plan.total.steps }, (_, i) => i + 1));
    assert.deepEqual([summary.model, summary.batchSize, plan.name, rows[0].plan], ["variational", 8, "autoencoder", "autoencoder"]);
    const sum = (pick: (row: Row) => number): number => rows.reduce((total, row) => total + pick(row), 0);
    assertClose([sum(({ share }) => share), sum(({ flop }) => flop), sum(({ milliseconds }) => milliseconds)], [1, plan.total.flop, plan.total.milliseconds], 1e-9);
    assert.ok(Object.values(summary.machine).every((rate) => rate > 0));
    assert.ok(plan.arenaBytes > 0 && plan.variableBytes > 0);
  });

  it("explains what it is asked for: an ability, another optimizer, the most expensive steps, sums", async () => {
    const training = await json("--optimizer", "sgd");
    const sample = await json("--ability", "sample");
    assert.deepEqual(sample.summary.plans.map(({ name }) => name), ["sample"]);
    assert.ok(sample.rows.length < training.rows.length / 2);
    assert.ok(!sample.rows.some(({ title }) => title.startsWith("conv2dKernelGradient")));
    const { rows } = await json("--top", "3");
    assert.equal(rows.length, 3);
    assert.ok(rows[0].milliseconds >= rows[1].milliseconds && rows[1].milliseconds >= rows[2].milliseconds);
    for (const flags of [["--by", "kind"], ["--summary"]]) assert.match((await explain([...tiny, ...flags])).stdout, /steps +ms +% .*first op\n[\s\S]* conv2d\n/);
  });

  it("exits with 2 and the way out when it is used wrongly", async () => {
    const cases: [string[], RegExp][] = [
      [["variational", "--engine", "onnx"], /engine "onnx" has no plan to show\nOnly onednn/],
      [["variational", "--ability", "sampel"], /no ability "sampel"\nDid you mean "sample"/],
      [["variational", "--top", "0"], /--top is 0/],
      [["variational", "--data", "fashion"], /There is no dataset "fashion"/],
      [["varational"], /There is no model "varational"/],
      [[], /No model was named\nmorphogen explain <model>/],
    ];
    for (const [given, message] of cases) {
      const { code, stderr } = await explain(given);
      assert.equal(code, 2, `${given.join(" ")}: ${stderr}`);
      assert.match(stderr, message);
    }
  });
});

describe("morphogen explain without oneDNN", () => {
  it("exits with 1 and says what is missing", async () => {
    const { code, stdout, stderr } = await explain(tiny, { MORPHOGEN_ONEDNN: "/nowhere/libdnnl.so" });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^error: oneDNN was not found:[\s\S]*run: morphogen setup\n$/);
  });
});

describe("the cells of a plan's table", () => {
  const operand = (text: string) => ({ shape: text.split(" ")[0].split("x").map(Number), layout: text.split(" ")[1], dtype: "float32" as const });
  const cell = (from: string, to: string): string => operands({ reads: [operand(from)], writes: [operand(to)] });

  it("say of the operands what differs", () => {
    assert.equal(cell("8x32x28x28 acdb", "8x64x14x14 acdb"), "8x32x28x28 → 8x64x14x14 acdb");
    assert.equal(cell("8x32x28x28 abcd", "8x32x28x28 acdb"), "8x32x28x28 abcd → acdb");
    assert.equal(cell("8x32x28x28 acdb", "64x32x3x3 ABcd16b16a"), "8x32x28x28 acdb → 64x32x3x3 ABcd16b16a");
    assert.equal(cell("16x128 ba", "16x300 ab"), "16x128 ba → 16x300 ab");
    assert.equal(cell("128x16 ab", "128x300 ab"), "128x16 → 128x300");
    assert.equal(cell("2048 a", "2048 a"), "2048");
    assert.equal(operands({ reads: [], writes: [operand("128x32 ab")] }), "128x32");
  });

  it("do not tell layouts apart that differ in an axis of size 1", () => {
    assert.equal(cell("8x1x28x28 abcd", "8x32x14x14 acdb"), "8x1x28x28 → 8x32x14x14 acdb");
    assert.equal(cell("8x32x28x28 acdb", "8x1x28x28 abcd"), "8x32x28x28 → 8x1x28x28 acdb");
  });

  it("have about three digits", () => {
    assert.deepEqual([1234.5, 123.4, 99.97, 12.345, 9.996, 1.2345, 0.9996, 0.12345, 0.0004, 0].map((x) => figure(x)), ["1235", "123", "100", "12.3", "10.0", "1.23", "1.00", "0.123", "0", "0"]);
    assert.deepEqual([0.123, 0.004, 12.3].map((x) => figure(x, 2)), ["0.12", "0", "12.3"]);
  });
});
