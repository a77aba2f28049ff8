/** What every engine must do: each op as the reference engine does it, and the rules of running programs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Engine } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { EngineError, ShapeError } from "../../src/errors.js";
import * as T from "../../src/tensor/index.js";
import type { Data, Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce, valueOf } from "../support/compute.js";
import { reachableBytes } from "../support/garbage.js";
import type { Point } from "../support/numerical-gradient.js";
import { functionCases, gradientCases, type GradientCase } from "../tensor/gradient-cases.js";

const feed = ({ values, dtype = "float32" }: Point): Data => (dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values));

/** The value of an op's case and its gradients, on one engine. */
export async function evaluate({ f, points }: GradientCase, engine: Engine): Promise<Record<string, number[]>> {
  const inputs = points.map(({ shape, dtype = "float32" }, i) => T.input(`x${i}`, shape, dtype));
  const y = f(...inputs);
  const floats = inputs.filter((x) => x.dtype === "float32");
  const gradients = T.gradients(T.mean(T.square(y)), floats);
  const program = { inputs: Object.fromEntries(inputs.map((x) => [x.name, x])), outputs: { y, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) } };
  return runOnce(program, Object.fromEntries(points.map((point, i) => [`x${i}`, feed(point)])), undefined, engine);
}

export function conformance(name: string, makeEngine: () => Promise<Engine>, tolerance: number): void {
  describe(`${name}: every op as on the reference engine, forward and backward`, () => {
    for (const [op, cases] of Object.entries({ ...gradientCases, ...functionCases }))
      it(op, async () => {
        const [engine, reference] = [await makeEngine(), referenceEngine()];
        for (const oneCase of cases) {
          const [actual, expected] = [await evaluate(oneCase, engine), await evaluate(oneCase, reference)];
          for (const key of Object.keys(expected)) assertClose(actual[key], expected[key], tolerance, `${op} ${key}`);
        }
        await engine.dispose();
      });

    it("extreme values", async () => {
      const engine = await makeEngine();
      const x = T.constant([-1e4, -90, -20, -1e-3, 0, 1e-3, 20, 90, 1e4]);
      for (const [op, f] of Object.entries({ sigmoid: T.sigmoid, softplus: T.softplus, tanh: T.tanh, gelu: T.gelu, elu: T.elu, softmax: T.softmax, logSumExp: (y: Tensor) => T.logSumExp(y), erf: T.erf }))
        assertClose(await valueOf(f(x), engine), await valueOf(f(x)), tolerance, op);
      await engine.dispose();
    });

    it("where chooses: what is not chosen may be NaN or infinite", async () => {
      const engine = await makeEngine();
      const x = T.input("x", [2, 3]);
      const outputs = {
        guarded: T.where(T.greater(x, 0), T.log(x), 0),
        otherwise: T.where(T.greater(0, x), 0, T.sqrt(x)),
        stretched: T.where(T.less(x, 0), T.constant([1, 2, 3]), T.div(1, x)),
        infinite: T.where(T.less(x, 0), -Infinity, x),
      };
      const [gradient] = T.gradients(T.sum(outputs.guarded), [x]);
      const program = { inputs: { x }, outputs: { ...outputs, gradient } };
      const feeds = { x: Float32Array.of(-1, 0, 1, 2, -3, 4) };
      const [actual, expected] = [await runOnce(program, feeds, undefined, engine), await runOnce(program, feeds)];
      for (const key of Object.keys(expected)) for (const [i, value] of expected[key].entries()) if (Number.isFinite(value)) assertClose([actual[key][i]], [value], tolerance, key); else assert.equal(actual[key][i], value, key);
      await engine.dispose();
    });

    it("NaN is neither greater nor less than a number, nor equal to it", async () => {
      const engine = await makeEngine();
      const x = T.input("x", [4]);
      const outputs = { greater: T.greater(x, 0), less: T.less(x, 0), above: T.greater(0, x), below: T.less(0, x), equal: T.equal(x, 0) };
      const actual = await runOnce({ inputs: { x }, outputs }, { x: Float32Array.of(NaN, -1, 0, 1) }, undefined, engine);
      assert.deepEqual(actual, { greater: [0, 0, 0, 1], less: [0, 1, 0, 0], above: [0, 1, 0, 0], below: [0, 0, 0, 1], equal: [0, 0, 1, 0] });
      await engine.dispose();
    });

    it("int32 and bool values", async () => {
      const engine = await makeEngine();
      const [a, b] = [T.constant([1, 2, 3, -4], [4], "int32"), T.constant([1, 5, 3, 0], [4], "int32")];
      const tensors = { equal: T.equal(a, b), less: T.less(a, b), where: T.where(T.less(a, b), a, b), cast: T.cast(T.constant([1.9, -1.9]), "int32"), sum: T.sum(a), max: T.max(a), reshape: T.reshape(a, [2, 2]) };
      for (const [op, tensor] of Object.entries(tensors)) assert.deepEqual(await valueOf(tensor, engine), await valueOf(tensor), op);
      await engine.dispose();
    });
  });

  describe(`${name}: running programs`, () => {
    const counter = () => {
      const [a, b] = [T.variable("a", [], 1), T.variable("b", [], 10)];
      return { a, b, program: { outputs: { sum: T.add(a, b) }, updates: new Map([[a, b], [b, T.add(a, b)]]) } };
    };

    it("computes all updates from the values before the run", async () => {
      const engine = await makeEngine();
      const { a, b, program } = counter();
      const step = await engine.compile(program);
      assert.deepEqual(Array.from((await step.run({})).sum), [11]);
      assert.deepEqual([...(await engine.read(a)), ...(await engine.read(b))], [10, 11]);
      assert.deepEqual(Array.from((await step.run({})).sum), [21]);
      assert.deepEqual([...(await engine.read(a)), ...(await engine.read(b))], [11, 21]);
      await engine.dispose();
    });

    it("shares variables between programs, and reads back what was written", async () => {
      const engine = await makeEngine();
      const w = T.variable("w", [2], [1, 2]);
      const add = await engine.compile({ outputs: {}, updates: new Map([[w, T.add(w, 1)]]) });
      const see = await engine.compile({ outputs: { w, double: T.mul(w, 2) } });
      await add.run({});
      await add.run({});
      const { w: value, double } = await see.run({});
      assert.deepEqual([Array.from(value), Array.from(double)], [[3, 4], [6, 8]]);
      await engine.write(w, [5, 6]);
      assert.deepEqual(Array.from(await engine.read(w)), [5, 6]);
      await add.run({});
      assert.deepEqual(Array.from((await see.run({})).double), [12, 14]);
      await engine.dispose();
    });

    it("gives a variable that was never written its first values for seed 0", async () => {
      const engine = await makeEngine();
      const w = new T.Variable("w", { shape: [2], dtype: "float32" }, (seed) => Float32Array.of(seed, 7));
      assert.deepEqual(Array.from(await engine.read(w)), [0, 7]);
      await engine.dispose();
    });

    it("does not draw the first values of a variable that is written before it is read", async () => {
      const engine = await makeEngine();
      const w = new T.Variable("w", { shape: [2], dtype: "float32" }, () => assert.fail("drawn"));
      await engine.write(w, [1, 2]);
      assert.deepEqual(await runOnce({ outputs: { double: T.mul(w, 2) } }, {}, undefined, engine), { double: [2, 4] });
      await engine.dispose();
    });

    it("forgets the variables that nobody can ask for any more", async () => {
      const engine = await makeEngine();
      const useNewVariables = async () => {
        const [v, w] = [T.variable("v", [1 << 18]), T.variable("w", [1 << 18])];
        const step = await engine.compile({ outputs: {}, updates: new Map([[v, T.add(v, 1)], [w, T.add(w, 1)]]) });
        await engine.write(v, new Float32Array(1 << 18));
        await step.run({});
        await step.dispose();
      };
      await useNewVariables();
      const before = await reachableBytes();
      for (let i = 0; i < 4; i++) await useNewVariables();
      const more = (await reachableBytes()) - before;
      assert.ok(more < 1 << 20, `${more} bytes more`);
      await engine.dispose();
    });

    it("keeps the variables of an executable, though nobody else has them", async () => {
      const engine = await makeEngine();
      const countOnly = async () => {
        const { program } = counter();
        return engine.compile(program);
      };
      const step = await countOnly();
      await step.run({});
      await reachableBytes();
      assert.deepEqual(Array.from((await step.run({})).sum), [21]);
      await engine.dispose();
    });

    it("gives outputs that are inputs, constants, variables or each other", async () => {
      const engine = await makeEngine();
      const [x, w] = [T.input("x", [2]), T.variable("w", [2], [3, 4])];
      const y = T.neg(x);
      const result = await runOnce({ inputs: { x }, outputs: { x, w, y, again: y, c: T.constant([5, 6]), yes: T.greater(x, 1) }, updates: new Map([[w, y]]) }, { x: Float32Array.of(1, 2) }, undefined, engine);
      assert.deepEqual(result, { x: [1, 2], w: [3, 4], y: [-1, -2], again: [-1, -2], c: [5, 6], yes: [0, 1] });
      assert.deepEqual(Array.from(await engine.read(w)), [-1, -2]);
      await engine.dispose();
    });

    it("sees the same noise as every engine, row by row whatever the batch", async () => {
      const engine = await makeEngine();
      const program = (rows: number) => ({ outputs: { n: T.noise.normal([rows, 3]), u: T.noise.uniform([rows, 2]), b: T.noise.bernoulli([rows], 0.5) } });
      const whole = await runOnce(program(4), {}, { seed: 9, step: 2 }, engine);
      assert.deepEqual(whole, await runOnce(program(4), {}, { seed: 9, step: 2 }));
      const rest = await runOnce(program(2), {}, { seed: 9, step: 2, firstRow: 2 }, engine);
      assert.deepEqual(rest, { n: whole.n.slice(6), u: whole.u.slice(4), b: whole.b.slice(2) });
      await engine.dispose();
    });

    it("refuses wrong feeds by name", async () => {
      const engine = await makeEngine();
      const x = T.input("pixels", [2, 3]);
      const program = await engine.compile({ inputs: { pixels: x }, outputs: { y: T.add(x, T.noise.normal([2, 3])) } });
      const rejects = (feeds: Record<string, Data>, message: RegExp) => assert.rejects(() => program.run(feeds as { pixels: Data }, { seed: 1 }), message);
      await rejects({}, /Input "pixels" of shape \[2, 3\] was not given/);
      await rejects({ pixels: new Float32Array(5) }, /Input "pixels" has 5 values; its shape \[2, 3\] needs 6/);
      await rejects({ pixels: new Float32Array(6), pixel: new Float32Array(6) }, /no input "pixel"/);
      await assert.rejects(() => program.run({ pixels: new Float32Array(6) }), /uses noise/);
      await assert.rejects(() => engine.write(T.variable("w", [2]), [1]), ShapeError);
      await engine.dispose();
    });

    it("refuses an index outside the table", async () => {
      const engine = await makeEngine();
      const at = T.input("at", [1], "int32");
      await assert.rejects(() => runOnce({ inputs: { at }, outputs: { row: T.gather(T.constant([1, 2, 3]), at) } }, { at: Int32Array.of(3) }, undefined, engine), EngineError);
      await engine.dispose();
    });

    it("cannot be used after it was disposed of", async () => {
      const engine = await makeEngine();
      const one = await engine.compile({ outputs: { one: T.add(T.variable("v", []), 1) } });
      const two = await engine.compile({ outputs: { two: T.constant(2) } });
      await one.dispose();
      await assert.rejects(() => one.run({}), EngineError);
      await engine.dispose();
      await assert.rejects(() => two.run({}), EngineError);
      await assert.rejects(() => engine.compile({ outputs: { two: T.constant(2) } }), EngineError);
    });
  });
}
