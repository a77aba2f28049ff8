import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ShapeError, UsageError } from "../../src/errors.js";
import * as nn from "../../src/nn/index.js";
import { cast, input, mean } from "../../src/tensor/index.js";

const image = [3, 8, 8];
const inference = nn.inferenceMode();

describe("options out of range are refused where they are written", () => {
  const wrong: [string, () => unknown][] = [
    ["Dense: units is 0", () => nn.Dense(0)],
    ["Conv2d: filters is 2.5", () => nn.Conv2d(2.5, { kernelSize: 3 })],
    ["Conv2d: kernelSize is 0", () => nn.Conv2d(2, { kernelSize: [3, 0] })],
    ["Conv2d: stride is -1", () => nn.Conv2d(2, { kernelSize: 3, stride: -1 })],
    ["Conv2d: dilation is 0", () => nn.Conv2d(2, { kernelSize: 3, dilation: 0 })],
    ["Conv2d: padding is -1", () => nn.Conv2d(2, { kernelSize: 3, padding: [[0, 0], [0, -1]] })],
    ["Conv2d: groups is 0", () => nn.Conv2d(2, { kernelSize: 3, groups: 0 })],
    ["ConvTranspose2d: outputPadding is 0.5", () => nn.ConvTranspose2d(2, { kernelSize: 3, outputPadding: 0.5 })],
    ["MaxPool: kernelSize is 0", () => nn.MaxPool(0)],
    ["MaxPool: padding is 2 for a kernelSize of [2, 2]", () => nn.MaxPool(2, { padding: 2 })],
    ["AveragePool: padding is [[0,0],[0,3]] for a kernelSize of [4, 3]", () => nn.AveragePool([4, 3], { padding: [[0, 0], [0, 3]] })],
    ["AveragePool: stride is 0", () => nn.AveragePool(2, { stride: 0 })],
    ["UpSample: scale is 1.5", () => nn.UpSample(1.5)],
    ["BatchNorm: momentum is 1", () => nn.BatchNorm({ momentum: 1 })],
    ["BatchNorm: epsilon is -1", () => nn.BatchNorm({ epsilon: -1 })],
    ["LayerNorm: epsilon is NaN", () => nn.LayerNorm({ epsilon: NaN })],
    ["GroupNorm: groups is 0", () => nn.GroupNorm(0)],
    ["Dropout: rate is 1.5", () => nn.Dropout(1.5)],
    ["GaussianNoise: stddev is Infinity", () => nn.GaussianNoise(Infinity)],
    ["Embedding: vocabulary is 0", () => nn.Embedding(0, 3)],
    ["truncatedNormal: stddev is NaN", () => nn.truncatedNormal(0, NaN)],
    ["randomNormal: stddev is -1", () => nn.randomNormal(0, -1)],
    ["randomUniform: low is 1, high is -1", () => nn.randomUniform(1, -1)],
    ["huber: delta is 0", () => nn.huber(input("a", [2]), input("b", [2]), 0)],
    ["klDivergenceBernoulli: target is 1.1", () => nn.klDivergenceBernoulli(1.1, input("a", [2]))],
  ];
  for (const [message, make] of wrong)
    it(message, () => assert.throws(make, (error: unknown) => error instanceof UsageError && error.message === message && /^Use /.test(error.hint ?? "")));

  it("the edges of the ranges are allowed", () => {
    assert.deepEqual(nn.AveragePool(2, { padding: 1 })("a", image).outputShape, [3, 5, 5]);
    assert.deepEqual(nn.MaxPool(3, { padding: "same", stride: 2 })("m", image).outputShape, [3, 4, 4]);
    for (const layer of [nn.Dropout(0), nn.GaussianNoise(0), nn.BatchNorm({ momentum: 0, epsilon: 0 })]) assert.deepEqual(layer("l", image).outputShape, image);
  });
});

