import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { interpolatedPenalty, pathLengths, realPenalty } from "../../src/models/gradient-penalties.js";
import { constant, gradients, matmul, mean, mul, reshape, square, sum, variable, type Tensor } from "../../src/tensor/index.js";
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

describe("path lengths", () => {
  it("are how far an image goes with its styles: those of a linear generator are its weights", async () => {
    const [batch, weights] = [5000, [3, 4, 0, 1]];
    const w = constant(new Float32Array(batch * 4), [batch, 2, 2]);
    // Two pixels, both of the same weights: |J^T y|² is 1/2 (3² + 4²) and 1/2 (0² + 1²) for the styles, times (y1 + y2)², which has the mean 2.
    const images = matmul(reshape(w, [batch, 1, 1, 4]), constant(weights.flatMap((weight) => [weight, weight]), [4, 2]));
    const [square2] = await valueOf(mean(square(pathLengths(images, w))));
    assertClose([square2], [(25 + 1) / 2], 0.05);
  });
});
