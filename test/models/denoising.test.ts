import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { denoising } from "../../src/models/denoising.js";
import { stacked } from "../../src/models/stacked.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";
import { halves, initialized, trainSteps } from "../support/small-autoencoders.js";

const small = { hidden: [12], channels: [3, 4], latentSize: 4, activation: "tanh", codingActivation: "linear", blockSize: 3 };
const build = (options = {}, shape: readonly [number, number, number] = [1, 8, 8]) => denoising.build(denoising.options.parse({ ...small, ...options }), { kind: "images", shape });
const pixels = (batch: number) => Float64Array.from({ length: batch * 64 }, (_, i) => 0.5 + 0.5 * Math.sin(i));

describe("the denoising autoencoder", () => {
  for (const network of ["dense", "convolutional"] as const)
    for (const corruption of ["gaussian", "dropout", "salt-and-pepper", "blocks"] as const)
      it(`learns to take noise out: ${network}, ${corruption}`, async () => {
        const model = build({ network, corruption });
        const engine = await initialized(model);
        await trainSteps(engine, model.stages[0], halves(4, 64), 4, 60);
        const { denoisingError, corruptionError } = await runOnce(model.validation(4), { x: halves(4, 64) }, { seed: 9 }, engine);
        assert.ok(denoisingError[0] < 0.7 * corruptionError[0], `${corruptionError[0]} -> ${denoisingError[0]}`);
      });

  it("validates clean examples first, like a stacked autoencoder of the same weights", async () => {
    const [model, plain] = [build({ network: "dense", corruption: "dropout" }), stacked.build(stacked.options.parse({ hidden: [12], latentSize: 4, activation: "tanh", codingActivation: "linear" }), { kind: "images", shape: [1, 8, 8] })];
    const [engine, other] = [await initialized(model), await initialized(plain)];
    const [found, expected] = [await runOnce(model.validation(3), { x: pixels(3) }, { seed: 0 }, engine), await runOnce(plain.validation(3), { x: pixels(3) }, { seed: 0 }, other)];
    assert.equal(Object.keys(found)[0], "meanSquaredError");
    assertClose(found.meanSquaredError, expected.meanSquaredError, 1e-12);
  });

  it("denoises what it corrupts: the error of both is that of validation", async () => {
    const model = build({ corruption: "dropout", rate: 0.4 });
    const engine = await initialized(model);
    const [x, noise] = [pixels(3), { seed: 4 }];
    const { corrupted } = await runOnce(model.abilities.corrupt!(3), { x }, noise, engine);
    const { denoised } = await runOnce(model.abilities.denoise!(3), { x: Float64Array.from(corrupted) }, noise, engine);
    const expected = await runOnce(model.validation(3), { x }, noise, engine);
    const error = (values: readonly number[]) => values.reduce((total, value, i) => total + (value - x[i]) ** 2, 0) / x.length;
    assertClose([error(corrupted)], expected.corruptionError, 1e-9);
    // Only what leaves [0, 1] is clipped for the picture: towards the original.
    assert.ok(error(denoised) <= expected.denoisingError[0] + 1e-9);
    assert.ok(denoised.every((value) => value >= 0 && value <= 1));
  });

  it("feeds what dropout leaves larger, so that its mean stays: Keras' Dropout, then stacked", async () => {
    const model = build({ network: "dense", corruption: "dropout", rate: 0.75 });
    const engine = await initialized(model);
    const x = pixels(2);
    const { reconstruction } = await runOnce(model.abilities.reconstruct!(2), { x }, { seed: 0 }, engine);
    const { denoised } = await runOnce(model.abilities.denoise!(2), { x: x.map((value) => value / 4) }, { seed: 0 }, engine);
    assertClose(denoised, reconstruction, 1e-12);
  });

  it("has convolutional weights that suit any size, and gives odd ones back whole", () => {
    const shapes = (model: ReturnType<typeof build>) => model.variables.map(({ name, shape }) => [name, shape]);
    assert.deepEqual(shapes(build({}, [1, 8, 8])), shapes(build({}, [1, 13, 31])));
    for (const shape of [[1, 7, 5], [3, 9, 12]] as const)
      for (const ability of ["reconstruct", "denoise"] as const) assert.deepEqual(Object.values(build({}, shape).abilities[ability]!(2).outputs)[0].shape, [2, ...shape]);
  });

  it("takes vectors and series, densely", () => {
    const of = (options: object) => denoising.build(denoising.options.parse({ ...small, ...options }), { kind: "vectors", shape: [9] });
    assert.deepEqual(of({ network: "dense" }).abilities.denoise!(2).outputs.denoised.shape, [2, 9]);
    assert.throws(() => of({ network: "convolutional" }), /takes images, not vectors/);
    assert.throws(() => of({ network: "dense", corruption: "blocks" }), /images only/);
  });
});
