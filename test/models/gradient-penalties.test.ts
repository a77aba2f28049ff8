import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { interpolatedPenalty, realPenalty } from "../../src/models/gradient-penalties.js";
import { constant, gradients, matmul, mul, square, sum, variable, type Tensor } from "../../src/tensor/index.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { assertClose } from "../support/close.js";
import { runOnce, valueOf } from "../support/compute.js";

const [real, made] = [constant([1, 2, -1, 0.5], [2, 2]), constant([0, 1, 3, -2], [2, 2])];

describe("gradient penalties", () => {
  it("are those of a linear critic, whose slope is its weights", async () => {
    const linear = (x: Tensor): Tensor => matmul(x, constant([3, 4], [2, 1]));
    assertClose(await valueOf(interpolatedPenalty(linear, real, made)), [(5 - 1) ** 2], 1e-9);
    assertClose(await valueOf(realPenalty(linear(real), real)), [25 / 2], 1e-9);
  });

  it("R1 is the slope at each real example: that of |x|^2 is 2x", async () => {
    assertClose(await valueOf(realPenalty(sum(square(real), 1, true), real)), [(4 * (1 + 4) + 4 * (1 + 0.25)) / 2 / 2], 1e-9);
  });

  it("have gradients themselves: what the critic learns from them", async () => {
    const weights = variable("weights", [2, 1]);
    const engine = referenceEngine();
    await engine.write(weights, Float64Array.of(3, 4));
    const penalty = interpolatedPenalty((x) => matmul(mul(x, 1), weights), real, made);
    const { gradient } = await runOnce({ outputs: { gradient: gradients(penalty, [weights])[0] } }, {}, { seed: 0 }, engine);
    // d (|w| - 1)^2 / dw = 2 (|w| - 1) w / |w|.
    assertClose(gradient, [2 * 4 * (3 / 5), 2 * 4 * (4 / 5)], 1e-6);
    assert.equal(gradient.length, 2);
  });
});
