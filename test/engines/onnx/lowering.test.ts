import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { onnxEngine } from "../../../src/engines/onnx/index.js";
import { lowerProgram } from "../../../src/engines/onnx/lower.js";
import { EngineError } from "../../../src/errors.js";
import * as T from "../../../src/tensor/index.js";
import { assertClose } from "../../support/close.js";
import { runOnce, valueOf } from "../../support/compute.js";

const engine = await onnxEngine({ threads: 2 });
after(() => engine.dispose());

const wave = (shape: T.Shape, frequency: number): Float32Array => Float32Array.from({ length: T.sizeOf(shape) }, (_, i) => Math.sin(frequency * i));

describe("onnx lowering", () => {
  it("works large kernel gradients off in pieces of the batch, which add up", async () => {
    const geometry = { strides: [1, 1], padding: [[1, 1], [1, 1]], dilations: [1, 1], groups: 1 } as const;
    const gradient = (batch: number) => {
      const [x, dy] = [T.input("x", [batch, 16, 160, 160]), T.input("dy", [batch, 16, 160, 160])];
      return { inputs: { x, dy }, outputs: { kernel: T.conv2dKernelGradient(x, dy, [3, 3], geometry) } };
    };
    const [batch, image] = [5, 16 * 160 * 160];
    const [x, dy] = [wave([batch * image], 1.7), wave([batch * image], 0.3)];
    const { kernel } = await runOnce(gradient(batch), { x, dy }, undefined, engine);
    const sum = new Float64Array(kernel.length);
    const one = await engine.compile(gradient(1));
    for (let i = 0; i < batch; i++) {
      const [start, end] = [i * image, (i + 1) * image];
      (await one.run({ x: x.slice(start, end), dy: dy.slice(start, end) })).kernel.forEach((value, j) => (sum[j] += value));
    }
    assertClose(kernel, sum, 1e-3);
  });

  it("convolves with 1 x 1 kernels, with strides and without", async () => {
    for (const stride of [1, 2]) {
      const [x, k] = [T.constant(wave([2 * 3 * 5 * 4], 0.9), [2, 3, 5, 4]), T.variable("k", [4, 3, 1, 1], wave([12], 2.1))];
      const [g] = T.gradients(T.sum(T.square(T.conv2d(x, k, { stride }))), [k]);
      assertClose(await valueOf(g, engine), await valueOf(g), 1e-5, `stride ${stride}`);
    }
  });

  it("takes padding of a size with the kernel or beyond", async () => {
    const x = T.constant(wave([2 * 3 * 4], 0.7), [2, 1, 3, 4]);
    const dy = T.constant(wave([2 * 6 * 7], 0.7), [2, 1, 6, 7]);
    const kernel = T.constant([1, 2, 3, 4], [1, 1, 2, 2]);
    const geometry = { strides: [1, 1], padding: [[2, 2], [2, 2]], dilations: [1, 1], groups: 1 } as const;
    const [maxGradient] = T.gradients(T.sum(T.mul(T.maxPool(x, 2, { stride: 1, padding: 2 }), dy)), [x]);
    for (const y of [T.maxPool(x, 2, { padding: 2 }), maxGradient, T.conv2d(x, kernel, geometry), T.conv2dInputGradient(dy, kernel, [3, 4], geometry), T.conv2dKernelGradient(x, dy, [2, 2], geometry)])
      assertClose(await valueOf(y, engine), await valueOf(y), 1e-5, y.op.name);
    await assert.rejects(() => valueOf(T.averagePool(x, 2, { padding: 2 }), engine), EngineError);
  });

  it("asks for the places of a max pool's maxima only where a gradient needs them, for then MaxPool is slower", () => {
    const x = T.variable("x", [1, 1, 4, 4]);
    const y = T.maxPool(x, 2);
    const outputsOf = (outputs: Record<string, T.Tensor>) => lowerProgram({ outputs }).nodes.filter(({ opType }) => opType === "MaxPool").map(({ output }) => output.length);
    assert.deepEqual(outputsOf({ y }), [1]);
    assert.deepEqual(outputsOf({ y, g: T.gradients(T.sum(y), [x])[0] }), [2]);
  });

  it("compares and chooses between bools", async () => {
    const [a, b] = [T.greater(T.constant([1, 1, -1, -1]), 0), T.greater(T.constant([1, -1, 1, -1]), 0)];
    for (const y of [T.less(a, b), T.greater(a, b), T.equal(a, b), T.where(a, b, a)]) assert.deepEqual(await valueOf(y, engine), await valueOf(y), y.op.name);
  });

  it("refuses negative indices, and says what indices may be", async () => {
    const at = T.input("at", [2], "int32");
    const [table, rows] = [T.constant([1, 2, 3]), T.constant([1, 2])];
    for (const y of [T.gather(table, at), T.scatterAdd(rows, at, 3)])
      for (const wrong of [-1, 3]) {
        const run = runOnce({ inputs: { at }, outputs: { y } }, { at: Int32Array.of(0, wrong) }, undefined, engine);
        await assert.rejects(run, (error: EngineError) => /outside a table of 3 rows/.test(error.message) && error.hint === "Indices go from 0 to 2.");
      }
  });

  it("keeps what a branch does not choose out of the result, infinities too", async () => {
    const x = T.constant([1, 0, -1]);
    assert.deepEqual(await valueOf(T.where(T.greater(x, 0), T.log(x), 0), engine), [0, 0, 0]);
  });
});
