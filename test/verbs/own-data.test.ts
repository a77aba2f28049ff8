import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { dataOf, loadData } from "../../src/verbs/prepare.js";
import { decodeNpy, DataError, denoisingTable, models, openTrained, reconstructionTable, referenceEngine, resume, sampleTable, train, UsageError, type TrainRequest, type VectorSpec } from "../../src/index.js";
import { fileOptions } from "../../src/data/file-options.js";
import { readRunConfig, trainingConfig } from "../../src/training/index.js";
import { assertClose } from "../support/close.js";
import { folderOf, helpful, png } from "../data/support.js";

/** Two columns of very different size that move together. */
const rows = Array.from({ length: 60 }, (_, i) => `${i / 10},${1000 + 5 * i},${["low", "high"][i % 2]}`);
const table = `x,y,kind\n${rows.join("\n")}\n`;
const small = { options: { hidden: [6], latentSize: 2 }, training: { epochs: 2, batchSize: 16 } };

async function trained(files: Parameters<typeof folderOf>[0], path: string, request: Omit<TrainRequest, "data" | "model">, model = "stacked") {
  const folder = folderOf(files);
  const out = join(folderOf({}), "run");
  const outcome = await train({ model, data: join(folder, path), engine: referenceEngine(), out, ...small, ...request });
  await outcome.dispose();
  return { folder, out, outcome };
}

