import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { onnxEngine } from "../../../src/engines/onnx/index.js";
import { referenceEngine } from "../../../src/engines/reference/index.js";
import * as T from "../../../src/tensor/index.js";
import type { Tensor } from "../../../src/tensor/index.js";
import { assertClose } from "../../support/close.js";
import { runOnce } from "../../support/compute.js";
import { point } from "../../tensor/gradient-cases.js";
import { evaluate } from "../conformance.js";

const engine = await onnxEngine({ threads: 2 });
const reference = referenceEngine();
after(() => engine.dispose());

const between = (min: number, max: number) => fc.integer({ min, max });

describe("onnx against the reference, property tests", () => {
  it("convolutions of any geometry: value and both gradients", async () => {
    const geometry = fc.record({
      batch: between(1, 3), groups: between(1, 3), channels: between(1, 2), filters: between(1, 2),
      size: fc.tuple(between(1, 8), between(1, 8)), kernel: fc.tuple(between(1, 4), between(1, 4)),
      strides: fc.tuple(between(1, 3), between(1, 3)), dilations: fc.tuple(between(1, 2), between(1, 2)),
      padding: fc.tuple(fc.tuple(between(0, 2), between(0, 2)), fc.tuple(between(0, 2), between(0, 2))),
    });
    await fc.assert(
      fc.asyncProperty(geometry, async ({ batch, groups, channels, filters, size, kernel, ...rest }) => {
        const options = { ...rest, groups };
        fc.pre(T.convolvedSize(size, kernel, options).every((n) => n >= 1));
        const shapes = [[batch, channels * groups, ...size], [filters * groups, channels, ...kernel]];
        const oneCase = { f: (x: Tensor, k: Tensor) => T.conv2d(x, k, options), points: [point(shapes[0]), point(shapes[1], { offset: 3 })] };
        const [actual, expected] = [await evaluate(oneCase, engine), await evaluate(oneCase, reference)];
        for (const key of Object.keys(expected)) assertClose(actual[key], expected[key], 2e-5, key);
      }),
      { numRuns: 150, seed: 3 },
    );
  });

  it("random graphs: value and gradient", async () => {
    const steps: ((x: Tensor, y: Tensor) => Tensor)[] = [
      (x, y) => T.sub(x, y),
      (x, y) => T.mul(x, T.relu(y)),
      (x, y) => T.maximum(x, y),
      (x) => T.softplus(x),
      (x) => T.softmax(x),
      (x, y) => T.matmul(T.transpose(x), y),
      (x, y) => T.matmul(x, T.transpose(y)),
      (x, y) => T.concat([T.slice(x, [0, 0], [4, 2]), T.slice(y, [0, 2])], 1),
      (x) => T.pad(T.slice(x, [1, 0], [4, 4], [1, 2]), [[1, 0], [1, 1]]),
      (x, y) => T.where(T.greater(x, 0.1), y, T.sum(x, 0, true)),
      (x) => T.standardize(x, 1),
      (x, y) => T.add(T.max(x, 1, true), y),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(), fc.nat()), { minLength: 1, maxLength: 10 }), async (recipe) => {
        const f = (...inputs: Tensor[]): Tensor => {
          const values = [...inputs];
          for (const [which, a, b] of recipe) values.push(T.tanh(steps[which](values[a % values.length], values[b % values.length])));
          return T.add(values.at(-1)!, T.mul(0.1, T.add(inputs[0], inputs[1])));
        };
        const oneCase = { f, points: [point([4, 4]), point([4, 4], { offset: 4 })] };
        const [actual, expected] = [await evaluate(oneCase, engine), await evaluate(oneCase, reference)];
        for (const key of Object.keys(expected)) assertClose(actual[key], expected[key], 3e-4, key);
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});

describe("onnx engine", () => {
  const program = () => {
    const x = T.input("x", [16, 32]);
    const w = T.variable("w", [32, 32], Array.from({ length: 1024 }, (_, i) => Math.sin(i) / 6));
    const loss = T.mean(T.square(T.sub(T.tanh(T.matmul(x, w)), T.mul(x, T.noise.uniform([16, 32])))));
    const [g] = T.gradients(loss, [w]);
    return { w, program: { inputs: { x }, outputs: { loss }, updates: new Map([[w, T.sub(w, T.mul(0.1, g))]]) } };
  };
  const x = Float32Array.from({ length: 512 }, (_, i) => Math.cos(i));

  it("computes the same bytes when it is run again from the same state", async () => {
    const results = [];
    for (let round = 0; round < 2; round++) {
      const { w, program: step } = program();
      const executable = await engine.compile(step);
      for (let i = 0; i < 50; i++) await executable.run({ x }, { seed: 1, step: i });
      results.push(Array.from(await engine.read(w)));
      await executable.dispose();
    }
    assert.deepEqual(results[0], results[1]);
  });

  it("lets two programs of one state run at once, as if one after the other", async () => {
    const count = T.variable("count", [], 1);
    const [double, add] = [{ outputs: {}, updates: new Map([[count, T.mul(count, 2)]]) }, { outputs: {}, updates: new Map([[count, T.add(count, 3)]]) }];
    const [first, second] = [await engine.compile(double), await engine.compile(add)];
    await Promise.all([first.run({}), second.run({})]);
    assert.deepEqual(Array.from(await engine.read(count)), [5]);
  });

  it("takes inputs and variables of any name", async () => {
    const [x, w] = [T.input("Add_0", [1]), T.variable("constant_0", [1], [2])];
    const { y } = await runOnce({ inputs: { sentinel: x }, outputs: { y: T.add(T.mul(x, w), 3) } }, { sentinel: Float32Array.of(4) }, undefined, engine);
    assert.deepEqual(y, [11]);
  });

  it("leaves its outputs in the same arrays, run after run", async () => {
    const executable = await engine.compile(program().program);
    const { loss } = await executable.run({ x }, { seed: 1 });
    const value = loss[0];
    const next = await executable.run({ x }, { seed: 1 });
    assert.equal(next.loss, loss);
    assert.ok(loss[0] < value);
  });

  it("does not grow in memory over thousands of runs", async () => {
    const executable = await engine.compile(program().program);
    const run = async (count: number) => {
      for (let i = 0; i < count; i++) await executable.run({ x }, { seed: 1, step: i });
      return process.memoryUsage().rss;
    };
    await run(1500);
    const before = await run(500);
    const after = await run(3000);
    assert.ok(after - before < 24e6, `resident memory grew by ${((after - before) / 1e6).toFixed(1)} MB`);
    await executable.dispose();
  });

  it("adds repeated rows the same way every time", async () => {
    const at = T.constant(Array.from({ length: 400 }, (_, i) => (i * i) % 7), [400], "int32");
    const rows = T.constant(Array.from({ length: 4000 }, (_, i) => Math.sin(i)), [400, 10]);
    const sums = T.scatterAdd(rows, at, 7);
    const first = await runOnce({ outputs: { sums } }, {}, undefined, engine);
    assertClose(first.sums, (await runOnce({ outputs: { sums } })).sums, 1e-5);
    for (let i = 0; i < 5; i++) assert.deepEqual(await runOnce({ outputs: { sums } }, {}, undefined, engine), first);
  });

  it("lets values fade to zero instead of into denormal numbers, which are slow", async () => {
    const fading = T.variable("fading", [4], 1.5e-38);
    const step = await engine.compile({ outputs: {}, updates: new Map([[fading, T.mul(fading, 0.5)]]) });
    await step.run({});
    assert.deepEqual(Array.from(await engine.read(fading)), [0, 0, 0, 0]);
    await step.dispose();
  });
});
