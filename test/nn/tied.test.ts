import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { constantOf, Conv2d, Conv2dTranspose, Dense, DenseTranspose, inferenceMode, sequential, type Module } from "../../src/nn/index.js";
import { constant, mul, sizeOf, sum, tanh, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

const wave = (shape: readonly number[], offset: number): Tensor => constant(Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + offset)), shape);

/** A linear map A and its transpose B satisfy <A x, y> = <x, B y> for all x and y. */
async function assertTransposed(forward: Module, backward: Module, inputShape: readonly number[]): Promise<void> {
  assert.deepEqual(backward.outputShape, inputShape);
  const engine = referenceEngine();
  for (const variable of [...forward.parameters, ...backward.parameters]) await engine.write(variable, variable.initial(3));
  const [x, y] = [wave([2, ...inputShape], 0), wave([2, ...forward.outputShape], 1)];
  const inner = (a: Tensor, b: Tensor) => sum(mul(a, b));
  const { left, right } = await runOnce({ outputs: { left: inner(forward.apply(x, inferenceMode()), y), right: inner(x, backward.apply(y, inferenceMode())) } }, {}, { seed: 0 }, engine);
  assert.notEqual(left[0], 0);
  assertClose(left, right, 1e-6);
}

describe("tied layers", () => {
  it("DenseTranspose is the transpose of Dense", async () => {
    const forward = Dense(3, { useBias: false })("dense", [5]);
    await assertTransposed(forward, DenseTranspose(forward.parameters[0])("back", [3]), [5]);
  });

  it("Conv2dTranspose is the transpose of Conv2d, whatever its size, stride, padding and groups", () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({ size: fc.tuple(fc.integer({ min: 3, max: 8 }), fc.integer({ min: 3, max: 8 })), stride: fc.integer({ min: 1, max: 3 }), padding: fc.constantFrom("same" as const, "valid" as const, 1), groups: fc.constantFrom(1, 2) }),
        async ({ size, ...geometry }) => {
          const inputShape = [2, ...size];
          const forward = Conv2d(4, { kernelSize: 3, useBias: false, ...geometry })("conv", inputShape);
          await assertTransposed(forward, Conv2dTranspose(forward.parameters[0], { size, ...geometry })("back", forward.outputShape), inputShape);
        },
      ),
      { numRuns: 30 },
    ));

  it("have a bias for each output and an activation, and leave the kernel to the layer they are tied to", async () => {
    const forward = Dense(3)("dense", [2]);
    const backward = DenseTranspose(forward.parameters[0], { activation: tanh, biasInitializer: constantOf(0.5) })("back", [3]);
    assert.deepEqual(backward.parameters.map(({ name, shape }) => [name, shape]), [["back.bias", [2]]]);
    const engine = referenceEngine();
    await engine.write(forward.parameters[0], new Float64Array(6));
    await engine.write(backward.parameters[0], backward.parameters[0].initial(0));
    const { y } = await runOnce({ outputs: { y: backward.apply(wave([1, 3], 0), inferenceMode()) } }, {}, { seed: 0 }, engine);
    assertClose(y, [Math.tanh(0.5), Math.tanh(0.5)], 1e-6);
  });

  it("refuse codings of another size, by name", () => {
    const forward = Dense(3)("dense", [5]);
    assert.throws(() => sequential(DenseTranspose(forward.parameters[0]))("decoder", [4]), /DenseTranspose "decoder.0"/);
  });
});