describe("a layer that does not fit names itself, what it got and the way out", () => {
  const wrong: [string, RegExp, () => unknown][] = [
    ['Dense "net.1": needs examples of shape [features], but gets [4, 6, 6]', /Flatten/, () => nn.sequential(nn.Conv2d(4, { kernelSize: 3 }), nn.Dense(2))("net", image)],
    ['MaxPool "p": needs examples of shape [channels, height, width], but gets [9]', /Reshape/, () => nn.MaxPool()("p", [9])],
    ['Conv2d "c": 3 channels do not divide into 2 groups', /divides 3/, () => nn.Conv2d(4, { kernelSize: 3, groups: 2 })("c", image)],
    ['Conv2d "c": 4 filters do not divide into 3 groups', /divides 4/, () => nn.Conv2d(4, { kernelSize: 3, groups: 3 })("c", image)],
    ['ConvTranspose2d "c": 3 channels do not divide into 2 groups', /divides 3/, () => nn.ConvTranspose2d(4, { kernelSize: 3, groups: 2 })("c", image)],
    ['ConvTranspose2d "c": examples of shape [3, 8, 8] would become [2, -10, -10]', /less padding/, () => nn.ConvTranspose2d(2, { kernelSize: 1, padding: 9 })("c", image)],
    ['GroupNorm "g": 3 channels do not divide into 8 groups', /divides 3/, () => nn.GroupNorm(8)("g", image)],
    ['BatchNorm "b": needs examples of shape [channels, ...], but gets single numbers, []', /Reshape/, () => nn.BatchNorm()("b", [])],
    ['Activation "a": turns a batch [1, 5] into []', /batch/, () => nn.Activation((x) => mean(x))("a", [5])],
    ['Dense "d": made for [batch, 5], but gets [2, 6]', /Reshape/, () => nn.Dense(3)("d", [5]).apply(input("x", [2, 6]), inference)],
    ['Embedding "e": needs int32 indices, but gets float32', /int32/, () => nn.Embedding(4, 3)("e", [2]).apply(input("x", [1, 2]), inference)],
  ];
  for (const [message, hint, make] of wrong)
    it(message, () => assert.throws(make, (error: unknown) => error instanceof ShapeError && error.message === message && hint.test(error.hint ?? "")));

  it("an op's own error is passed on under the layer's name", () => {
    assert.throws(() => nn.Conv2d(2, { kernelSize: 9 })("net.0", image), (error: unknown) => error instanceof ShapeError && /^Conv2d "net.0": conv2d: .*the output would be 0 x 0/.test(error.message) && error.cause instanceof ShapeError);
    assert.throws(() => nn.Reshape([5, 5])("net.3", [24]), /Reshape "net.3": reshape: \[1, 24\] has 24 values/);
  });
});

describe("a loss refuses targets that would stretch its prediction", () => {
  const [column, vector] = [input("column", [4, 1]), input("vector", [4])];
  const losses = [nn.meanSquaredError, nn.meanAbsoluteError, nn.binaryCrossEntropyWithLogits, nn.klDivergenceNormal, (a: typeof column, b: typeof column) => nn.huber(a, b)];
  for (const loss of losses)
    it(loss.name || "huber", () => {
      assert.throws(() => loss(column, vector), /\[4\] does not fit \[4, 1\]/);
      assert.throws(() => loss(input("square", [4, 4]), vector), ShapeError);
      assert.throws(() => loss(column, input("square", [4, 4])), ShapeError);
    });

  it("but a scalar, or an axis of size 1, repeats", () => {
    assert.deepEqual(nn.meanSquaredError(input("p", [4, 3, 5]), input("t", [4, 1, 5]), "none").shape, [4, 3, 5]);
    assert.deepEqual(nn.binaryCrossEntropyWithLogits(input("p", [4, 3]), input("t", []), "none").shape, [4, 3]);
  });

  it("and class labels that are not one per example", () => {
    const logits = input("logits", [4, 3]);
    for (const labels of [input("l", [5], "int32"), input("l", [4, 1], "int32"), input("l", [4]), cast(logits, "int32")]) assert.throws(() => nn.categoricalCrossEntropyWithLogits(logits, labels), ShapeError);
  });
});
