import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Matrix } from "ml-matrix";
import { Dense, GRU, inferenceMode, LSTM, RepeatVector, TimeDistributed, type Initializer } from "../../src/nn/index.js";
import { gradients, input, sizeOf, square, sum, type Shape } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

type Oracle = Readonly<Record<string, { readonly y: number[]; readonly firstBias: number[]; readonly gradients: number[][] }>>;
const keras = JSON.parse(readFileSync(new URL("oracles/recurrent.json", import.meta.url), "utf8")) as Oracle;

/** The same values as in oracles/recurrent.py. */
const values = (shape: Shape, phase = 0) => Float64Array.from({ length: sizeOf(shape) }, (_, i) => 1.5 * Math.sin(i * 1.7 + phase));
const fixed = (phase: number): Initializer => (shape) => Float32Array.from(values(shape, phase), (value) => 0.4 * value);

describe("recurrent layers compute what Keras computes", () => {
  const shape = [2, 4, 3];
  for (const [kind, layer] of Object.entries({ LSTM, GRU })) {
    for (const returnSequences of [false, true])
      it(`${kind}, ${returnSequences ? "every step" : "the last step"}: values and gradients`, async () => {
        const expected = keras[`${kind}-${returnSequences ? "sequences" : "last"}`];
        const module = layer(5, { returnSequences, kernelInitializer: fixed(1), recurrentInitializer: fixed(2), biasInitializer: fixed(3) })("layer", shape.slice(1));
        const x = input("x", shape);
        const y = module.apply(x, inferenceMode());
        assert.deepEqual(y.shape.slice(1), module.outputShape);
        const [dx, kernel, recurrentKernel, bias] = gradients(sum(square(y)), [x, ...module.parameters]);
        const found = await runOnce({ inputs: { x }, outputs: { y, dx, kernel, recurrentKernel, bias } }, { x: values(shape) });
        assertClose(found.y, expected.y, 1e-6);
        [found.dx, found.kernel, found.recurrentKernel, found.bias].forEach((gradient, i) => assertClose(gradient, expected.gradients[i], 1e-6, `gradient ${i}`));
      });

    it(`${kind} starts with Keras' bias and an orthogonal recurrent kernel`, () => {
      const [, recurrentKernel, bias] = layer(5)("layer", [4, 3]).parameters;
      assert.deepEqual(Array.from(bias.initial(0)), keras[`${kind}-last`].firstBias);
      const [rows, columns] = recurrentKernel.shape;
      const kernel = Matrix.from1DArray(rows, columns, recurrentKernel.initial(0));
      assertClose(kernel.mmul(kernel.transpose()).to1DArray(), Matrix.eye(5).to1DArray(), 1e-6);
    });
  }

  it("refuses examples that are no sequences, and units that are no number", () => {
    assert.throws(() => LSTM(3)("layer", [4]), /LSTM "layer": needs examples of shape \[steps, features\]/);
    assert.throws(() => GRU(0), /GRU: units is 0/);
  });
});

describe("sequences", () => {
  it("RepeatVector repeats; TimeDistributed applies one layer to each step", async () => {
    const x = input("x", [2, 2]);
    const repeated = RepeatVector(3)("repeat", [2]).apply(x, inferenceMode());
    assert.deepEqual((await runOnce({ inputs: { x }, outputs: { repeated } }, { x: Float64Array.of(1, 2, 3, 4) })).repeated, [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4]);
    const module = TimeDistributed(Dense(1, { kernelInitializer: () => Float32Array.of(1, 10) }))("steps", [3, 2]);
    assert.deepEqual([module.outputShape, module.parameters.map(({ name }) => name)], [[3, 1], ["steps.kernel", "steps.bias"]]);
    const steps = input("steps", [1, 3, 2]);
    assert.deepEqual((await runOnce({ inputs: { steps }, outputs: { y: module.apply(steps, inferenceMode()) } }, { steps: Float64Array.of(1, 2, 3, 4, 5, 6) })).y, [21, 43, 65]);
  });
});
