import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatCsv, readCsv } from "../../src/data/csv.js";
import type { VectorSpec } from "../../src/data/dataset.js";
import type { FileOptions } from "../../src/data/file-options.js";
import { inOriginalUnits } from "../../src/data/table.js";
import { assertClose } from "../support/close.js";
import { helpful } from "./support.js";

function read(text: string, options: Partial<FileOptions> = {}) {
  const lines: string[] = [];
  const examples = readCsv(text, "t.csv", { validation: 0.1, test: 0.1, ...options }, { onProgress: (line) => lines.push(line) });
  return { ...examples, spec: examples.spec as VectorSpec, lines };
}

describe("a CSV file", () => {
  it("becomes vectors with each column scaled to [0, 1], which can be undone", () => {
    const { spec, values, count } = read("a,b\n1,-10\n3,30\n2,10\n");
    assert.deepEqual(spec, { kind: "vectors", shape: [2], columns: [{ name: "a", minimum: 1, maximum: 3 }, { name: "b", minimum: -10, maximum: 30 }] });
    assert.deepEqual([count, Array.from(values)], [3, [0, 0, 1, 1, 0.5, 0.5]]);
    assert.deepEqual(Array.from(inOriginalUnits(Float32Array.of(0, 0, 1, 1, 0.5, 0.5), spec.columns, [0, 1])), [1, -10, 3, 30, 2, 10]);
    assert.deepEqual(Array.from(inOriginalUnits(Float32Array.of(-1, 0), spec.columns, [-1, 1])), [1, 10]);
  });

  it("gives back every table of numbers, scaled and undone", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 20 }), (rows) => {
        const { spec, values } = read(rows.map((row) => row.join(",")).join("\r\n"));
        const back = inOriginalUnits(Float32Array.from(values), spec.columns!, [0, 1]);
        // The scale of each column is exact, its values are floats.
        spec.columns!.forEach(({ minimum, maximum }, c) => rows.forEach((row, r) => assert.ok(Math.abs(back[3 * r + c] - row[c]) <= 1e-6 * (maximum - minimum) + 1e-9)));
        assert.ok(values.every((value) => value >= 0 && value <= 1));
      }),
    );
  });

  it("is read with or without a header, with commas, semicolons or tabs, quotes, blank lines and a mark of its order of bytes", () => {
    const cases: [string, string[]][] = [
      ["a,b\n1,2\n3,4\n", ["a", "b"]],
      ["1,2\n3,4", ["column 1", "column 2"]],
      ["a;b\r\n1;2\r\n3;4\r\n", ["a", "b"]],
      ["a\tb\n1\t2\n\n3\t4\n\n", ["a", "b"]],
      ['"a, or so","b"\n"1",2\n 3 , 4 \n', ["a, or so", "b"]],
      [new TextDecoder().decode(Buffer.from("\ufeffa,b\n1,2\n3,4\n")), ["a", "b"]],
      ["a,\n1,2\n3,4\n", ["a", "column 2"]],
    ];
    for (const [text, names] of cases) {
      const { spec, values } = read(text);
      assert.deepEqual([spec.columns!.map(({ name }) => name), Array.from(values)], [names, [0, 0, 1, 1]], text);
    }
    assert.deepEqual(read("7\n5\n6").values, Float32Array.of(1, 0, 0.5));
    assert.deepEqual(read("a,b\n5,1\n5,2\n").values, Float32Array.of(0, 0, 0, 1));
  });

  it("takes classes from a column, and learns the columns it is told to", () => {
    const text = "id,kind,x\n7,cat,1\n8,dog,2\n9,cat,3\n";
    const { spec, labels, values } = read(text, { labelColumn: "kind", columns: ["x"] });
    assert.deepEqual([spec.classes, Array.from(labels!), Array.from(values)], [["cat", "dog"], [0, 1, 0], [0, 0.5, 1]]);
    assert.deepEqual(read("y,x\n10,1\n9,2\n10,3\n", { labelColumn: "y" }).spec.classes, ["9", "10"]);
    assert.deepEqual(read("1,a\n2,b\n", { labelColumn: "column 2" }).spec.classes, ["a", "b"]);
    assert.throws(() => read(text, { labelColumn: "knd" }), helpful(/t.csv has no column "knd"/));
    assert.throws(() => read(text, { columns: ["z"] }), helpful(/t.csv has no column "z"/));
  });

  it("names the row and the column of what is no number, or leaves such rows out and says so", () => {
    const cases: [string, RegExp][] = [
      ["a,b\n1,2\n3,\n", /t.csv, row 3, column "b": the cell is empty/],
      ["a,b\n1,2\n\n3,NA\n", /t.csv, row 4, column "b": "NA" is not a number/],
      ["a;b\n1;2\n3,5;4\n", /t.csv, row 3, column "a": "3,5" is not a number/],
      ["1,2\n3,4\n5,Infinity\n", /t.csv, row 3, column "column 2": "Infinity" is not a number/],
      ["1,2\n3,4,5\n", /t.csv, row 2 has 3 cells, not 2/],
      ["", /t.csv is empty/],
      ["a;b\n1,5;2\n3;4\n", /t.csv, row 2, column "a": "1,5" is not a number/],
      ["a,b\n", /t.csv has a row of names, but none of numbers/],
      ["a,b\nc,d\n", /t.csv, row 1, column "column 1": "a" is not a number/],
    ];
    for (const [text, message] of cases) assert.throws(() => read(text), helpful(message), text);
    const { count, values, labels, lines } = read("a,kind\n1,x\n?,y\n3,\n2,z\n4\n", { labelColumn: "kind", skipBad: true });
    assert.deepEqual([count, Array.from(values), Array.from(labels!)], [2, [0, 1], [0, 1]]);
    assert.deepEqual(lines, ['left out 3 of the 5 rows of t.csv: row 3, column "a": "?" is not a number; row 4, column "kind": the cell is empty; row 6 has 1 cell, not 2']);
  });

  it("is refused where a quotation mark is never closed, as nobody knows how many rows that would leave out", () => {
    for (const skipBad of [false, true]) assert.throws(() => read('a,b\n1,2\n"3,4\n5,6\n', { skipBad }), helpful(/t.csv, row 3: a quotation mark is opened and never closed/));
  });

  it("becomes time series where a window is named: rows one after the other, whole windows only", () => {
    const text = `t\n${Array.from({ length: 11 }, (_, i) => i).join("\n")}\n`;
    const { spec, count, values, lines } = read(text, { window: 4 });
    assert.deepEqual([spec.kind, spec.shape, count], ["series", [4, 1], 2]);
    assert.deepEqual(Array.from(values, (value) => Math.round(7 * value)), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(lines, ["the last 3 rows do not make a whole series of 4 and are not used"]);
    // A row that is left out takes its series with it.
    assert.equal(read(text.replace("\n5\n", "\nx\n"), { window: 4, skipBad: true }).count, 1);
    assert.throws(() => read(text, { window: 12 }), helpful(/11 rows are too few for one series of 12/));
    assert.throws(() => read("a,b\n1,2\n", { window: 1, labelColumn: "b" }), helpful(/label column is of single rows/));
  });

  it("is written with names in quotes where they need them, and the digits that count", () => {
    assert.equal(formatCsv(["a", "b, c"], [[1, 1 / 3], [-123456789, 0]]), 'a,"b, c"\n1,0.3333333\n-123456789,0\n');
    assert.equal(formatCsv(["name", "count"], [["a, b", 2], ["0.10", 1]]), 'name,count\n"a, b",2\n0.10,1\n');
    const { values } = read(formatCsv(["a"], [[0.25], [0.5], [0.75]]));
    assertClose(values, [0, 0.5, 1], 1e-7);
  });
});
