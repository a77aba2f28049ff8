import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import {
  Activation, activations, AveragePool, BatchNorm, Conv2d, ConvTranspose2d, Dense, Dropout, Embedding, Flatten, GaussianNoise, GlobalAveragePool, GroupNorm, inferenceMode, InstanceNorm, LayerNorm, MaxPool,
  Reshape, sequential, trainingMode, UpSample, type Initializer, type Layer, type Mode,
} from "../../src/nn/index.js";
import { fillNoise, input, noise, relu, selu, sizeOf, type Shape } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

type Oracle = Readonly<Record<string, { readonly y: number[]; readonly shape: number[]; readonly mean: number[]; readonly variance: number[] }>>;
const load = (name: string) => JSON.parse(readFileSync(new URL(`oracles/${name}.json`, import.meta.url), "utf8")) as Oracle;
const [keras, pytorch] = [load("keras"), load("pytorch")];

/** The same values as in oracles/frameworks.py. */
const values = (shape: Shape, phase = 0) => Float64Array.from({ length: sizeOf(shape) }, (_, i) => 1.5 * Math.sin(i * 1.7 + phase));
const fixed = (phase: number): Initializer => (shape) => Float32Array.from(values(shape, phase));

async function apply(layer: Layer, shape: Shape, mode: Mode = inferenceMode(), x: ArrayLike<number> = values(shape)) {
  const module = layer("layer", shape.slice(1));
  const images = input("x", shape);
  const y = module.apply(images, mode);
  assert.deepEqual(y.shape.slice(1), module.outputShape);
  return { module, y: (await runOnce({ inputs: { x: images }, outputs: { y } }, { x: Float64Array.from(x) }, { seed: 1 })).y };
}

