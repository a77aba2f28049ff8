import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { convolutional } from "../../src/models/convolutional.js";
import { denoising } from "../../src/models/denoising.js";
import { greedy } from "../../src/models/greedy.js";
import { sparse } from "../../src/models/sparse.js";
import { stacked } from "../../src/models/stacked.js";
import { tied } from "../../src/models/tied.js";
import { runOnce } from "../support/compute.js";
import { initialized } from "../support/small-autoencoders.js";

const spec = { kind: "vectors", shape: [6] } as const;
const options = { hidden: [4], latentSize: 3, codingActivation: "relu", codingBias: 0.75 };
const dense = { ...options, network: "dense" };

describe("the first biases of codings", () => {
  // All other biases begin at 0, so that the codings of an example of zeros are those of the last layer's biases.
  for (const { name, model } of [
    { name: "stacked", model: stacked.build(stacked.options.parse(options), spec) },
    { name: "tied", model: tied.build(tied.options.parse(options), spec) },
    { name: "greedy", model: greedy.build(greedy.options.parse(options), spec) },
    { name: "sparse", model: sparse.build(sparse.options.parse({ ...options, penalty: "l1" }), spec) },
    { name: "denoising", model: denoising.build(denoising.options.parse(dense), spec) },
  ])
    it(`are what is asked for: ${name}`, async () => {
      const { codings } = await runOnce(model.abilities.encode!(1), { x: new Float64Array(6) }, { seed: 0 }, await initialized(model));
      assert.deepEqual([...codings], [0.75, 0.75, 0.75]);
    });

  it("are those of the maps whose means are convolutional codings", async () => {
    const model = convolutional.build(convolutional.options.parse({ channels: [2], decoderChannels: [2], latentSize: 3, codingBias: 0.75 }), { kind: "images", shape: [1, 4, 4] });
    const { codings } = await runOnce(model.abilities.encode!(1), { x: new Float64Array(16) }, { seed: 0 }, await initialized(model));
    assert.deepEqual([...codings], [0.75, 0.75, 0.75]);
  });
});
