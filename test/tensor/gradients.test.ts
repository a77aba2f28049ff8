import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { composites, gradients, input, max, maximum, maxPool, mul, pow, primitives, square, stopGradient, sum, type Tensor } from "../../src/tensor/index.js";
import * as T from "../../src/tensor/index.js";
import * as activations from "../../src/tensor/ops/activations.js";
import * as convolution from "../../src/tensor/ops/convolution.js";
import * as elementwise from "../../src/tensor/ops/elementwise.js";
import * as indexing from "../../src/tensor/ops/indexing.js";
import * as matmul from "../../src/tensor/ops/matmul.js";
import * as movement from "../../src/tensor/ops/movement.js";
import * as normalization from "../../src/tensor/ops/normalization.js";
import * as pooling from "../../src/tensor/ops/pooling.js";
import * as reduce from "../../src/tensor/ops/reduce.js";
import { checkGradients } from "../support/numerical-gradient.js";
import { randomTensor } from "../support/random-tensors.js";
import { runOnce } from "../support/compute.js";
import { functionCases, gradientCases } from "./gradient-cases.js";

describe("every op has a gradient case", () => {
  it("every primitive and composite", () => {
    assert.deepEqual(Object.keys(gradientCases).sort(), [...Object.keys(primitives), ...Object.keys(composites)].sort());
    for (const [name, op] of Object.entries({ ...primitives, ...composites })) assert.equal(op.name, name);
  });

  it("every function made of them", () => {
    const notDifferentiable = ["not", "lessEqual", "greaterEqual", "full", "zeros", "ones"];
    const notOps = ["piecesOf", "pair", "resolvePadding", "geometryOf", "convolvedSize"];
    const rooms = [activations, convolution, elementwise, indexing, matmul, movement, normalization, pooling, reduce];
    const functions = rooms.flatMap((room) => Object.entries(room).flatMap(([name, value]) => (typeof value === "function" ? [name] : [])));
    const covered = new Set([...Object.keys(gradientCases), ...Object.keys(functionCases), ...notDifferentiable, ...notOps]);
    assert.deepEqual(functions.filter((name) => !covered.has(name)), []);
  });
});

