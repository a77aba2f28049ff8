import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ShapeError, UsageError } from "../../src/errors.js";
import { adam, adamW, clipByGlobalNorm, cosineDecay, exponentialDecay, exponentialMovingAverage, globalNorm, nadam, rmsprop, sgd, warmUp } from "../../src/optimizers/index.js";
import { constant, variable } from "../../src/tensor/index.js";
import { valueOf } from "../support/compute.js";

const p = variable("p", [3]);
const g = constant([1, 2, 3]);

describe("options out of range are refused where they are written", () => {
  const wrong: [string, () => unknown][] = [
    ["adam: learningRate is -1", () => adam({ learningRate: -1 })],
    ["nadam: learningRate is NaN", () => nadam({ learningRate: NaN })],
    ["adam: beta1 is 1", () => adam({ beta1: 1 })],
    ["adamw: beta2 is 1.2", () => adamW({ beta2: 1.2 })],
    ["adamw: weightDecay is -1", () => adamW({ weightDecay: -1 })],
    ["nadam: beta1 is -0.1", () => nadam({ beta1: -0.1 })],
    ["nadam: epsilon is -1", () => nadam({ epsilon: -1 })],
    ["rmsprop: rho is 1", () => rmsprop({ rho: 1 })],
    ["rmsprop: momentum is -1", () => rmsprop({ momentum: -1 })],
    ["sgd: momentum is 1", () => sgd({ momentum: 1 })],
    ["sgd: nesterov is true, but momentum is 0", () => sgd({ nesterov: true })],
    ["sgd: clipNorm is 0", () => sgd({ clipNorm: 0 })],
    ["sgd: clipNorm is Infinity", () => sgd({ clipNorm: Infinity })],
    ["clipByGlobalNorm: limit is -1", () => clipByGlobalNorm([g], -1)],
    ["cosineDecay: steps is 0", () => cosineDecay(0.1, 0)],
    ["cosineDecay: lowest is -1", () => cosineDecay(0.1, 10, -1)],
    ["exponentialDecay: steps is 0", () => exponentialDecay(0.1, 0, 0.5)],
    ["exponentialDecay: decay is 0", () => exponentialDecay(0.1, 4, 0)],
    ["warmUp: steps is 1.5", () => warmUp(1.5, 0.1)],
    ["exponentialMovingAverage: decay is NaN", () => exponentialMovingAverage([p], new Map(), NaN)],
  ];
  for (const [message, make] of wrong)
    it(message, () => assert.throws(make, (error: unknown) => error instanceof UsageError && error.message === message && error.hint !== undefined));
});

describe("gradients must be those of the parameters", () => {
  it("one for each", () => assert.throws(() => sgd().apply([p], []), /sgd: 1 parameters and 0 gradients/));
  it("of its shape", () => assert.throws(() => adam().apply([p], [constant([1, 2])]), /adam: parameter "p" is \[3\], its gradient \[2\]/));
  it("with a learning rate that is one number", () => assert.throws(() => adam({ learningRate: () => g }).apply([p], [g]), ShapeError));
});

describe("nothing to train", () => {
  it("has the norm 0 and only counts steps", async () => {
    assert.deepEqual(await valueOf(globalNorm([])), [0]);
    assert.deepEqual([...adam({ clipNorm: 1 }).apply([], []).keys()].map(({ name }) => name), ["adam.step"]);
  });
});
