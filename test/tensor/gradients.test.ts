import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { add, exp, gradients, input, matmul, mean, mul, reshape, sigmoid, sin, square, sum, tanh, transpose, type Tensor } from "../../src/tensor/index.js";
import { checkGradients } from "../support/numerical-gradient.js";
import { runOnce } from "../support/compute.js";
import { functionCases, gradientCases, point } from "./gradient-cases.js";

describe("first and second derivatives agree with central differences to 1e-6", () => {
  for (const [name, cases] of Object.entries({ ...gradientCases, ...functionCases }))
    it(name, async () => {
      for (const { f, points } of cases) await checkGradients(f, points);
    });

  it("random graphs", async () => {
    const steps: ((x: Tensor, y: Tensor) => Tensor)[] = [
      (x, y) => add(x, y),
      (x, y) => mul(x, tanh(y)),
      (x) => sin(x),
      (x) => sigmoid(x),
      (x, y) => matmul(x, transpose(mul(y, 0.5))),
      (x, y) => add(x, sum(square(y), 1, true)),
      (x, y) => mul(x, mean(exp(mul(0.3, y)), 0)),
      (x) => reshape(transpose(x), x.shape),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 }), async (recipe) => {
        const build = (...inputs: Tensor[]): Tensor => {
          const values = [...inputs];
          for (const [which, a, b] of recipe) values.push(tanh(steps[which](values[a % values.length], values[b % values.length])));
          return values.at(-1)!;
        };
        await checkGradients(build, [point([3, 3]), point([3, 3], { offset: 4 })], { second: false, tolerance: 1e-6 });
      }),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe("gradients", () => {
  it("is zero for what the loss does not depend on", async () => {
    const [x, y] = [input("x", [2]), input("y", [3])];
    const [gx, gy] = gradients(sum(square(x)), [x, y]);
    assert.deepEqual(await runOnce({ inputs: { x }, outputs: { gx, gy } }, { x: Float64Array.of(1, 2) }), { gx: [2, 4], gy: [0, 0, 0] });
  });

  it("counts an input that is used twice once for each use", async () => {
    const x = input("x", []);
    const [g] = gradients(mul(x, mul(x, x)), [x]);
    assert.deepEqual(await runOnce({ inputs: { x }, outputs: { g } }, { x: Float64Array.of(2) }), { g: [12] });
  });

  it("reaches a tensor that another wanted tensor depends on", async () => {
    const x = input("x", []);
    const y = square(x);
    const [gx, gy] = gradients(square(y), [x, y]);
    assert.deepEqual(await runOnce({ inputs: { x }, outputs: { gx, gy } }, { x: Float64Array.of(3) }), { gx: [108], gy: [18] });
  });

  it("refuses a loss that is not a scalar", () => {
    const x = input("x", [2]);
    assert.throws(() => gradients(x, [x]), /loss has shape \[2\], not a scalar/);
  });
});
