import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { imagesFromArray } from "../../src/data/arrays.js";
import type { Examples } from "../../src/data/dataset.js";
import { pairsForTask, withTask } from "../../src/data/pair-tasks.js";
import { assertNear, helpful } from "./support.js";

const oracle = JSON.parse(readFileSync(new URL("./oracles/resampling.json", import.meta.url), "utf8")) as {
  readonly shape: readonly [number, number];
  readonly image: readonly number[];
  readonly superres: Readonly<Record<string, readonly number[]>>;
  readonly edges: readonly number[];
};
const [height, width] = oracle.shape;
const grey: Examples = { spec: { kind: "images", shape: [1, height, width], classes: ["a", "b"] }, count: 1, values: Uint8Array.from(oracle.image), labels: Uint8Array.of(1) };
const bytes = (values: readonly number[]) => values.map((value) => Math.min(255, Math.max(0, value)));

describe("tasks that make pairs of images", () => {
  it("superres: a smaller image, larger again, as Pillow makes it; the image itself is the target", () => {
    for (const factor of [2, 4]) {
      const { spec, count, values, labels } = pairsForTask(grey, "superres", factor);
      assert.deepEqual([spec, count, labels], [{ kind: "pairs", shape: [2, height, width], source: 1, classes: ["a", "b"] }, 1, Uint8Array.of(1)]);
      assertNear(values.subarray(0, height * width), bytes(oracle.superres[factor]), 0.51);
      assert.deepEqual([...values.subarray(height * width)], oracle.image);
    }
  });

  it("edges: Sobel's, as SciPy has them; of floats the same", () => {
    const ofBytes = pairsForTask(grey, "edges").values;
    assertNear(ofBytes.subarray(0, height * width), bytes(oracle.edges), 0.51);
    const ofFloats = pairsForTask({ ...grey, values: Float32Array.from(oracle.image, (value) => value / 255) }, "edges");
    assert.deepEqual(ofFloats.values, ofBytes);
  });

  it("colorize: how bright colours are, then the colours", () => {
    const rgb: Examples = { spec: { kind: "images", shape: [3, 1, 2] }, count: 1, values: Uint8Array.of(255, 0, 0, 255, 0, 0) };
    const { spec, values } = pairsForTask(rgb, "colorize");
    assert.deepEqual([spec, [...values]], [{ kind: "pairs", shape: [4, 1, 2], source: 1 }, [76, 150, 255, 0, 0, 255, 0, 0]]);
    assert.deepEqual(pairsForTask(rgb, "edges").spec.shape, [4, 1, 2]);
  });

  it("is done to every part", () => {
    const splits = imagesFromArray(new Uint8Array(20 * 16), { shape: [1, 4, 4] });
    const { train, validation, test } = withTask(splits, { task: "superres", factor: 4 });
    assert.deepEqual([train.spec.kind, train.count, validation.count, test === validation], ["pairs", 18, 2, true]);
    assert.equal(withTask(splits, {}), splits);
  });

  it("says what it is not for", () => {
    assert.throws(() => pairsForTask(grey, "superres", 3), helpful(/12 x 8 pixels cannot be made 3 times smaller/));
    assert.throws(() => pairsForTask(grey, "colorize"), helpful(/no colours/));
    assert.throws(() => pairsForTask({ spec: { kind: "vectors", shape: [2] }, count: 1, values: new Uint8Array(2) }, "edges"), helpful(/the data are vectors/));
    assert.throws(() => withTask(imagesFromArray(new Uint8Array(20), { shape: [1, 1, 1] }), { factor: 2 }), helpful(/task superres alone/));
  });
});
