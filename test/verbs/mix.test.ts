import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findModel, mixStyles, mixSvg, UsageError, type DataSpec } from "../../src/index.js";
import { initialized } from "../support/small-autoencoders.js";

const spec: DataSpec = { kind: "images", shape: [1, 8, 8] };

/** An untrained model of the registry. */
async function untrained(name: string, options: object) {
  const model = findModel(name);
  const built = model.build(model.options.parse(options), spec);
  return { model, built, spec, engine: await initialized(built) };
}

describe("mixing styles", () => {
  it("puts the coarse styles of each row's draw beside the fine ones of each column's", async () => {
    const trained = await untrained("style-gan", { channels: 2, latentSize: 3, mappingLayers: 2 });
    const { coarse, fine, mixed } = await mixStyles(trained, { rows: 2, columns: 3, seed: 5 });
    assert.deepEqual([coarse.length, fine.length, mixed.length], [2 * 64, 3 * 64, 6 * 64]);
    const images = new Set(Array.from({ length: 6 }, (_, i) => mixed.slice(64 * i, 64 * (i + 1)).join()));
    assert.equal(images.size, 6);
    const more = await mixStyles(trained, { rows: 1, columns: 4, seed: 5 });
    assert.deepEqual(more.mixed.slice(0, 3 * 64), mixed.slice(0, 3 * 64));
    // A corner, three draws above; two rows of a draw and three mixtures.
    assert.equal(mixSvg(trained, { coarse, fine, mixed }).match(/<image/g)?.length, 12);
  });

  it("is refused by models without styles, which say what they can do", async () => {
    await assert.rejects(untrained("gan", { hidden: [4] }).then((trained) => mixStyles(trained)), (error: unknown) => error instanceof UsageError && /cannot mix/.test(error.message));
  });
});
