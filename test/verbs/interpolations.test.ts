import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { interpolationsSvg, midpointDistances, nearestDistances, referenceEngine, UsageError, type Examples, type Model } from "../../src/index.js";
import { autoencoderModel } from "../../src/models/autoencoder.js";
import { stacked } from "../../src/models/stacked.js";
import { reshape } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";

/** More than are compared at once. */
const many = 1203;
const bytes = Uint8Array.from({ length: many * 4 }, (_, i) => (i * i * 31 + 7 * i) % 256);
const examples: Examples = { spec: { kind: "images", shape: [1, 2, 2], classes: ["even", "odd"] }, count: many, values: bytes, labels: Int32Array.from({ length: many }, (_, i) => i % 2) };
const { spec } = examples;

/** Codings are the pixels. */
const identity = (model: Model = stacked) => {
  const built = autoencoderModel({ shape: spec.shape, size: 4, parameters: [], encode: (x) => reshape(x, [x.shape[0], 4]), decode: (z) => reshape(z, [z.shape[0], 1, 2, 2]) });
  return { model, built, spec, engine: referenceEngine() };
};
const pixels = (i: number) => Array.from(bytes.subarray(4 * i, 4 * i + 4), (byte) => byte / 255);
const distance = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0) / a.length;
const nearest = (row: readonly number[]) => Math.min(...Array.from({ length: many }, (_, i) => distance(row, pixels(i))));

describe("distances to the nearest example", () => {
  it("are those that comparing every pair finds", async () => {
    const rows = [[0.1, 0.9, 0.4, 0.3], pixels(1100), [1, 1, 1, 1]];
    assertClose(await nearestDistances(referenceEngine(), Float32Array.from(rows.flat()), examples, [0, 1]), rows.map(nearest), 1e-6);
  });
});

describe("interpolations", () => {
  it("are measured halfway between examples, beside their ends", async () => {
    const { pairs, midpoints, ends } = await midpointDistances(identity(), examples, examples, { pairs: 5 });
    const halfway = [0, 1, 2, 3, 4].map((i) => nearest(pixels(i).map((x, at) => (x + pixels(i + 5)[at]) / 2)));
    assertClose([pairs, midpoints, ends], [5, halfway.reduce((a, b) => a + b) / 5, 0], 1e-6);
  });

  it("of several models are a figure with a row for each pair and model, between the examples", async () => {
    const other: Model = { ...stacked, title: "Another" };
    const svg = await interpolationsSvg([identity(), identity(other)], examples, { pairs: 3, steps: 4, from: 1 });
    assert.deepEqual([svg.match(/<image /g)!.length, svg.match(/>Another</g)!.length, svg.match(/>Stacked autoencoder</g)!.length], [36, 3, 3]);
    assert.deepEqual(Array.from(svg.matchAll(/>(even|odd)</g), ([, name]) => name), ["odd", "even", "even", "odd", "odd", "even"]);
    const wide = { ...identity(), spec: { kind: "images", shape: [1, 4, 4] } as const };
    await assert.rejects(() => interpolationsSvg([identity(), wide], examples, { pairs: 1, steps: 2 }), (error: unknown) => error instanceof UsageError && /\[1, 4, 4\]/.test(error.message));
  });
});
