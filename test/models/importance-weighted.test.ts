import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { importanceWeighted } from "../../src/models/importance-weighted.js";
import type { BuiltModel } from "../../src/models/model.js";
import { variational } from "../../src/models/variational.js";
import { adam } from "../../src/optimizers/index.js";
import { runOnce } from "../support/compute.js";

const spec = { kind: "images", shape: [1, 4, 4] } as const;
const small = { network: "dense", hidden: [6], latentSize: 2 };
const build = (options = {}) => importanceWeighted.build(importanceWeighted.options.parse({ ...small, ...options }), spec);
const images = Float64Array.from({ length: 8 * 16 }, (_, i) => (i % 16 < 8 === i % 32 < 16 ? 0.9 : 0.1));

describe("the importance weighted autoencoder", () => {
  it("learns, on binarised images too", async () => {
    for (const binarize of ["none", "stochastic"]) {
      const { variables, stages: [{ phases: [phase] }] } = build({ k: 3, binarize });
      const { inputs, loss } = phase.objective(8);
      const engine = referenceEngine();
      const step = await engine.compile({ inputs, outputs: { loss }, updates: adam({ learningRate: 0.02 }).minimize(loss, phase.parameters) });
      const losses: number[] = [];
      for (let i = 0; i < 80; i++) losses.push((await step.run({ x: images }, { seed: 1, step: i })).loss[0]);
      assert.ok(losses.at(-1)! < losses[0] - 1, `${losses[0]} -> ${losses.at(-1)}`);
      assert.equal(variables.length, phase.parameters.length);
    }
  });

  it("has a bound above the ELBO of the same weights that rises with k", async () => {
    const engine = referenceEngine();
    const lossOf = async (model: BuiltModel) => (await runOnce(model.validation(8), { x: images }, { seed: 4 }, engine)).loss[0];
    // The first weights are the same for all: they depend on names and shapes alone.
    const elbo = await lossOf(variational.build(variational.options.parse({ ...small, samples: 400 }), spec));
    const [five, hundred] = [await lossOf(build({ k: 5 })), await lossOf(build({ k: 200 }))];
    assert.ok(hundred < five && five < elbo, `${hundred} ${five} ${elbo}`);
  });
});
