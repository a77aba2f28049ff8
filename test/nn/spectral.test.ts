import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { Conv2d, Dense, inferenceMode, trainingMode } from "../../src/nn/index.js";
import { constant } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

describe("spectral normalization", () => {
  it("converges to the kernel over its largest singular value, one power iteration each step", async () => {
    const layer = Dense(3, { spectral: true, useBias: false })("layer", [4]);
    const engine = referenceEngine();
    for (const variable of [...layer.parameters, ...layer.statistics]) await engine.write(variable, variable.initial(7));
    const kernel = Array.from(await engine.read(layer.parameters[0]));
    const [largest] = new SingularValueDecomposition(Matrix.from1DArray(4, 3, kernel)).diagonal;
    const identity = constant([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], [4, 4]);
    const mode = trainingMode();
    const step = await engine.compile({ outputs: { y: layer.apply(identity, mode) }, updates: mode.updates });
    for (let i = 0; i < 60; i++) await step.run({}, { seed: 0, step: i });
    const { y } = await runOnce({ outputs: { y: layer.apply(identity, inferenceMode()) } }, {}, { seed: 0 }, engine);
    assertClose(y, kernel.map((value) => value / largest), 1e-6);
  });

  it("follows its vector in training alone, once for each mode", () => {
    const layer = Conv2d(3, { kernelSize: 3, spectral: true })("layer", [2, 5, 5]);
    const x = constant(new Float64Array(50), [1, 2, 5, 5]);
    const [training, inference] = [trainingMode(), inferenceMode()];
    layer.apply(x, training);
    layer.apply(x, inference);
    assert.deepEqual([[...training.updates.keys()], inference.updates.size], [[...layer.statistics], 0]);
    assert.deepEqual(Conv2d(3, { kernelSize: 3 })("layer", [2, 5, 5]).statistics, []);
  });
});