describe("first and second derivatives agree with central differences to 1e-6", () => {
  for (const [name, cases] of Object.entries({ ...gradientCases, ...functionCases }))
    it(name, async () => {
      for (const { f, points } of cases) await checkGradients(f, points);
    });

  it("random graphs of elementwise, movement, reduction and matmul ops", async () => {
    // Each keeps the shape [3, 3], so that any may follow any.
    const steps: ((x: Tensor, y: Tensor) => Tensor)[] = [
      (x, y) => T.add(x, y),
      (x, y) => T.mul(x, T.tanh(y)),
      (x, y) => T.div(x, T.add(1, T.square(y))),
      (x) => T.sin(x),
      (x) => T.sigmoid(x),
      (x) => T.softplus(x),
      (x) => T.softmax(x, 0),
      (x, y) => T.matmul(x, T.transpose(T.mul(y, 0.5))),
      (x, y) => T.add(x, T.sum(T.square(y), 1, true)),
      (x, y) => T.mul(x, T.mean(T.exp(T.mul(0.3, y)), 0)),
      (x) => T.reshape(T.transpose(x), x.shape),
      (x, y) => T.concat([T.slice(x, [0, 1]), T.slice(y, [0, 0], [3, 1])], 1),
      (x) => T.pad(T.slice(x, [0, 0], [3, 3], [2, 1]), [[1, 0], [0, 0]], 0.3),
      (x, y) => T.add(x, T.broadcastTo(T.slice(y, [1], [2]), [3, 3])),
      (x) => T.logSoftmax(x),
    ];
    const recipes = fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(99), fc.nat(99)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(recipes, randomTensor([3, 3]), randomTensor([3, 3]), async (recipe, ...points) => {
        const build = (...inputs: Tensor[]): Tensor => {
          const values = [...inputs];
          for (const [which, a, b] of recipe) values.push(T.tanh(steps[which](values[a % values.length], values[b % values.length])));
          return values.at(-1)!;
        };
        await checkGradients(build, points);
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

  it("of a split's pieces are joined, without zeros that are added; where a piece is missing or used twice they still add up", async () => {
    const x = input("x", [2, 5]);
    const [a, b, c] = T.split(x, [2, 1, 2], 1);
    const gradientOf = (...terms: Tensor[]) => gradients(terms.map((term) => sum(square(term))).reduce((total, term) => T.add(total, term)), [x])[0];
    const joined = gradientOf(c, a, b);
    assert.deepEqual([joined.op.name, T.topologicalOrder([joined]).some(({ op }) => op.name === "pad")], ["concat", false]);
    const values = Float64Array.from({ length: 10 }, (_, i) => i + 1);
    const at = async (g: Tensor) => (await runOnce({ inputs: { x }, outputs: { g } }, { x: values })).g;
    assert.deepEqual(await at(joined), Array.from(values, (value) => 2 * value));
    assert.deepEqual(await at(gradientOf(a, c)), Array.from(values, (value, i) => (i % 5 === 2 ? 0 : 2 * value)));
    assert.deepEqual(await at(gradientOf(a, b, c, a)), Array.from(values, (value, i) => (i % 5 < 2 ? 4 : 2) * value));
    assert.deepEqual(await at(gradientOf(x, a, b, c)), Array.from(values, (value) => 4 * value));
    const [top, bottom] = T.split(x, [1, 1], 0);
    assert.deepEqual(await at(gradientOf(top, a, b, c, bottom)), Array.from(values, (value) => 4 * value));
  });

  it("stops at stopGradient", async () => {
    const x = input("x", []);
    const [g] = gradients(mul(stopGradient(x), square(x)), [x]);
    assert.deepEqual(await runOnce({ inputs: { x }, outputs: { g } }, { x: Float64Array.of(3) }), { g: [18] });
  });

  it("at ties: max shares it, maximum and maxPool give it to the first", async () => {
    const x = input("x", [4]);
    const gradient = async (y: Tensor) => (await runOnce({ inputs: { x }, outputs: { g: gradients(y, [x])[0] } }, { x: Float64Array.of(2, 2, 1, 2) })).g;
    assert.deepEqual((await gradient(max(x))).map((g) => g.toFixed(6)), ["0.333333", "0.333333", "0.000000", "0.333333"]);
    assert.deepEqual(await gradient(sum(maximum(x, 2))), [1, 1, 0, 1]);
    assert.deepEqual(await gradient(sum(maximum(2, x))), [0, 0, 0, 0]);
    assert.deepEqual(await gradient(sum(maxPool(T.reshape(x, [1, 1, 2, 2]), 2))), [1, 0, 0, 0]);
  });

  it("at ties of a max pool: the first real place of each window has it, where windows overlap and at the borders too", async () => {
    const x = input("x", [1, 1, 3, 3]);
    const gradient = async (kernel: [number, number], stride: number) =>
      (await runOnce({ inputs: { x }, outputs: { g: gradients(sum(maxPool(x, kernel, { stride, padding: 1 })), [x])[0] } }, { x: new Float64Array(9) })).g;
    // Windows begin at rows and columns -1, 0, 1, 2, of which the first two begin with the same real one.
    assert.deepEqual(await gradient([2, 2], 1), [4, 2, 2, 2, 1, 1, 2, 1, 1]);
    assert.deepEqual(await gradient([2, 3], 2), [1, 1, 0, 1, 1, 0, 0, 0, 0]);
  });

  it("at the kinks: relu has 0, leakyRelu its slope, clip 1 at its limits, abs 0, pow(x, 0) 0", async () => {
    const x = input("x", []);
    const gradient = async (y: Tensor, at: number) => (await runOnce({ inputs: { x }, outputs: { g: gradients(y, [x])[0] } }, { x: Float64Array.of(at) })).g[0];
    assert.equal(await gradient(T.relu(x), 0), 0);
    assert.equal(await gradient(T.leakyRelu(x, 0.3), 0), 0.3);
    assert.equal(await gradient(T.clip(x, -1, 1), 1), 1);
    assert.equal(await gradient(T.clip(x, -1, 1), -1), 1);
    assert.equal(await gradient(T.abs(x), 0), 0);
    assert.equal(await gradient(pow(x, 0), 0), 0);
    assert.equal(await gradient(pow(x, 2), 0), 0);
  });

  it("refuses a loss that is not a scalar", () => {
    const x = input("x", [2]);
    assert.throws(() => gradients(x, [x]), /loss has shape \[2\], not a scalar/);
  });
});
