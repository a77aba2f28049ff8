import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { inferenceMode, MinibatchDiscrimination, MinibatchStandardDeviation } from "../../src/nn/index.js";
import { constant } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce, valueOf } from "../support/compute.js";

describe("minibatch layers", () => {
  it("discrimination adds how close all others are, by each kernel", async () => {
    const module = MinibatchDiscrimination(2, 1)("d", [2]);
    const engine = referenceEngine();
    // The kernels read one feature each.
    await engine.write(module.parameters[0], Float64Array.of(1, 0, 0, 1));
    const x = constant([0, 0, 1, 0, 3, 5], [3, 2]);
    const { y } = await runOnce({ outputs: { y: module.apply(x, inferenceMode()) } }, {}, { seed: 0 }, engine);
    const e = (distance: number): number => Math.exp(-distance);
    assertClose(y, [0, 0, e(1) + e(3), e(0) + e(5), 1, 0, e(1) + e(2), e(0) + e(5), 3, 5, e(3) + e(2), e(5) + e(5)], 1e-9);
  });

  it("standard deviation adds one map with the mean spread of all places", async () => {
    const module = MinibatchStandardDeviation()("s", [1, 1, 2]);
    assert.deepEqual(module.outputShape, [2, 1, 2]);
    const y = await valueOf(module.apply(constant([0, 5, 2, 5], [2, 1, 1, 2]), inferenceMode()));
    // One pixel varies by 1, the other by nothing (but the 1e-8 that keeps the root's slope finite).
    assertClose(y, [0, 5, 0.50005, 0.50005, 2, 5, 0.50005, 0.50005], 1e-6);
  });
});