describe("runs on a user's own files", () => {
  it("write reconstructions of vectors beside them, in the units they came in", async () => {
    const { outcome, out } = await trained({ "t.csv": table }, "t.csv", { files: { labelColumn: "kind" } });
    const { test } = await loadData(dataOf(await readRunConfig(out)));
    const originals = Float32Array.from(test.values);
    const [head, ...lines] = (await reconstructionTable(outcome, originals, "r.csv")).toString().trim().split("\n");
    assert.equal(head, "x,y,x reconstructed,y reconstructed,error");
    assert.equal(lines.length, 6);
    for (const line of lines) {
      const [x, y, x2, y2, error] = line.split(",").map(Number);
      assert.ok(rows.some((row) => row.startsWith(`${x},${y},`)), line);
      // Scaled to [0, 1]: x by 5.9, y by 295.
      assertClose([error], [(((x - x2) / 5.9) ** 2 + ((y - y2) / 295) ** 2) / 2], 1e-4);
    }
    const { shape, values } = decodeNpy(Buffer.from(await reconstructionTable(outcome, originals, "r.npy")), "r.npy");
    assert.deepEqual(shape, [2, 6, 2]);
    assertClose([values[0], values[12]], [0, 2].map((column) => Number(lines[0].split(",")[column])), 1e-5);
  });

  it("write what denoising makes of vectors and series beside them, in the units they came in", async () => {
    const options = { network: "dense", hidden: [6], latentSize: 2, corruption: "gaussian", stddev: 0.2 };
    const { outcome, out } = await trained({ "t.csv": table }, "t.csv", { options, files: { columns: ["x", "y"] } }, "denoising");
    const { test, train: { spec } } = await loadData(dataOf(await readRunConfig(out)));
    const originals = Float32Array.from(test.values);
    const { table: csv, corruptionError, denoisingError } = await denoisingTable(outcome, originals, "d.csv", { seed: 3 });
    const [head, ...lines] = csv.toString().trim().split("\n");
    assert.equal(head, "x,y,x corrupted,y corrupted,x denoised,y denoised,error");
    const cells = lines.map((line) => line.split(",").map(Number));
    assertClose([cells.reduce((sum, row) => sum + row[6], 0) / 6], [denoisingError], 1e-5);
    const widths = (spec as VectorSpec).columns!.map(({ minimum, maximum }) => maximum - minimum);
    assertClose([cells.reduce((sum, row) => sum + widths.reduce((total, width, column) => total + ((row[2 + column] - row[column]) / width) ** 2, 0) / 2, 0) / 6], [corruptionError], 1e-4);
    const npy = async (seed: number) => decodeNpy(Buffer.from((await denoisingTable(outcome, originals, "d.npy", { seed })).table), "d.npy");
    assert.deepEqual((await npy(3)).shape, [3, 6, 2]);
    assertClose((await npy(3)).values.slice(12, 14), cells[0].slice(2, 4), 1e-3);
    assert.notDeepEqual((await npy(4)).values.slice(12), (await npy(3)).values.slice(12));
    await assert.rejects(denoisingTable(outcome, originals, "d.csv", { noise: 0.2 }), (error: unknown) => error instanceof UsageError && helpful(/takes out what it was trained with/)(error));
    const series = (await trained({ "t.csv": table }, "t.csv", { options, training: { epochs: 1, batchSize: 4 }, files: { columns: ["x"], window: 5 } }, "denoising")).outcome;
    const steps = (await denoisingTable(series, new Float32Array(10), "d.csv")).table.toString().trim().split("\n");
    assert.deepEqual([steps.length, steps[0]], [11, "series,step,x,x corrupted,x denoised,error"]);
  });

  it("sample vectors and time series in their units, one row or one row for each step", async () => {
    const request = { options: { network: "dense", hidden: [6], latentSize: 2, likelihood: "gaussian" } };
    const vectors = (await trained({ "t.csv": table }, "t.csv", { ...request, files: { columns: ["y"] } }, "variational")).outcome;
    const lines = (await sampleTable(vectors, { count: 5 }, "s.csv")).toString().trim().split("\n");
    assert.deepEqual([lines.length, lines[0]], [6, "y"]);
    for (const y of lines.slice(1).map(Number)) assert.ok(y >= 1000 && y <= 1295);
    // The network of the default is for images: what is none takes the dense one.
    const series = (await trained({ "t.csv": table }, "t.csv", { options: { hidden: [6], latentSize: 2 }, training: { epochs: 1, batchSize: 4 }, files: { columns: ["x", "y"], window: 5 } }, "variational")).outcome;
    const steps = (await sampleTable(series, { count: 2 }, "s.csv")).toString().trim().split("\n");
    assert.deepEqual([steps.length, steps[0], steps[6].slice(0, 4)], [11, "series,step,x,y", "1,0,"]);
    assert.deepEqual(decodeNpy(Buffer.from(await sampleTable(series, { count: 2 }, "s.npy")), "s").shape, [2, 5, 2]);
  });

  it("sample vectors of the class asked for, or of all in turn, and say which", async () => {
    const { outcome } = await trained({ "t.csv": table }, "t.csv", { options: { network: "dense", hidden: [4], latentSize: 2 }, files: { labelColumn: "kind" } }, "conditional-gan");
    const [head, ...lines] = (await sampleTable(outcome, { count: 3 }, "s.csv")).toString().trim().split("\n");
    assert.deepEqual([head, lines.map((line) => line.split(",")[2])], ["x,y,class", ["high", "low", "high"]]);
    const low = (await sampleTable(outcome, { count: 3, labels: [1, 1, 1] }, "s.csv")).toString().trim().split("\n").slice(1);
    assert.deepEqual(low.map((line) => line.split(",")[2]), ["low", "low", "low"]);
    // The same noise: only where the class is another, the row is.
    assert.deepEqual(lines.map((line, i) => line === low[i]), [false, true, false]);
  });

  it("read their data again from what config.json says, to the same examples", async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i % 3}/${i}.png`, png(5, 4, 3, [i, 2 * i, 200])]));
    const { out, folder } = await trained(files, ".", { files: { size: "4", color: "grey" } });
    const config = await readRunConfig(out);
    assert.deepEqual([config.data.name, config.data.files], [folder, { size: "4", color: "grey", validation: 0.1, test: 0.1 }]);
    const [once, again] = [await loadData({ data: folder, files: { size: "4", color: "grey" } }), await loadData(dataOf(config))];
    assert.deepEqual([once.train.values, once.test.labels], [again.train.values, again.test.labels]);
    assert.deepEqual(again.train.spec, { kind: "images", shape: [1, 4, 4], classes: ["0", "1", "2"] });
  });

  it("say when the files have changed since, and do not go on training with others", async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}.png`, png(4, 4, 1, i)]));
    const { out, folder } = await trained(files, ".", {});
    const lines: string[] = [];
    const load = async () => loadData(dataOf(await readRunConfig(out)), (line) => lines.push(line));
    await load();
    assert.ok(!lines.some((line) => /changed/.test(line)));
    writeFileSync(join(folder, "new.png"), png(4, 4, 1, 99));
    await load();
    assert.match(lines.at(-1)!, /^warning: .* has changed since the run was trained: there were 30 files, and are 31$/);
    await assert.rejects(resume(out, { epochs: 3, engine: referenceEngine() }), (error: unknown) => error instanceof DataError && helpful(/has changed since the run was begun/)(error));
    rmSync(join(folder, "new.png"));
    const longer = await resume(out, { epochs: 3, engine: referenceEngine() });
    assert.equal(longer.result.status, "finished");
    await longer.dispose();
    for (const name of Object.keys(files)) writeFileSync(join(folder, name), png(3, 3, 1, 7));
    await assert.rejects(load(), helpful(/no longer alike/));
    await assert.rejects(openTrained(out).then(() => rmSync(folder, { recursive: true })).then(load), helpful(/There is no file or folder/));
  });

  it("refuse names that are no dataset and options that are about files", async () => {
    await assert.rejects(loadData({ data: "fashion-mnis" }), (error: unknown) => error instanceof UsageError && helpful(/no dataset "fashion-mnis"/)(error));
    await assert.rejects(loadData({ data: "fashion-mnist", files: { size: "3" } }), (error: unknown) => error instanceof UsageError && helpful(/"size" is about files/)(error));
  });

  it("have flags that no model and no setting of training has", () => {
    for (const schema of [trainingConfig, ...models.map(({ options }) => options)]) for (const name of Object.keys(schema.shape)) assert.ok(!(name in fileOptions.shape), name);
  });
});
