import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { stacked } from "../../src/models/stacked.js";
import { tied } from "../../src/models/tied.js";
import { sizeOf } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";
import { halves, initialized, trainSteps } from "../support/small-autoencoders.js";

const small = { hidden: [8], channels: [2, 3], latentSize: 2, activation: "tanh", codingActivation: "linear" };
const spec = { kind: "images", shape: [1, 6, 6] } as const;
const build = (options = {}, data: Parameters<typeof tied.build>[1] = spec) => tied.build(tied.options.parse({ ...small, ...options }), data);
const weightsOf = (model: { variables: readonly { shape: readonly number[] }[] }) => model.variables.reduce((total, { shape }) => total + sizeOf(shape), 0);

describe("the tied autoencoder", () => {
  for (const network of ["dense", "convolutional"] as const)
    it(`learns: ${network}`, async () => {
      const model = build({ network });
      const losses = await trainSteps(await initialized(model), model.stages[0], halves(4, 36), 4, 60);
      assert.ok(losses.at(-1)! < 0.2 * losses[0], `${losses[0]} -> ${losses.at(-1)}`);
    });

  it("computes what a stacked autoencoder with transposed kernels computes, with that much fewer weights", async () => {
    const [model, free] = [build(), stacked.build(stacked.options.parse({ hidden: [8], latentSize: 2, activation: "tanh", codingActivation: "linear" }), spec)];
    const [engine, other] = [await initialized(model), await initialized(free)];
    const [encoder, decoder] = [free.variables.slice(0, 4), free.variables.slice(4)];
    // Encoder: kernel and bias of each layer, which are alike in both; decoder: the same kernels, transposed, in opposite order.
    for (const [i, variable] of encoder.entries()) await other.write(variable, await engine.read(model.variables[i]));
    for (const [i, from] of [[0, 2], [2, 0]] as const) {
      const { shape: [rows, columns] } = model.variables[from];
      const kernel = await engine.read(model.variables[from]);
      await other.write(decoder[i], Float64Array.from({ length: rows * columns }, (_, at) => kernel[(at % rows) * columns + Math.floor(at / rows)]));
    }
    const x = Float64Array.from({ length: 2 * 36 }, (_, i) => 0.5 + 0.5 * Math.sin(i));
    const [one, two] = [await runOnce(model.validation(2), { x }, { seed: 0 }, engine), await runOnce(free.validation(2), { x }, { seed: 0 }, other)];
    assertClose(one.loss, two.loss, 1e-9);
    assert.equal(weightsOf(free) - weightsOf(model), 36 * 8 + 8 * 2);
  });

  it("gives images of odd sizes and of three channels, vectors and series back at their own size", () => {
    for (const shape of [[1, 7, 5], [3, 9, 12]] as const)
      for (const network of ["dense", "convolutional"]) assert.deepEqual(build({ network }, { kind: "images", shape }).abilities.reconstruct!(2).outputs.reconstruction.shape, [2, ...shape]);
    assert.deepEqual(build({}, { kind: "vectors", shape: [9] }).abilities.reconstruct!(2).outputs.reconstruction.shape, [2, 9]);
    assert.deepEqual(build({}, { kind: "series", shape: [4, 3] }).abilities.decode!(2).outputs.images.shape, [2, 4, 3]);
  });

  it("refuses convolutions over what is not an image", () => {
    assert.throws(() => build({ network: "convolutional" }, { kind: "vectors", shape: [9] }), (error: unknown) => error instanceof UsageError && /takes images, not vectors/.test(error.message));
  });
});
