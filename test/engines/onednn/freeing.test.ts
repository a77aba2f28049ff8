/** What the engine makes of the library's objects, it frees. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { Conv2d, Dense, Flatten, sequential, trainingMode } from "../../../src/nn/index.js";
import { adam } from "../../../src/optimizers/index.js";
import * as T from "../../../src/tensor/index.js";
import type { Program } from "../../../src/tensor/index.js";

function program(): Program<"x", "loss"> {
  const network = sequential(Conv2d(4, { kernelSize: 3, activation: T.silu }), Flatten(), Dense(3))("net", [2, 6, 6]);
  const x = T.input("x", [2, 2, 6, 6]);
  const loss = T.mean(T.square(network.apply(x, trainingMode())));
  return { inputs: { x }, outputs: { loss }, updates: adam().minimize(loss, network.parameters) };
}
const x = new Float32Array(144).fill(0.5);

describe("onednn: freeing", () => {
  it("an executable frees what it made", async () => {
    const engine = await onednnEngine({ threads: 1 });
    const before = engine.live();
    const [first, second] = [await engine.compile(program()), await engine.compile(program())];
    await first.run({ x });
    await second.run({ x });
    const both = engine.live();
    await first.dispose();
    await first.dispose();
    assert.ok(engine.live() > before && engine.live() < both);
    await second.run({ x });
    await second.dispose();
    assert.equal(engine.live(), before);
    await engine.dispose();
    assert.equal(engine.live(), 0);
  });

  it("an engine frees its executables, and engines do not touch each other's", async () => {
    const [one, other] = [await onednnEngine({ threads: 1 }), await onednnEngine({ threads: 1 })];
    const step = await other.compile(program());
    await (await one.compile(program())).run({ x });
    await one.compile(program());
    await one.dispose();
    await one.dispose();
    assert.equal(one.live(), 0);
    await step.run({ x });
    await other.dispose();
    assert.equal(other.live(), 0);
  });

  it("a program that cannot be compiled leaves nothing behind", async () => {
    const engine = await onednnEngine({ threads: 1 });
    const before = engine.live();
    const x = T.input("x", [2, 2, 6, 6]);
    // oneDNN's tensors have 12 axes at most.
    const wide = T.reshape(T.tanh(T.matmul(x, T.transpose(x))), [...new Array<number>(9).fill(1), 2, 2, 6, 6]);
    await assert.rejects(() => engine.compile({ inputs: { x }, outputs: { wide } }), /oneDNN [\d.]+: dnnl_memory_desc/);
    assert.equal(engine.live(), before);
    await engine.dispose();
    assert.equal(engine.live(), 0);
  });

  it("variables move when a program lays them side by side, and others still find them", async () => {
    const engine = await onednnEngine({ threads: 1 });
    const variables = ["a", "b", "c"].map((name, i) => T.variable(name, [5], i + 1));
    const see = await engine.compile({ outputs: Object.fromEntries(variables.map((variable) => [variable.name, variable])) });
    assert.deepEqual((await see.run({})).b[0], 2);
    const step = await engine.compile({ outputs: {}, updates: new Map([...variables].reverse().map((variable) => [variable, T.mul(T.add(variable, 1), 2)])) });
    await step.run({});
    const seen = await see.run({});
    assert.deepEqual([seen.a[0], seen.b[0], seen.c[4]], [4, 6, 8]);
    await engine.dispose();
  });
});
