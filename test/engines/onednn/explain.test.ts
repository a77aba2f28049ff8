import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainPlan, sumsByKind } from "../../../src/engines/onednn/explain.js";
import { onednnEngine, type OnednnEngine } from "../../../src/engines/onednn/index.js";
import { args } from "../../../src/engines/onednn/operations.js";
import type { Plan, Step, Storage, Value } from "../../../src/engines/onednn/plan.js";
import { EngineError } from "../../../src/errors.js";
import * as T from "../../../src/tensor/index.js";
import { assertClose } from "../../support/close.js";

const storage = (bytes: number, kind: Storage["kind"] = "arena"): Storage => ({ bytes, kind });
const vector = (place: Storage, length: number, offset = 0): Value => ({
  storage: place,
  offset,
  dtype: "float32",
  desc: { handle: 0n, shape: [length], layout: "a", bytes: 4 * length, strides: [1], plain: true, dense: true },
});

function step(title: string, reads: Value[], writes: Value[], flop = 0, scratch?: Value): Step {
  const primitive = { descriptor: 0n, handle: 0n, implementation: "jit:test", scratchpad: undefined, desc: () => vector(storage(4), 1).desc };
  const written: [number, Value][] = [...writes.map((value): [number, Value] => [args.dst, value]), ...(scratch ? [[args.scratchpad, scratch] satisfies [number, Value]] : [])];
  const places = (values: readonly Value[]): Storage[] => [...new Set(values.map((value) => value.storage))];
  return {
    title,
    work: { kind: "primitive", primitive, args: [...reads.map((value): [number, Value] => [args.src, value]), ...written], inputs: reads.length },
    reads: places(reads),
    writes: places(writes),
    flop,
  };
}

const planOf = (...steps: Step[]): Plan => ({ steps, inputs: new Map(), noises: [], chains: new Map(), outputs: new Map(), bundles: [] });

describe("a plan explained", () => {
  const [a, b] = [storage(4000), storage(4000, "variable")];

  it("takes a step's median time, and the shares of the whole", () => {
    const { rows, total } = explainPlan(planOf(step("add", [], [vector(a, 1)]), step("mul", [], [vector(a, 1)])), [[1, 9], [3, 2], [100, 3]]);
    assert.deepEqual(rows.map(({ milliseconds, share }) => [milliseconds, share]), [[3, 0.5], [3, 0.5]]);
    assert.deepEqual([total.milliseconds, total.steps], [6, 2]);
  });

  it("counts the bytes of distinct values once for reading and once for writing, and scratch memory never", () => {
    const bytes = (one: Step): number => explainPlan(planOf(one), [[1]]).rows[0].bytes;
    assert.equal(bytes(step("add", [vector(a, 1000), vector(b, 1000)], [vector(storage(4000), 1000)])), 12000);
    assert.equal(bytes(step("square", [vector(a, 1000), vector(a, 1000)], [vector(a, 1000)])), 8000, "in place, and the same operand twice");
    assert.equal(bytes(step("halves", [vector(a, 500), vector(a, 500, 500)], [vector(b, 500)])), 6000);
    assert.equal(bytes(step("add", [vector(a, 1000)], [vector(b, 1000)], 0, vector(storage(9000), 2250))), 8000);
  });

  it("gives rates only where there is enough work to time", () => {
    const big = storage(4e6);
    const { rows } = explainPlan(planOf(step("matmul", [vector(big, 1e6)], [vector(a, 1)], 2e9), step("tiny", [vector(a, 1)], [vector(a, 1)], 10)), [[4, 0.001]]);
    assertClose([rows[0].gflopPerSecond ?? 0, rows[0].gigabytesPerSecond ?? 0], [500, 1.000001], 1e-9);
    assert.deepEqual([rows[1].gflopPerSecond, rows[1].gigabytesPerSecond], [undefined, undefined]);
  });

  it("sums by the first op of a title, the most expensive first", () => {
    const none = (title: string) => step(title, [], [vector(a, 1)], 5);
    const plan = explainPlan(planOf(none("conv2d + relu"), none("linear + add of 13"), none("conv2d"), none("linear of 2")), [[1, 5, 2, 4]]);
    assert.deepEqual(sumsByKind(plan).map(({ kind, steps, flop, milliseconds, share }) => [kind, steps, flop, milliseconds, share]), [["linear", 2, 10, 9, 0.75], ["conv2d", 2, 10, 3, 0.25]]);
  });

  it("counts each variable once", () => {
    assert.equal(explainPlan(planOf(step("add", [vector(b, 1000)], [vector(b, 1000)]), step("mul", [vector(b, 1)], [vector(a, 1)])), [[1, 1]]).variableBytes, 4000);
  });
});

const engine = await onednnEngine().catch((error: unknown): EngineError => {
  if (error instanceof EngineError) return error;
  throw error;
});
const isEngine = (value: OnednnEngine | EngineError): value is OnednnEngine => !(value instanceof Error);

describe("the plan of a compiled program", { skip: isEngine(engine) ? false : engine.message }, () => {
  it("has the work, the bytes and the layouts of a matrix product", async () => {
    if (!isEngine(engine)) return;
    const [x, w] = [T.input("x", [64, 300]), T.variable("w", [300, 500], 0.1)];
    const executable = await engine.compile({ inputs: { x }, outputs: { y: T.relu(T.matmul(x, w)) } });
    await executable.run({ x: new Float32Array(64 * 300) });
    const { rows, total, variableBytes } = explainPlan(executable.plan, [executable.profile(), executable.profile()]);
    assert.deepEqual(rows.map((row) => row.step), rows.map((_, i) => i + 1));
    const [product] = rows;
    assert.deepEqual([product.title, product.kind, product.flop, product.bytes], ["matmul + relu", "matmul", 2 * 64 * 300 * 500, 4 * (64 * 300 + 300 * 500 + 64 * 500)]);
    assert.deepEqual([...product.reads, ...product.writes].map(({ shape, layout }) => `${shape.join("x")} ${layout}`), ["64x300 ab", "300x500 ab", "64x500 ab"]);
    assert.match(product.implementation, /\w/);
    assert.ok(product.milliseconds > 0 && total.milliseconds >= product.milliseconds);
    assert.equal(variableBytes, 4 * 300 * 500);
    await engine.dispose();
  });
});