describe("layers compute what Keras and PyTorch compute", () => {
  const image = [2, 3, 7, 5];
  for (const padding of ["same", "valid"] as const) {
    for (const stride of [1, 2, 3]) {
      it(`Conv2d, ${padding}, stride ${stride}`, async () => {
        const { y } = await apply(Conv2d(4, { kernelSize: [3, 2], stride, padding, useBias: false, kernelInitializer: fixed(1) }), image);
        assertClose(y, keras[`conv-${padding}-${stride}`].y, 1e-6);
      });
      it(`ConvTranspose2d, ${padding}, stride ${stride}`, async () => {
        const { y, module } = await apply(ConvTranspose2d(4, { kernelSize: [3, 2], stride, padding, useBias: false, kernelInitializer: fixed(1) }), image);
        assert.deepEqual(module.outputShape, keras[`transposed-${padding}-${stride}`].shape.slice(1));
        assertClose(y, keras[`transposed-${padding}-${stride}`].y, 1e-6);
      });
    }
    it(`MaxPool and AveragePool, ${padding}`, async () => {
      assertClose((await apply(MaxPool([3, 2], { stride: 2, padding }), image)).y, keras[`max-${padding}`].y, 1e-6);
      assertClose((await apply(AveragePool([3, 2], { stride: 2, padding }), image)).y, keras[`average-${padding}`].y, 1e-6);
    });
  }

  it("ConvTranspose2d with output padding, bias and PyTorch's kernel layout", async () => {
    const layer = ConvTranspose2d(2, { kernelSize: 3, stride: 2, padding: 1, outputPadding: 1, kernelInitializer: fixed(1), biasInitializer: fixed(2) });
    assertClose((await apply(layer, [2, 4, 5, 3])).y, pytorch.transposed.y, 1e-6);
  });

  it("Conv2d and ConvTranspose2d in groups, with dilation and a stride and padding per axis", async () => {
    const options = { kernelSize: 2, stride: [2, 1], dilation: [2, 1], groups: 2, useBias: false, kernelInitializer: fixed(1) } as const;
    assertClose((await apply(Conv2d(6, { ...options, padding: [2, 1] }), [2, 4, 5, 3])).y, pytorch.grouped.y, 1e-6);
    assertClose((await apply(ConvTranspose2d(6, { ...options, padding: [1, 0] }), [2, 4, 5, 3])).y, pytorch.groupedTransposed.y, 1e-6);
  });

  it("Dense with an activation", async () => {
    const { y, module } = await apply(Dense(4, { activation: selu, kernelInitializer: fixed(1), biasInitializer: fixed(2) }), [3, 5]);
    assertClose(y, keras.dense.y, 1e-6);
    assert.deepEqual(module.parameters.map(({ name, shape }) => [name, shape]), [["layer.kernel", [5, 4]], ["layer.bias", [4]]]);
  });

  it("GroupNorm and LayerNorm", async () => {
    assertClose((await apply(LayerNorm(), image)).y, keras.layerNorm.y, 1e-6);
    const x = input("x", [2, 4, 5, 3]);
    const module = GroupNorm(2)("layer", [4, 5, 3]);
    const [gain, bias] = module.parameters;
    const engine = referenceEngine();
    await engine.write(gain, values([4], 2));
    await engine.write(bias, values([4], 3));
    assertClose((await runOnce({ inputs: { x }, outputs: { y: module.apply(x, inferenceMode()) } }, { x: values([2, 4, 5, 3]) }, undefined, engine)).y, pytorch.groupNorm.y, 1e-6);
  });

  it("InstanceNorm makes each channel of each example have mean 0 and variance 1", async () => {
    const { y } = await apply(InstanceNorm({ epsilon: 0 }), [2, 3, 4, 5]);
    for (let i = 0; i < 6; i++) {
      const channel = y.slice(20 * i, 20 * (i + 1));
      const mean = channel.reduce((a, b) => a + b, 0) / 20;
      assertClose([mean, channel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 20], [0, 1], 1e-6);
    }
  });

  it("BatchNorm in training and in inference, with its running statistics", async () => {
    const x = input("x", image);
    const module = BatchNorm()("layer", image.slice(1));
    const engine = referenceEngine();
    await engine.write(module.parameters[0], values([3], 2));
    await engine.write(module.parameters[1], values([3], 3));
    const mode = trainingMode();
    const y = module.apply(x, mode);
    assertClose((await runOnce({ inputs: { x }, outputs: { y }, updates: mode.updates }, { x: values(image) }, undefined, engine)).y, keras["batchNorm-training"].y, 1e-6);
    assertClose(await engine.read(module.statistics[0]), keras["batchNorm-training"].mean, 1e-6);
    assertClose(await engine.read(module.statistics[1]), keras["batchNorm-training"].variance, 1e-6);
    const inference = module.apply(x, inferenceMode());
    assertClose((await runOnce({ inputs: { x }, outputs: { y: inference } }, { x: values(image) }, undefined, engine)).y, keras["batchNorm-inference"].y, 1e-6);
  });
});

describe("BatchNorm", () => {
  it("with PyTorch's options gives PyTorch's values and running mean", async () => {
    const x = input("x", [2, 4, 5, 3]);
    const [module, engine, mode] = [BatchNorm({ momentum: 0.9, epsilon: 1e-5 })("layer", [4, 5, 3]), referenceEngine(), trainingMode()];
    const y = module.apply(x, mode);
    assertClose((await runOnce({ inputs: { x }, outputs: { y }, updates: mode.updates }, { x: values([2, 4, 5, 3]) }, undefined, engine)).y, pytorch.batchNorm.y, 1e-6);
    assertClose(await engine.read(module.statistics[0]), pytorch.batchNorm.mean, 1e-6);
  });

  it("applied to two batches in one step counts both, one after the other, as Keras does", async () => {
    const [a, b] = [input("a", [2, 1]), input("b", [2, 1])];
    const [module, engine, mode] = [BatchNorm({ momentum: 0.5 })("layer", [1]), referenceEngine(), trainingMode()];
    module.apply(a, mode);
    module.apply(b, mode);
    await runOnce({ inputs: { a, b }, outputs: {}, updates: mode.updates }, { a: Float64Array.of(3, 5), b: Float64Array.of(8, 8) }, undefined, engine);
    // mean: (0 + 4) / 2, then (2 + 8) / 2; variance: (1 + 1) / 2, then (1 + 0) / 2
    assertClose(await engine.read(module.statistics[0]), [5], 1e-12);
    assertClose(await engine.read(module.statistics[1]), [0.5], 1e-12);
  });
});

