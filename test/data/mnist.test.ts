import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mnist } from "../../src/data/mnist.js";
import { DataError } from "../../src/errors.js";

// Fetched when it is not in the cache; where the registry cannot be reached there is nothing to check.
const loaded = await mnist.load({ split: "full" }).catch((error: unknown) => {
  if (error instanceof DataError && error.message.includes("nowhere to be had")) return error.message;
  throw error;
});

describe("MNIST has the published facts", { skip: typeof loaded === "string" && loaded }, () => {
  if (typeof loaded === "string") return;
  const { train, test } = loaded;

  it("60,000 and 10,000 images; first labels", () => {
    assert.deepEqual([train.count, test.count], [60_000, 10_000]);
    assert.deepEqual([Array.from(train.labels!.slice(0, 10)), Array.from(test.labels!.slice(0, 10))], [[5, 0, 4, 1, 9, 2, 1, 3, 1, 4], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]]);
  });

  it("mean 0.1307 and standard deviation 0.3081 of its pixels", () => {
    let [total, squares] = [0, 0];
    for (const byte of train.values) {
      total += byte;
      squares += byte * byte;
    }
    const mean = total / train.values.length / 255;
    assert.equal(mean.toFixed(4), "0.1307");
    assert.equal(Math.sqrt(squares / train.values.length / 255 ** 2 - mean ** 2).toFixed(4), "0.3081");
  });
});
