import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import type { VectorSpec } from "../../src/data/dataset.js";
import { encodeNpy } from "../../src/data/npy.js";
import { isPath, loadFiles } from "../../src/data/own-files.js";
import { inOriginalUnits } from "../../src/data/table.js";
import { UsageError } from "../../src/errors.js";
import { folderOf, helpful, png } from "./support.js";

const table = `a,b\n${Array.from({ length: 20 }, (_, i) => `${i},${i * i}`).join("\n")}\n`;

describe("a user's own files", () => {
  it("are told from datasets by a slash, a dot, or by being there", () => {
    assert.deepEqual(["./photos", "photos/", "a.csv", "..", "C:\\photos", "src"].map(isPath), Array(6).fill(true));
    assert.deepEqual(["fashion-mnist", "photos"].map(isPath), [false, false]);
  });

  it("remember where they came from, absolutely, and what they were", async () => {
    const folder = folderOf({ "t.csv": table, "x.npy": encodeNpy([4, 1], Float32Array.of(1, 2, 3, 4)), "y.npy": encodeNpy([4], Float32Array.of(0, 0, 1, 1)) });
    const { origin, train, validation, test } = await loadFiles(relative(process.cwd(), join(folder, "t.csv")), { validation: 0.2 });
    assert.deepEqual([origin!.path, origin!.options, origin!.fingerprint.files], [join(folder, "t.csv"), { validation: 0.2, test: 0.1 }, 1]);
    assert.deepEqual([train.count, validation.count, test.count], [14, 4, 2]);
    const labelled = await loadFiles(join(folder, "x.npy"), { labels: relative(process.cwd(), join(folder, "y.npy")) });
    assert.equal(labelled.origin!.options.labels, join(folder, "y.npy"));
    assert.deepEqual((await loadFiles(labelled.origin!.path, labelled.origin!.options)).origin, labelled.origin);
  });

  it("are tables in UTF-8 and, where they begin with its mark, in UTF-16", async () => {
    const little = Buffer.from(`\ufeff${table}`, "utf16le");
    const folder = folderOf({ "eight.csv": table, "little.csv": little, "big.csv": Buffer.from(little).swap16() });
    const [eight, ...others] = await Promise.all(["eight.csv", "little.csv", "big.csv"].map((name) => loadFiles(join(folder, name))));
    for (const { train } of others) assert.deepEqual(train, eight.train);
  });

  it("scale columns by the rows that train alone, windows too; others may lie outside and keep their values", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [i + 1, 1 + ((17 * i) % 40)]);
    const folder = folderOf({ "t.csv": `a,b\n${rows.join("\n")}\n`, "t.npy": encodeNpy([40, 2], Float32Array.from(rows.flat())) });
    for (const name of ["t.csv", "t.npy"])
      for (const window of [undefined, 2]) {
        const { train, validation, test } = await loadFiles(join(folder, name), { window, validation: 0.3, test: 0.3 });
        const columns = (train.spec as VectorSpec).columns!;
        columns.forEach(({ minimum, maximum }, column) => {
          const values = train.values.filter((_, i) => i % 2 === column);
          assert.deepEqual([Math.min(...values), Math.max(...values)], [0, 1]);
          assert.ok(maximum - minimum < 39);
        });
        assert.ok([...validation.values, ...test.values].some((value) => value < 0 || value > 1));
        const back = [train, validation, test].flatMap(({ values }) => Array.from(inOriginalUnits(Float32Array.from(values), columns, [0, 1]), Math.round));
        assert.deepEqual(Array.from(rows, (_, i) => back.slice(2 * i, 2 * i + 2)).sort((p, q) => p[0] - q[0]), rows);
      }
  });

  it("have another fingerprint when a file is added, or has another size or content", async () => {
    const images = { "a.png": png(2, 2, 1, 1), "b.png": png(2, 2, 1, 2), "c.png": png(2, 2, 1, 3) };
    const of = async (path: string) => (await loadFiles(path)).origin!.fingerprint.sha256;
    const [once, again, more, larger] = await Promise.all([images, images, { ...images, "d.png": images["a.png"] }, { ...images, "c.png": png(2, 2, 1, [1, 9, 7, 200]) }].map((files) => of(folderOf(files))));
    assert.equal(once, again);
    assert.equal(new Set([once, more, larger]).size, 3);
    assert.notEqual(await of(join(folderOf({ "t.csv": table }), "t.csv")), await of(join(folderOf({ "t.csv": table.replace("3,9", "3,8") }), "t.csv")));
  });

  it("are refused with the way out when they are not there, of no known kind, or an option does not fit", async () => {
    const folder = folderOf({ "t.csv": table, "t.xlsx": "", "y.npy": "nonsense" });
    const cases: [string, object, RegExp][] = [
      [join(folder, "none.csv"), {}, /There is no file or folder .*none.csv/],
      [join(folder, "t.xlsx"), {}, /t.xlsx is no kind of file that can be read/],
      [join(folder, "t.csv"), { size: "28" }, /"size" says nothing about .*t.csv, a CSV file/],
      [folder, { labelColumn: "a" }, /"labelColumn" says nothing about .*, a folder of images/],
      [join(folder, "t.csv"), { test: 2 }, /Data: test/],
      [join(folder, "t.csv"), { labelcolumn: "a" }, /labelcolumn/],
      [join(folder, "t.csv"), { validation: 0.5, test: 0.5 }, /validation is 0.5 and test is 0.5/],
    ];
    for (const [path, options, message] of cases) await assert.rejects(loadFiles(path, options), (error: unknown) => error instanceof UsageError && helpful(message)(error), String(message));
  });
});
