import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { add, exp, input, noise, relu, schedule, softmax, softplus, sum, variable, zeros } from "../../src/tensor/index.js";

describe("schedule", () => {
  it("refuses an input that is used but not listed", () => {
    assert.throws(() => schedule({ outputs: { y: exp(input("x", [2])) } }), /uses input "x" of shape \[2\], but does not list it/);
  });

  it("refuses two variables of one name", () => {
    assert.throws(() => schedule({ outputs: { y: add(variable("w", []), variable("w", [])) } }), /Two variables are named "w"/);
  });

  it("refuses an update of another shape", () => {
    assert.throws(() => schedule({ outputs: {}, updates: new Map([[variable("w", [2]), zeros([3])]]) }), /update of variable "w" is \[3\] float32, the variable \[2\] float32/);
  });

  it("expands the composites that an engine does not lower, inside each other too", () => {
    const x = input("x", [2, 3]);
    const program = { inputs: { x }, outputs: { y: softmax(softplus(relu(x))) } };
    const names = (lowered: string[]) => new Set(schedule(program, new Set(lowered)).nodes.map((node) => node.op.name));
    assert.deepEqual([...names(["relu", "softplus", "softmax"])], ["input", "relu", "softplus", "softmax"]);
    for (const name of ["relu", "softplus", "softmax"]) assert.ok(!names([]).has(name));
    assert.ok(names(["softplus"]).has("softplus") && !names(["softplus"]).has("softmax"));
  });

  it("numbers noises alike however much is lowered", () => {
    const [a, b] = [noise.normal([2]), noise.normal([2])];
    const program = { outputs: { y: sum(add(softplus(a), relu(b))) } };
    assert.deepEqual(schedule(program).noises, [a, b]);
    assert.deepEqual(schedule(program, new Set(["relu", "softplus"])).noises, [a, b]);
  });

  it("puts thousands of nodes in a chain in order", () => {
    let y = exp(input("x", []));
    const x = y.inputs[0];
    for (let i = 0; i < 20_000; i++) y = exp(y);
    assert.equal(schedule({ inputs: { x }, outputs: { y } }).nodes.length, 20_002);
  });
});
