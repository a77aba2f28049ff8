import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { euclidean, hamming, nearest, nearestNeighbours, neighbourAccuracy, roundToBits } from "../../src/analysis/neighbours.js";
import { principalComponents } from "../../src/analysis/principal-components.js";
import { trustworthiness } from "../../src/analysis/trustworthiness.js";
import { ShapeError, UsageError } from "../../src/errors.js";
import { assertClose } from "../support/close.js";

interface Oracle {
  readonly original: readonly number[];
  readonly embedded: readonly number[];
  readonly labels: readonly number[];
  readonly trustworthiness: Readonly<Record<string, number>>;
  readonly accuracy: Readonly<Record<string, number>>;
}
const oracle = JSON.parse(readFileSync(new URL("oracles/trustworthiness.json", import.meta.url), "utf8")) as Oracle;
const original = { values: Float64Array.from(oracle.original), size: 4 };
const embedded = { values: Float64Array.from(oracle.embedded), size: 2 };
const line = (...values: number[]) => ({ values: Float32Array.from(values), size: 1 });

describe("neighbours among codings", () => {
  it("are nearest first; of those as near, the first come first", () => {
    const codings = Float32Array.of(0, 0, 3, 4, 1, 0, 0, 1, -6, 8);
    assert.deepEqual(nearest(codings, [0, 0], 4), [{ index: 0, distance: 0 }, { index: 2, distance: 1 }, { index: 3, distance: 1 }, { index: 1, distance: 5 }]);
    assert.equal(nearest(codings, [0, 0], 99).length, 5);
  });

  it("in bits: codings are rounded, then the places that differ are counted", () => {
    assert.deepEqual(Array.from(roundToBits([0, 0.49, 0.5, 1])), [0, 0, 1, 1]);
    assert.equal(hamming([0.1, 0.9, 0.4, 0.6], [0.2, 0.1, 0.6, 0.7]), 2);
    const bits = roundToBits([0.1, 0.9, 0.4, 0.6, 0.2, 0.1, 0.6, 0.7]);
    assert.deepEqual(nearest(bits, bits.subarray(4), 2, hamming), [{ index: 1, distance: 0 }, { index: 0, distance: 2 }]);
  });

  it("distances are metrics, and the Hamming distance of bits is the square of the Euclidean", () => {
    const bits = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(bits, bits, bits, (a, b, c) => {
        assert.ok(Math.abs(euclidean(a, b) ** 2 - hamming(a, b)) < 1e-9);
        for (const distance of [euclidean, hamming]) assert.ok(distance(a, a) === 0 && distance(a, b) === distance(b, a) && distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9);
      }),
    );
  });

  it("refuses codings of another size", () => {
    assert.throws(() => nearest(new Float32Array(5), [1, 2], 1), (error: unknown) => error instanceof ShapeError && /5 values are not whole codings of the query's 2/.test(error.message));
  });
});

describe("nearest neighbours", () => {
  it("are the nearest others, the nearest first, of equally near ones the lower number first", () => {
    const { indices, squaredDistances } = nearestNeighbours(line(0, 1, 3, 6, 6), 2);
    assert.deepEqual(Array.from(indices), [1, 2, 0, 2, 1, 0, 4, 2, 3, 2]);
    assert.deepEqual(Array.from(squaredDistances), [1, 9, 1, 4, 4, 9, 0, 9, 0, 9]);
  });

  it("tell the class of a point as in scikit-learn", () => {
    for (const [k, accuracy] of Object.entries(oracle.accuracy)) assertClose([neighbourAccuracy(nearestNeighbours(embedded, Number(k)), oracle.labels)], [accuracy], 1e-12, `k = ${k}`);
  });

  it("refuse too many neighbours, values that are not whole points, and labels of other points", () => {
    assert.throws(() => nearestNeighbours(line(1, 2, 3), 3), (error: unknown) => error instanceof UsageError && /3 neighbours are wanted of 3 points/.test(error.message));
    assert.throws(() => nearestNeighbours({ values: new Float32Array(5), size: 2 }, 1), ShapeError);
    assert.throws(() => neighbourAccuracy(nearestNeighbours(line(1, 2, 3), 1), [0, 1]), ShapeError);
  });
});

describe("trustworthiness", () => {
  it("is scikit-learn's", () => {
    for (const [k, value] of Object.entries(oracle.trustworthiness)) assertClose([trustworthiness(original, embedded, Number(k))], [value], 1e-12, `k = ${k}`);
  });

  it("is 1 for the points themselves", () => assert.equal(trustworthiness(original, original, 12), 1));

  it("refuses more neighbours than half of the points, and pictures of other points", () => {
    assert.throws(() => trustworthiness(original, embedded, 20), /20 neighbours needs more than 40 points/);
    assert.throws(() => trustworthiness(original, line(1, 2, 3), 1), ShapeError);
  });
});

describe("principal components", () => {
  it("are the directions of most variance, the largest weight of each positive", () => {
    const values = Float64Array.from([-2, -2, 2, 2, -1, 1, 1, -1].map((x) => x + 5));
    const coordinates = principalComponents({ values, size: 2 }, 2);
    const [long, short] = [Math.sqrt(8), Math.sqrt(2)];
    assertClose(coordinates.map(Math.abs), [long, 0, long, 0, 0, short, 0, short], 1e-12);
    assert.ok(coordinates[2] > 0);
  });

  it("are 0 where there is no direction left", () => assert.deepEqual(Array.from(principalComponents(line(1, 3), 2)), [-1, 0, 1, 0]));
});
