import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readArrays } from "../../src/data/array-file.js";
import type { FileOptions } from "../../src/data/file-options.js";
import { decodeNpy, encodeNpy } from "../../src/data/npy.js";
import { DataError } from "../../src/errors.js";
import { arrays, helpful } from "./support.js";

const npy = (shape: readonly number[], values: readonly number[]) => ({ name: "x.npy", bytes: encodeNpy(shape, Float32Array.from(values)) });
const bytesOf = (shape: readonly number[], values: readonly number[]) => {
  const floats = encodeNpy(shape, new Float32Array());
  return { name: "x.npy", bytes: Buffer.concat([Buffer.from(Buffer.from(floats).toString("latin1").replace("<f4", "|u1"), "latin1"), Buffer.from(values)]) };
};
function read(file: { readonly name: string; readonly bytes: Uint8Array }, options: Partial<FileOptions> = {}, labels?: typeof file) {
  const lines: string[] = [];
  return { ...readArrays(file, labels, { validation: 0.1, test: 0.1, ...options }, { onProgress: (line) => lines.push(line) }), lines };
}

describe("NPY", () => {
  it("is read as NumPy wrote it, whatever the type, the order of bytes and the version", () => {
    for (const [type, file] of Object.entries(arrays.npy)) {
      const { shape, values } = decodeNpy(file, type);
      assert.deepEqual([shape, Array.from(values)], [[2, 3], type === "bool" ? [0, 1, 0, 1, 0, 1] : [0, 1, 2, 3, 4, 5]], type);
    }
    for (const file of arrays.versions) assert.deepEqual(Array.from(decodeNpy(file, "f").values), [0, 1, 2, 3, 4, 5]);
  });

  it("is written as NumPy would write it", () => {
    assert.deepEqual(Buffer.from(encodeNpy([2, 3], Float32Array.of(0, 1, 2, 3, 4, 5))), Buffer.from(arrays.npy.float32));
    assert.deepEqual(Buffer.from(encodeNpy([2, 3], Float64Array.of(0, 1, 2, 3, 4, 5))), Buffer.from(arrays.npy.float64));
    const { shape, values } = decodeNpy(encodeNpy([3], Float32Array.of(7, 8, 9)), "f");
    assert.deepEqual([shape, Array.from(values)], [[3], [7, 8, 9]]);
  });

  it("is refused by name when it holds something else, is laid out otherwise or damaged", () => {
    const whole = arrays.npy.float32;
    const huge = Buffer.from(Buffer.from(whole).toString("latin1").replace("(2, 3), }", "(999999999999, 3), }"), "latin1");
    const cases: [Uint8Array, RegExp][] = [
      [arrays.refused.float16, /f holds values of type f2/],
      [arrays.refused.complex64, /f holds values of type c8/],
      [arrays.refused.fortran, /f is in Fortran order/],
      [arrays.refused.record, /f holds more than numbers/],
      [whole.subarray(0, whole.length - 1), /f should have 2 x 3 values of 4 bytes, but 23 bytes follow/],
      [whole.subarray(0, 50), /f is cut off within its header/],
      [huge, /f should have 999999999999 x 3 values of 4 bytes/],
      [Buffer.from("a,b\n1,2\n3,4\n5,6"), /f is no NPY file/],
      [Uint8Array.from(whole, (byte, i) => (i === 6 ? 9 : byte)), /f is of NPY version 9/],
    ];
    for (const [bytes, message] of cases) assert.throws(() => decodeNpy(bytes, "f"), helpful(message), String(message));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        try {
          decodeNpy(Uint8Array.from(whole, (byte, i) => (i === at ? value : byte)), "f");
        } catch (error) {
          assert.ok(error instanceof DataError, String(error));
        }
      }),
    );
  });
});

