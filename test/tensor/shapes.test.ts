import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ShapeError } from "../../src/errors.js";
import * as T from "../../src/tensor/index.js";
import { valueOf } from "../support/compute.js";

const x = (...shape: number[]) => T.input("x", shape);

describe("shape rules", () => {
  it("broadcast as NumPy does", () => {
    const sizes = fc.array(fc.constantFrom(1, 2, 3), { maxLength: 4 });
    fc.assert(
      fc.property(sizes, sizes, (a, b) => {
        const rank = Math.max(a.length, b.length);
        const at = (shape: number[], axis: number) => shape[shape.length - rank + axis] ?? 1;
        const axes = Array.from({ length: rank }, (_, axis) => [at(a, axis), at(b, axis)]);
        if (axes.some(([m, n]) => m !== n && m !== 1 && n !== 1)) assert.throws(() => T.add(x(...a), x(...b)), ShapeError);
        else assert.deepEqual(T.add(x(...a), x(...b)).shape, axes.map(([m, n]) => Math.max(m, n)));
      }),
    );
  });

  it("name the op, the operands and the way out", () => {
    const cases: [() => unknown, RegExp][] = [
      [() => T.add(x(2, 3), x(4, 3)), /add: shapes \[2, 3\] and \[4, 3\] cannot be broadcast/],
      [() => T.matmul(x(2, 3), x(4, 5)), /matmul: \[2, 3\] times \[4, 5\]/],
      [() => T.reshape(x(2, 3), [4, 2]), /reshape: \[2, 3\] has 6 values and cannot become \[4, 2\]/],
      [() => T.reshape(x(2, 3), [-1, -1]), /reshape/],
      [() => T.transpose(x(2, 3), [0, 0]), /transpose: \[0, 0\] is not an order of the 2 axes/],
      [() => T.sum(x(2), 1), /sum: axis 1 does not exist in a tensor of rank 1/],
      [() => T.concat([x(2, 3), x(3, 3)], 1), /concat along axis 1: \[2, 3\] float32 and \[3, 3\] float32/],
      [() => T.split(x(4), [1, 2], 0), /split: pieces of \[1, 2\] do not add up/],
      [() => T.slice(x(4), [3], [3]), /slice: .* is empty/],
      [() => T.conv2d(x(1, 3, 8, 8), x(4, 2, 3, 3)), /conv2d: input \[1, 3, 8, 8\] and kernel \[4, 2, 3, 3\]: the input has 3 channels, the kernel expects 2/],
      [() => T.conv2d(x(1, 1, 2, 2), x(1, 1, 3, 3)), /the output would be 0 x 0/],
      [() => T.conv2d(x(1, 1, 4, 4), x(1, 1, 3, 3), { stride: 0 }), /stride \[0, 0\]/],
      [() => T.convTranspose2d(x(1, 1, 4, 4), x(1, 1, 3, 3), { stride: 2, outputPadding: 2 }), /outputPadding \[2, 2\] must be smaller than stride/],
      [() => T.gather(x(4, 2), x(3)), /indices of shape \[3\] are float32, not int32/],
      [() => T.where(x(2), 1, 2), /condition is float32, not bool/],
      [() => T.exp(T.input("i", [2], "int32")), /exp: an operand of shape \[2\] is int32/],
      [() => T.broadcastTo(x(2), [3]), /broadcastTo/],
      [() => T.groupNorm(x(1, 3, 4), 2, x(3), x(3)), /3 channels .* do not divide into 2 groups/],
    ];
    for (const [build, message] of cases) assert.throws(build, (error: unknown) => error instanceof ShapeError && message.test(error.message), String(message));
  });

  it("same and valid padding give Keras' sizes and sides, odd cases included", () => {
    // size, kernel, stride -> output and padding of TensorFlow's "SAME": the odd pixel goes to the end.
    const same: [number, number, number, number, [number, number]][] = [
      [28, 3, 1, 28, [1, 1]], [28, 3, 2, 14, [0, 1]], [7, 3, 2, 4, [1, 1]], [5, 2, 1, 5, [0, 1]],
      [5, 4, 2, 3, [1, 2]], [6, 1, 2, 3, [0, 0]], [10, 5, 3, 4, [2, 2]], [3, 7, 2, 2, [3, 3]],
    ];
    for (const [size, kernel, stride, output, sides] of same) {
      assert.deepEqual(T.resolvePadding("same", [size, size], [kernel, kernel], [stride, stride], [1, 1])[0], sides, `${size} ${kernel} ${stride}`);
      assert.equal(T.conv2d(x(1, 1, size, size), x(1, 1, kernel, kernel), { stride, padding: "same" }).shape[2], output);
    }
    for (const [size, kernel, stride, output] of [[28, 3, 2, 13], [7, 7, 2, 1], [8, 3, 3, 2]])
      assert.equal(T.conv2d(x(1, 1, size, size), x(1, 1, kernel, kernel), { stride, padding: "valid" }).shape[2], output);
  });

  it("transposed convolutions have Keras' and PyTorch's sizes", () => {
    const size = (n: number, k: number, options: T.ConvTransposeOptions) => T.convTranspose2d(x(1, 1, n, n), x(1, 1, k, k), options).shape[2];
    for (const [n, k, stride] of [[3, 3, 2], [7, 5, 2], [4, 2, 3]]) {
      assert.equal(size(n, k, { stride, padding: "same" }), n * stride);
      assert.equal(size(n, k, { stride, padding: "valid" }), n * stride + Math.max(k - stride, 0));
    }
    assert.equal(size(7, 3, { stride: 2, padding: 1, outputPadding: 1 }), 14);
    assert.equal(size(7, 5, { stride: 2, padding: 2, outputPadding: 1 }), 14);
    assert.equal(size(5, 3, { stride: 1, padding: 0, dilation: 2 }), 9);
  });
});

describe("simplification while the graph is built", () => {
  it("folds arithmetic on constants and drops neutral elements", async () => {
    const y = x(2);
    assert.equal(T.mul(y, 1), y);
    assert.equal(T.add(0, y), y);
    assert.deepEqual(await valueOf(T.add(T.mul(2, 3), T.neg(T.constant(1)))), [5]);
    assert.ok(T.mul(2, 3) instanceof T.Constant);
  });

  it("computes on the small side of a broadcast", () => {
    const wide = T.broadcastTo(x(1, 3), [100, 3]);
    const y = T.exp(T.mul(wide, wide));
    assert.equal(y.op.name, "broadcastTo");
    assert.deepEqual(y.inputs[0].shape, [1, 3]);
  });
});