describe("layers without parameters", () => {
  it("reshape, flatten, upsample, pool", async () => {
    assert.deepEqual(Flatten()("f", [2, 3, 4]).outputShape, [24]);
    assert.deepEqual(Reshape([4, -1])("r", [24]).outputShape, [4, 6]);
    assert.deepEqual((await apply(UpSample(2), [1, 1, 1, 2], inferenceMode(), [1, 2])).y, [1, 1, 2, 2, 1, 1, 2, 2]);
    assert.deepEqual((await apply(GlobalAveragePool(), [1, 2, 1, 2], inferenceMode(), [1, 3, 5, 6])).y, [2, 5.5]);
    assert.deepEqual((await apply(Activation(relu), [1, 3], inferenceMode(), [-1, 0, 2])).y, [0, 0, 2]);
  });

  it("Dropout drops its share in training, keeps the mean, and does nothing in inference", async () => {
    const x = new Float64Array(20_000).fill(1);
    const { y } = await apply(Dropout(0.4), [20, 1000], trainingMode(), x);
    const dropped = y.filter((value) => value === 0).length / y.length;
    assert.ok(Math.abs(dropped - 0.4) < 0.01, `${dropped}`);
    assert.ok(y.every((value) => value === 0 || Math.abs(value - 1 / 0.6) < 1e-6));
    assert.deepEqual((await apply(Dropout(0.4), [2, 2], inferenceMode(), [1, 2, 3, 4])).y, [1, 2, 3, 4]);
  });

  it("Dropout of images draws its mask with the channels last", async () => {
    const [batch, channels, height, width] = [3, 5, 2, 7];
    const { y } = await apply(Dropout(0.4), [batch, channels, height, width], trainingMode());
    const mask = new Float32Array(y.length);
    fillNoise(noise.bernoulli([batch, height, width, channels], 0.6), 0, { seed: 1 }, mask);
    const expected = values([batch, channels, height, width]).map((x, i) => {
      const [n, c, position] = [Math.floor(i / (channels * height * width)), Math.floor(i / (height * width)) % channels, i % (height * width)];
      return (x * mask[(n * height * width + position) * channels + c]) / 0.6;
    });
    assertClose(y, expected, 1e-6);
  });

  it("GaussianNoise adds its deviation in training only", async () => {
    const { y } = await apply(GaussianNoise(0.5), [20, 1000], trainingMode(), new Float64Array(20_000));
    const variance = y.reduce((total, value) => total + value * value, 0) / y.length;
    assert.ok(Math.abs(variance - 0.25) < 0.01);
    assert.deepEqual((await apply(GaussianNoise(0.5), [1, 2], inferenceMode(), [1, 2])).y, [1, 2]);
  });

  it("Embedding looks rows up", async () => {
    const module = Embedding(5, 3)("layer", [2]);
    const at = input("at", [1, 2], "int32");
    const { y } = await runOnce({ inputs: { at }, outputs: { y: module.apply(at, inferenceMode()) } }, { at: Int32Array.of(4, 1) });
    const table = module.parameters[0].initial(0);
    assert.deepEqual(y, [...table.slice(12, 15), ...table.slice(3, 6)]);
  });
});

describe("sequential", () => {
  it("passes shapes on and names variables by position", () => {
    const module = sequential(Conv2d(4, { kernelSize: 3, stride: 2, padding: "same", activation: relu }), BatchNorm(), Flatten(), Dense(2))("encoder", [1, 7, 7]);
    assert.deepEqual(module.outputShape, [2]);
    assert.deepEqual(module.parameters.map(({ name }) => name), ["encoder.0.kernel", "encoder.0.bias", "encoder.1.gain", "encoder.1.bias", "encoder.3.kernel", "encoder.3.bias"]);
    assert.deepEqual(module.statistics.map(({ name }) => name), ["encoder.1.runningMean", "encoder.1.runningVariance"]);
  });
});

describe("activations by name", () => {
  it("keep the shape", () => {
    for (const f of Object.values(activations)) assert.deepEqual(f(input("x", [2, 3])).shape, [2, 3]);
  });
});
