import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { greedy } from "../../src/models/greedy.js";
import { stacked } from "../../src/models/stacked.js";
import { train } from "../../src/index.js";
import { imagesFromArray } from "../../src/data/arrays.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { newFolder } from "../training/support/tiny.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";
import { halves, initialized, trainSteps } from "../support/small-autoencoders.js";

const spec = { kind: "images", shape: [1, 4, 4] } as const;
const build = (options = {}) => greedy.build(greedy.options.parse({ hidden: [6, 4], latentSize: 2, activation: "tanh", codingActivation: "linear", ...options }), spec);

describe("the greedy layer-wise autoencoder", () => {
  it("has a stage for each layer and one for all, with epochs and learning rates of their own", () => {
    const { stages } = build({ layerEpochs: [3, 7], layerLearningRates: [0.1] });
    assert.deepEqual(
      stages.map(({ name, epochs, learningRate }) => [name, epochs, learningRate]),
      [["layer-1", 3, 0.1], ["layer-2", 7, 0.1], ["layer-3", 7, 0.1], ["autoencoder", undefined, undefined]],
    );
    assert.deepEqual(stages.map(({ phases: [{ parameters }] }) => parameters.map(({ name }) => name.replace(/\.(kernel|bias)$/, "")).filter((name, i, all) => all.indexOf(name) === i)), [
      ["encoder.0", "decoder.0"], ["encoder.1", "decoder.1"], ["encoder.2", "decoder.2"], ["encoder.0", "decoder.0", "encoder.1", "decoder.1", "encoder.2", "decoder.2"],
    ]);
  });

  it("trains a layer on the codings of the layers before it, which stay as they are", async () => {
    const model = build();
    const engine = await initialized(model);
    const values = () => Promise.all(model.variables.map(async (variable) => [...(await engine.read(variable))]));
    const before = await values();
    const losses = await trainSteps(engine, model.stages[1], halves(4, 16), 4, 60);
    const after = await values();
    assert.ok(losses.at(-1)! < 0.05 * losses[0], `${losses[0]} -> ${losses.at(-1)}`);
    const trained = new Set(model.stages[1].phases[0].parameters);
    for (const [i, variable] of model.variables.entries()) assert.equal(before[i].some((value, at) => value !== after[i][at]), trained.has(variable), variable.name);
  });

  it("lets an output learn that is below 0 for all examples, where codings are rectified", async () => {
    const model = build({ activation: "relu" });
    const engine = await initialized(model);
    const bias = model.variables.find(({ name }) => name === "decoder.1.bias")!;
    await engine.write(bias, new Float64Array(6).fill(-1));
    const losses = await trainSteps(engine, model.stages[1], halves(4, 16), 4, 200);
    assert.ok(losses.at(-1)! < 0.05 * losses[0], `${losses[0]} -> ${losses.at(-1)}`);
    const { layerError } = await runOnce(model.stages[1].validation!(4), { x: halves(4, 16) }, { seed: 0 }, engine);
    assert.ok(layerError[0] <= losses.at(-1)!);
  });

  it("validates a layer by how well it rebuilds its own input", async () => {
    const model = build();
    const engine = await initialized(model);
    // With a decoder of zeros what is rebuilt is tanh(0) = 0: the error is the mean square of the codings, tanh(x W + b).
    for (const variable of model.variables) if (variable.name.startsWith("decoder.1")) await engine.write(variable, new Float64Array(variable.shape.reduce((a, b) => a * b, 1)));
    const kernel = await engine.read(model.variables.find(({ name }) => name === "encoder.0.kernel")!);
    const x = Float64Array.from({ length: 16 }, (_, i) => i / 16);
    const codings = Array.from({ length: 6 }, (_, unit) => Math.tanh(x.reduce((total, value, i) => total + value * kernel[i * 6 + unit], 0)));
    const { layerError } = await runOnce(model.stages[1].validation!(1), { x }, { seed: 0 }, engine);
    assertClose(layerError, [codings.reduce((total, coding) => total + coding ** 2, 0) / 6], 1e-9);
  });

  it("is in the end a stacked autoencoder", () => {
    const shapes = (variables: readonly { shape: readonly number[] }[]) => variables.map(({ shape }) => shape.join(" x ")).sort();
    assert.deepEqual(shapes(build().variables), shapes(stacked.build(stacked.options.parse({ hidden: [6, 4], latentSize: 2 }), spec).variables));
  });

  it("trains through its stages, and is better after them than after the last alone", async () => {
    const images = Uint8Array.from({ length: 60 * 16 }, (_, i) => ((Math.floor(i / 16) % 3) * 60 + (i % 16) * 5) % 256);
    const error = async (options: object) => {
      const data = imagesFromArray(images, { shape: [1, 4, 4] });
      const { result, dispose } = await train({ model: greedy, options: { hidden: [6], latentSize: 2, activation: "tanh", codingActivation: "linear", ...options }, data, training: { epochs: 2, batchSize: 9 }, engine: referenceEngine(), out: newFolder() });
      await dispose();
      return result.validation!.meanSquaredError;
    };
    const [little, much] = [await error({ layerEpochs: [1], layerLearningRates: [1e-6] }), await error({ layerEpochs: [15], layerLearningRates: [0.01] })];
    assert.ok(much < 0.7 * little, `${little} -> ${much}`);
  });
});
