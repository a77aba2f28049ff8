import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fashionMnist } from "../../src/data/fashion-mnist.js";
import type { Examples } from "../../src/data/dataset.js";
import { DataError } from "../../src/errors.js";

const countsOf = ({ labels, count }: Examples) => {
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < count; i++) counts[labels![i]]++;
  return counts;
};

// Fetched when it is not in the cache; where no source can be reached there is nothing to check.
const loaded = await Promise.all([fashionMnist.load({ split: "full" }), fashionMnist.load({ split: "book" })]).catch((error: unknown) => {
  if (error instanceof DataError && error.message.includes("nowhere to be had")) return error.message;
  throw error;
});

describe("Fashion-MNIST has the published facts", { skip: typeof loaded === "string" && loaded }, () => {
  if (typeof loaded === "string") return;
  const [full, book] = loaded;

  it("60,000 and 10,000 images, balanced over ten classes", () => {
    assert.deepEqual([full.train.count, full.test.count, full.train.values.length], [60_000, 10_000, 47_040_000]);
    assert.deepEqual(countsOf(full.train), new Array(10).fill(6000));
    assert.deepEqual(countsOf(full.test), new Array(10).fill(1000));
  });

  it("first labels", () => {
    assert.deepEqual(Array.from(full.train.labels!.slice(0, 10)), [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    assert.deepEqual(Array.from(full.test.labels!.slice(0, 10)), [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]);
  });

  it("mean 0.2860 and standard deviation 0.3530 of its pixels", () => {
    let [total, squares] = [0, 0];
    for (const byte of full.train.values) {
      total += byte;
      squares += byte * byte;
    }
    const mean = total / full.train.values.length / 255;
    assert.equal(mean.toFixed(4), "0.2860");
    assert.equal(Math.sqrt(squares / full.train.values.length / 255 ** 2 - mean ** 2).toFixed(4), "0.3530");
  });

  it("the book keeps the last 5,000 training images to validate", () => {
    assert.deepEqual([book.train.count, book.validation.count, book.test.count], [55_000, 5000, 10_000]);
    assert.deepEqual(book.validation.values.subarray(0, 784), full.train.values.subarray(55_000 * 784, 55_001 * 784));
    assert.deepEqual(Array.from(book.validation.labels!.slice(0, 5)), Array.from(full.train.labels!.slice(55_000, 55_005)));
  });
});
