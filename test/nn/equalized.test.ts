import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { Conv2d, Dense } from "../../src/nn/index.js";
import { inferenceMode } from "../../src/nn/module.js";
import { constant, gradients, sum } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

describe("an equalized learning rate", () => {
  it("is a kernel of N(0, 1) that the layer divides by the root of its fan in", async () => {
    const engine = referenceEngine();
    const dense = Dense(50, { equalized: 1 })("dense", [100]);
    const kernel = Array.from(dense.parameters[0].initial(1));
    assert.ok(Math.abs(kernel.reduce((total, weight) => total + weight ** 2, 0) / kernel.length - 1) < 0.1);
    for (const variable of dense.parameters) await engine.write(variable, variable.initial(1));
    const made = await valueOf(dense.apply(constant(new Float32Array(100).fill(1), [1, 100]), inferenceMode()), engine);
    assertClose(made, Array.from({ length: 50 }, (_, unit) => Array.from({ length: 100 }, (_, i) => kernel[i * 50 + unit]).reduce((a, b) => a + b) / 10), 1e-5);
  });

  it("makes parameters larger and their steps as much smaller, at a part of the rate: the layer's output starts the same", async () => {
    for (const rate of [0.01, 1]) {
      const module = Dense(3, { equalized: rate })("dense", [4]);
      const y = sum(module.apply(constant([1, 2, 3, 4], [1, 4]), inferenceMode()));
      const [kernel, bias] = gradients(y, module.parameters);
      assertClose(await valueOf(bias), [rate, rate, rate], 1e-9);
      assertClose(await valueOf(kernel), [1, 2, 3, 4].flatMap((x) => [x, x, x].map((value) => (rate * value) / 2)), 1e-9);
    }
    const output = async (equalized: number) => {
      const module = Conv2d(2, { kernelSize: 3, equalized })("conv", [1, 3, 3]);
      const engine = referenceEngine();
      for (const variable of module.parameters) await engine.write(variable, variable.initial(1));
      return valueOf(module.apply(constant([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3]), inferenceMode()), engine);
    };
    assertClose(await output(0.01), await output(1), 1e-5);
  });
});
