import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { inferenceMode, MinibatchDiscrimination, MinibatchStandardDeviation, trainingMode } from "../../src/nn/index.js";
import { constant } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce, valueOf } from "../support/compute.js";

describe("minibatch layers", () => {
  it("discrimination adds how close all others are, by each kernel, in the unit and beside the mean of the first batch", async () => {
    const module = MinibatchDiscrimination(2, 1)("d", [2]);
    const engine = referenceEngine();
    // The kernels read one feature each.
    await engine.write(module.parameters[0], Float64Array.of(1, 0, 0, 1));
    const [first, second] = [constant([0, 0, 1, 0, 3, 5], [3, 2]), constant([0, 0, 2, 0, 2, 0], [3, 2])];
    const training = trainingMode();
    const real = module.apply(first, training);
    const made = module.apply(second, training);
    const { y, z } = await runOnce({ outputs: { y: real, z: made }, updates: training.updates }, {}, { seed: 0 }, engine);

    // Distances to the nearest: 1, 1, 2 of the one kernel, 0, 0, 5 of the other; the unit is half of their mean.
    const [e, d] = [(distance: number) => Math.exp(-distance / (2 / 3)), (distance: number) => Math.exp(-distance / (5 / 6))];
    // Two others count as 31 would.
    const others = 31 / 2;
    const [left, right] = [[e(1) + e(3), e(1) + e(2), e(3) + e(2)], [1 + d(5), 1 + d(5), 2 * d(5)]].map((sums) => sums.map((sum) => others * sum));
    const [meanLeft, meanRight] = [left, right].map((sums) => (sums[0] + sums[1] + sums[2]) / 3);
    assertClose(y, [0, 0, left[0] - meanLeft, right[0] - meanRight, 1, 0, left[1] - meanLeft, right[1] - meanRight, 3, 5, left[2] - meanLeft, right[2] - meanRight], 1e-9);
    // A batch that comes later keeps both, in this mode and in all that follow.
    const later = [0, 0, others * 2 * e(2) - meanLeft, others * 2 - meanRight, 2, 0, others * (e(2) + 1) - meanLeft, others * 2 - meanRight, 2, 0, others * (e(2) + 1) - meanLeft, others * 2 - meanRight];
    assertClose(z, later, 1e-9);
    const inference = inferenceMode();
    assertClose((await runOnce({ outputs: { z: module.apply(second, inference) } }, {}, { seed: 0 }, engine)).z, later, 1e-9);
    assert.deepEqual([training.updates.size, inference.updates.size], [2, 0]);
  });

  it("discrimination compares a large batch in groups of 32 at most, as equal as can be", async () => {
    const module = MinibatchDiscrimination(2, 3)("d", [2]);
    const engine = referenceEngine();
    for (const statistic of module.statistics) await engine.write(statistic, Float64Array.of(0.5, 2));
    const x = Float64Array.from({ length: 2 * 33 }, (_, i) => Math.sin(i * i));
    const apply = (from: number, to: number) => module.apply(constant(x.slice(2 * from, 2 * to), [to - from, 2]), inferenceMode());
    const { whole, first, second } = await runOnce({ outputs: { whole: apply(0, 33), first: apply(0, 17), second: apply(17, 33) } }, {}, { seed: 0 }, engine);
    assertClose(whole, [...first, ...second], 1e-9);
  });

  it("discrimination stays finite where all examples are alike", async () => {
    const y = await valueOf(MinibatchDiscrimination(2, 3)("d", [2]).apply(constant([1, 2, 1, 2], [2, 2]), inferenceMode()));
    // Each is as close to the other as can be, which is then what is usual.
    assertClose(y, [1, 2, 0, 0, 1, 2, 0, 0], 1e-9);
  });

  it("standard deviation adds one map with the mean spread of all places", async () => {
    const module = MinibatchStandardDeviation()("s", [1, 1, 2]);
    assert.deepEqual(module.outputShape, [2, 1, 2]);
    const y = await valueOf(module.apply(constant([0, 5, 2, 5], [2, 1, 1, 2]), inferenceMode()));
    // One pixel varies by 1, the other by nothing (but the 1e-8 that keeps the root's slope finite).
    assertClose(y, [0, 5, 0.50005, 0.50005, 2, 5, 0.50005, 0.50005], 1e-6);
  });
});
