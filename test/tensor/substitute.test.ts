import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { ShapeError } from "../../src/errors.js";
import { add, exp, input, mul, noise, substitute, sum, variable } from "../../src/tensor/index.js";

describe("one graph in front of another", () => {
  it("stands wherever the input stood, and leaves the other graph as it was", async () => {
    const [engine, w] = [referenceEngine(), variable("w", [], 3)];
    await engine.write(w, w.initial(0));
    const [x, y] = [input("x", [2]), input("y", [2])];
    const output = sum(add(mul(w, x), exp(x)));
    const joined = substitute(output, x, mul(2, y));
    const [before, after] = [await engine.compile({ inputs: { x }, outputs: { output } }), await engine.compile({ inputs: { y }, outputs: { joined } })];
    const twice = (await before.run({ x: Float32Array.of(0.2, -1) })).output[0];
    assert.equal((await after.run({ y: Float32Array.of(0.1, -0.5) })).joined[0], twice);
  });

  it("shares what does not depend on it", () => {
    const [x, drawn] = [input("x", [2]), noise.normal([2])];
    const joined = substitute(add(x, drawn), x, exp(x));
    assert.equal(joined.inputs[1], drawn);
    assert.equal(substitute(drawn, x, exp(x)), drawn);
    assert.equal(substitute(x, x, drawn), drawn);
  });

  it("has to be of the same shape", () => {
    const x = input("x", [2]);
    assert.throws(() => substitute(exp(x), x, input("y", [3])), ShapeError);
  });
});
