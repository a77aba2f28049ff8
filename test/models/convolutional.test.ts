import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { convolutional } from "../../src/models/convolutional.js";
import { sizeOf } from "../../src/tensor/index.js";
import { halves, initialized, trainSteps } from "../support/small-autoencoders.js";

const small = { channels: [3, 4], decoderChannels: [4, 3], latentSize: 3 };
const build = (options = {}, shape: readonly [number, number, number] = [1, 8, 8]) => convolutional.build(convolutional.options.parse({ ...small, ...options }), { kind: "images", shape });

describe("the convolutional autoencoder", () => {
  for (const decoder of ["transposed", "upsample"] as const) {
    it(`learns: ${decoder}`, async () => {
      const model = build({ decoder, activation: "tanh", codingActivation: "linear" });
      const losses = await trainSteps(await initialized(model), model.stages[0], halves(2, 64), 2, 50);
      assert.ok(losses.at(-1)! < 0.2 * losses[0], `${losses[0]} -> ${losses.at(-1)}`);
    });

    it(`gives images of any size back at their own: ${decoder}`, () => {
      for (const shape of [[1, 28, 28], [3, 4, 4], [3, 5, 7], [1, 9, 14], [2, 11, 6]] as const)
        assert.deepEqual(build({ decoder }, shape).abilities.reconstruct!(2).outputs.reconstruction.shape, [2, ...shape]);
    });
  }

  it("is the book's on 28 x 28: as many weights as Keras counts", () => {
    const count = convolutional.build(convolutional.options.parse({}), { kind: "images", shape: [1, 28, 28] }).variables.reduce((total, { shape }) => total + sizeOf(shape), 0);
    // Conv 160 + 4,640 + 18,496 + 17,310; Dense 31 * 144; ConvT 4,640 + 4,624 + 145.
    assert.equal(count, 160 + 4640 + 18496 + 17310 + 4464 + 4640 + 4624 + 145);
  });

  it("says how often an image can be halved, and that each halving needs its doubling", () => {
    assert.throws(() => build({}, [1, 3, 9]), (error: unknown) => error instanceof UsageError && /3 x 9 cannot be halved 2 times/.test(error.message) && /at most 1/.test(error.hint!));
    assert.throws(() => build({ channels: [3] }), /channels has 1 numbers, decoderChannels 2/);
  });
});