describe("arrays in files", () => {
  it("are vectors with two axes, scaled column by column", () => {
    const { spec, values } = read(npy([3, 2], [1, 0, 2, 0, 3, 5]));
    assert.deepEqual(spec, { kind: "vectors", shape: [2], columns: [{ name: "column 1", minimum: 1, maximum: 3 }, { name: "column 2", minimum: 0, maximum: 5 }] });
    assert.deepEqual(Array.from(values), [0, 0, 0.5, 0, 1, 1]);
  });

  it("are images with three axes or four, channels first or last, of bytes or of floats in [0, 1]", () => {
    assert.deepEqual([read(bytesOf([2, 1, 2], [1, 2, 3, 255])).spec.shape, read(bytesOf([2, 1, 2], [1, 2, 3, 255])).values], [[1, 1, 2], Uint8Array.of(1, 2, 3, 255)]);
    const [first, last] = [[1, 4, 2, 5, 3, 6], [1, 2, 3, 4, 5, 6]];
    const [channelsFirst, channelsLast] = [read(bytesOf([1, 3, 1, 2], first)), read(bytesOf([1, 1, 2, 3], last))];
    assert.deepEqual([channelsFirst.spec.shape, channelsLast.spec.shape], [[3, 1, 2], [3, 1, 2]]);
    assert.deepEqual([Array.from(channelsFirst.values), Array.from(channelsLast.values)], [first, first]);
    assert.deepEqual(read(npy([1, 1, 2], [0.25, 1])).values, Float32Array.of(0.25, 1));
    assert.deepEqual(read({ name: "x.npy", bytes: Buffer.from(Buffer.from(arrays.npy.int64).toString("latin1").replace("(2, 3), }   ", "(2, 3, 1), }"), "latin1") }).values, Uint8Array.of(0, 1, 2, 3, 4, 5));
    assert.throws(() => read(npy([1, 1, 2], [0, 1.5])), helpful(/its value 1 is 1.5/));
    assert.throws(() => read(npy([1, 2, 2, 2], [0, 1, 0, 1, 0, 1, 0, 1])), helpful(/\[1, 2, 2, 2\], which does not hold images/));
  });

  it("are time series where they are said to be, each feature with one scale", () => {
    const { spec, values } = read(npy([2, 2, 2], [0, 10, 1, 20, 2, 30, 4, 30]), { kind: "series" });
    assert.deepEqual([spec.kind, spec.shape, Array.from(values)], ["series", [2, 2], [0, 0, 0.25, 0.5, 0.5, 1, 1, 1]]);
    assert.deepEqual(read(npy([4, 1], [0, 1, 2, 4]), { window: 2 }).spec.shape, [2, 1]);
    assert.throws(() => read(npy([2, 2, 2], [0, 10, 1, 20, 2, 30, 4, 30]), { kind: "vectors" }), helpful(/which does not hold vectors/));
    assert.throws(() => read(npy([2, 2, 2], [0, 10, 1, 20, 2, 30, 4, 30]), { kind: "series", window: 2 }), helpful(/which does not hold series/));
    assert.throws(() => read(npy([4], [0, 1, 2, 4])), helpful(/does not hold/));
  });

  it("have classes from a second file", () => {
    const labelled = read(npy([3, 1], [1, 2, 3]), {}, npy([3], [10, 9, 10]));
    assert.deepEqual([labelled.spec.classes, Array.from(labelled.labels!)], [["9", "10"], [1, 0, 1]]);
    assert.deepEqual(Array.from(read(bytesOf([2, 1, 1], [5, 6]), {}, npy([2], [1, 0])).labels!), [1, 0]);
    for (const x of [npy([3, 1], [1, 2, 3]), bytesOf([3, 1, 1], [1, 2, 3])]) assert.throws(() => read(x, {}, npy([2], [1, 2])), helpful(/3 (examples|images), but (there are )?2 labels/));
    assert.throws(() => read(npy([2, 1], [1, 2]), {}, npy([2, 1], [1, 2])), helpful(/labels in x.npy have the shape \[2, 1\]/));
  });

  it("name an item with NaN or an infinite value, or leave such out and say so", () => {
    const file = npy([3, 2], [1, 2, 3, NaN, 5, 6]);
    assert.throws(() => read(file), helpful(/x.npy, item 1: value 1 is NaN/));
    const { count, values, labels, lines } = read(file, { skipBad: true }, npy([3], [7, 8, 9]));
    assert.deepEqual([count, Array.from(values), Array.from(labels!)], [2, [0, 0, 1, 1], [0, 2]]);
    assert.deepEqual(lines, ["left out 1 of the 3 items of x.npy: item 1: value 1 is NaN"]);
  });

  it("are found in NPZ files: x and y, or the only one", () => {
    for (const kind of ["stored", "compressed"]) {
      const { spec, values, labels } = read({ name: "a.npz", bytes: arrays.npz[kind] });
      assert.deepEqual([spec.shape, Array.from(values), spec.classes, Array.from(labels!)], [[3], [0, 0, 0, 1, 1, 1], ["7", "9"], [0, 1]]);
    }
    assert.equal(read({ name: "a.npz", bytes: arrays.npz.single }).count, 2);
    assert.throws(() => read({ name: "a.npz", bytes: arrays.npz.strange }), helpful(/a.npz has no array "x"/));
    assert.throws(() => read({ name: "a.npz", bytes: arrays.npz.stored.subarray(0, 200) }), helpful(/a.npz is no whole NPZ file/));
  });
});
