import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { imagesFromArray } from "../../src/data/arrays.js";
import { batchOf, gatherLabels, shuffledIndices, sliceExamples, takeExamples } from "../../src/data/batches.js";
import { findDataset } from "../../src/data/registry.js";
import type { Examples } from "../../src/data/dataset.js";
import { DataError, UsageError } from "../../src/errors.js";

const bytes: Examples = { spec: { kind: "images", shape: [1, 1, 2] }, count: 3, values: Uint8Array.of(0, 255, 51, 102, 255, 0), labels: Uint8Array.of(7, 8, 9) };
const rounded = (values: Float32Array) => Array.from(values, (x) => Number(x.toFixed(5)));

describe("batches", () => {
  it("are floats in the range asked for", () => {
    assert.deepEqual(rounded(batchOf(bytes, [2, 1], [0, 1])), [1, 0, 0.2, 0.4]);
    assert.deepEqual(rounded(batchOf(bytes, [0, 1], [-1, 1])), [-1, 1, -0.6, -0.2]);
    const floats = { ...bytes, values: Float32Array.of(0, 1, 0.2, 0.4, 1, 0) };
    assert.deepEqual(rounded(batchOf(floats, [1], [0, 1])), [0.2, 0.4]);
    assert.deepEqual(rounded(batchOf(floats, [1], [-1, 1])), [-0.6, -0.2]);
  });

  it("have their labels beside them", () => {
    const labels = new Int32Array(2);
    gatherLabels(bytes, [2, 0], labels);
    assert.deepEqual(Array.from(labels), [9, 7]);
  });

  it("slices are views", () => {
    const slice = sliceExamples(bytes, 1, 3);
    assert.equal(slice.values.buffer, bytes.values.buffer);
    assert.deepEqual([slice.count, Array.from(slice.values), Array.from(slice.labels!)], [2, [51, 102, 255, 0], [8, 9]]);
    assert.equal(takeExamples(bytes, 99).count, 3);
  });

  it("never take what is not there", () => {
    for (const index of [-1, 3, NaN]) assert.throws(() => batchOf(bytes, [index], [0, 1]), new RegExp(`There is no example ${index}`));
    for (const [start, end] of [[-1, 2], [2, 1], [0, 4], [0, 1.5]]) assert.throws(() => sliceExamples(bytes, start, end), /are not among the 3/);
  });
});

describe("the shuffled order", () => {
  it("is a permutation that depends on its arguments alone", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.maxSafeNat(), fc.nat(1000), (count, seed, epoch) => {
        const order = shuffledIndices(count, seed, epoch);
        assert.deepEqual(order, shuffledIndices(count, seed, epoch));
        assert.deepEqual(Array.from(order).sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
      }),
    );
  });

  it("differs between neighbouring seeds and epochs, large seeds too", () => {
    const orders = [[1, 0], [2, 0], [1, 1], [2, 1], [2 ** 32 + 1, 0], [2 ** 52, 3]].map(([seed, epoch]) => String(shuffledIndices(50, seed, epoch)));
    assert.equal(new Set(orders).size, orders.length);
  });

  it("puts every number everywhere equally often", () => {
    const first = new Array<number>(5).fill(0);
    for (let epoch = 0; epoch < 5000; epoch++) first[shuffledIndices(5, 9, epoch)[0]]++;
    for (const count of first) assert.ok(Math.abs(count - 1000) < 150, String(first));
  });
});

describe("a user's own arrays", () => {
  it("become splits, images and labels together", () => {
    const values = Uint8Array.from({ length: 20 }, (_, i) => Math.floor(i / 2));
    const { train, validation } = imagesFromArray(values, { shape: [1, 1, 2], labels: Array.from({ length: 10 }, (_, i) => i), validation: 0.2 });
    assert.deepEqual([train.count, validation.count], [8, 2]);
    for (const part of [train, validation]) for (let i = 0; i < part.count; i++) assert.deepEqual([part.values[2 * i], part.values[2 * i + 1]], [part.labels![i], part.labels![i]]);
    assert.deepEqual([...train.labels!, ...validation.labels!].sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("may be rows of numbers, and keep a test set of their own", () => {
    const rows = Array.from({ length: 10 }, (_, i) => [i / 10, i / 10]);
    const { train, validation, test } = imagesFromArray(rows, { shape: [1, 1, 2], validation: 0.2, test: 0.3 });
    assert.deepEqual([train.count, validation.count, test.count], [5, 2, 3]);
    const all = [train, validation, test].flatMap(({ values }) => Array.from(values)).sort((a, b) => a - b);
    assert.deepEqual(all, Array.from(Float32Array.from(rows.flat())));
  });

  it("are drawn by the seed", () => {
    const values = Uint8Array.from({ length: 40 }, (_, i) => i);
    const order = (seed: number) => String(imagesFromArray(values, { shape: [1, 1, 2], seed }).train.values);
    assert.equal(order(5), order(5));
    assert.notEqual(order(5), order(6));
  });

  it("are refused with the reason when they are wrong", () => {
    const shape = [1, 1, 2] as const;
    const four = new Uint8Array(8);
    assert.throws(() => imagesFromArray(new Uint8Array(7), { shape }), /7 values are not whole images of \[1, 1, 2\]/);
    assert.throws(() => imagesFromArray(new Uint8Array(2), { shape }), /Of 1 examples, 1 to validate and 0 to test on leave none/);
    assert.throws(() => imagesFromArray(new Uint8Array(0), { shape }), /Of 0 examples/);
    assert.throws(() => imagesFromArray([[0, 1], [1]], { shape }), /Row 1 has 1 values, not 2/);
    assert.throws(() => imagesFromArray(four, { shape, labels: [0, 1, 2, 1.5] }), /Label 3 is 1.5/);
    assert.throws(() => imagesFromArray(four, { shape, labels: [0, 1, 2, 3], classes: ["a", "b", "c"] }), /Label 3 is 3/);
    assert.throws(() => imagesFromArray(four, { shape: [0, 1, 2] }), UsageError);
    assert.throws(() => imagesFromArray(four, { shape, validation: 0.5, test: 0.5 }), UsageError);
    assert.throws(() => imagesFromArray(Float32Array.of(0, 1, 1.5, 0), { shape: [1, 1, 2] }), /Value 2 is 1.5, outside \[0, 1\]/);
    assert.throws(() => imagesFromArray(Float32Array.of(0, NaN, 0, 0), { shape: [1, 1, 2] }), DataError);
    assert.throws(() => imagesFromArray(new Uint8Array(4), { shape: [1, 1, 2], labels: [1] }), /2 images, but 1 labels/);
  });
});

describe("the registry", () => {
  it("suggests the nearest name", () => {
    assert.throws(() => findDataset("fashion-mnst"), (error: unknown) => error instanceof UsageError && /Did you mean "fashion-mnist"/.test(error.hint ?? ""));
  });
});
