import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { onnxEngine } from "../../../src/engines/onnx/index.js";
import * as T from "../../../src/tensor/index.js";
import { assertClose } from "../../support/close.js";
import { runOnce } from "../../support/compute.js";
import { properties } from "../properties.js";

const engine = await onnxEngine({ threads: 2 });
after(() => engine.dispose());

properties("onnx", () => onnxEngine({ threads: 1 }), 2e-5);

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
