import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { balancedIndices, selectExamples } from "../../src/data/subset.js";
import { DataError, UsageError } from "../../src/errors.js";

const labels = Uint8Array.from({ length: 100 }, (_, i) => (i < 4 ? 0 : i % 3));
const examples = { spec: { kind: "vectors", shape: [2] }, count: 100, values: Float32Array.from({ length: 200 }, (_, i) => i / 200), labels } as const;
const countsOf = (indices: Uint32Array) => [0, 1, 2].map((label) => indices.reduce((n, index) => n + (labels[index] === label ? 1 : 0), 0));

describe("as many examples of each class", () => {
  it("are drawn, or one more", () => {
    assert.deepEqual(countsOf(balancedIndices(examples, 30, 1)), [10, 10, 10]);
    assert.deepEqual(countsOf(balancedIndices(examples, 31, 1)).sort(), [10, 10, 11]);
    assert.equal(new Set(balancedIndices(examples, 30, 1)).size, 30);
  });
  it("depend on the seed alone; a larger draw begins with the smaller", () => {
    assert.deepEqual(balancedIndices(examples, 20, 5), balancedIndices(examples, 30, 5).subarray(0, 20));
    assert.notDeepEqual(balancedIndices(examples, 20, 5), balancedIndices(examples, 20, 6));
  });
  it("are all there are of a class that has too few", () => assert.deepEqual([...balancedIndices(examples, 100, 0)].sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i)));
  it("need labels and enough examples", () => {
    assert.throws(() => balancedIndices(examples, 101, 0), UsageError);
    assert.throws(() => balancedIndices({ spec: examples.spec, count: 100, values: examples.values }, 1, 0), DataError);
  });
  it("come with their values and labels", () => {
    const { count, values, labels: selected } = selectExamples(examples, [7, 2]);
    assert.deepEqual([count, Array.from(values), Array.from(selected!)], [2, Array.from(Float32Array.of(14 / 200, 15 / 200, 4 / 200, 5 / 200)), [1, 0]]);
  });
});
