import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classDirection, interpolateDraws, interpolatesDraws, interpolationsSvg, midpointDistances, nearestDistances, referenceEngine, traverse, UsageError, type Examples, type Model, type Trained } from "../../src/index.js";
import { autoencoderModel } from "../../src/models/autoencoder.js";
import { stacked } from "../../src/models/stacked.js";
import { add, cast, input, mul, reshape, type Tensor } from "../../src/tensor/index.js";
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

/** Decodes four codings as the pixels of an image, plus 100 for each number of the class where it is told; encodes nothing. */
function decoding(conditional = false): Trained {
  const { built, ...rest } = identity();
  const decode = (batch: number) => {
    const [codings, labels] = [input("codings", [batch, 4]), input("labels", [batch], "int32")];
    const images = (z: Tensor) => reshape(z, [batch, 1, 2, 2]);
    if (!conditional) return { inputs: { codings }, outputs: { images: images(codings) } };
    return { inputs: { codings, labels }, outputs: { images: images(add(codings, mul(100, reshape(cast(labels, "float32"), [batch, 1])))) } };
  };
  return { ...rest, built: { ...built, codings: "normal", abilities: { decode } } };
}

const lengthOf = (row: ArrayLike<number>) => Math.hypot(...Array.from(row));

describe("ways between draws", () => {
  const wayOf = (images: Float32Array, pair: number, steps: number) => Array.from({ length: steps }, (_, step) => images.subarray((pair * steps + step) * 4, (pair * steps + step + 1) * 4));

  it("start and end at codings of N(0, I), pair i those of the seed and of i alone", async () => {
    const [two, many] = [await interpolateDraws(decoding(), { pairs: 2, steps: 3, seed: 5 }), await interpolateDraws(decoding(), { pairs: 1000, steps: 3, seed: 5 })];
    assert.deepEqual([...many.subarray(0, two.length)], [...two]);
    assert.notDeepEqual([...(await interpolateDraws(decoding(), { pairs: 2, steps: 3, seed: 6 }))], [...two]);
    const ends = Array.from({ length: 1000 }, (_, pair) => wayOf(many, pair, 3)).flatMap(([first, , last]) => [...first, ...last]);
    const mean = ends.reduce((a, b) => a + b) / ends.length;
    assert.ok(Math.abs(mean) < 0.05 && Math.abs(ends.reduce((sum, z) => sum + z * z, 0) / ends.length - 1) < 0.05);
  });

  it("are great circles unless straight ones are asked for: halfway, codings are as long as their ends", async () => {
    const [round, straight] = [await interpolateDraws(decoding(), { pairs: 50, steps: 3 }), await interpolateDraws(decoding(), { pairs: 50, steps: 3, method: "linear" })];
    for (let pair = 0; pair < 50; pair++) {
      const [first, middle, last] = wayOf(round, pair, 3).map(lengthOf);
      assert.ok(middle > 0.7 * Math.min(first, last));
      const [a, halfway, b] = wayOf(straight, pair, 3);
      assertClose(halfway, Array.from(a, (z, i) => (z + b[i]) / 2), 1e-6);
      assert.ok(lengthOf(halfway) <= middle + 1e-6);
    }
  });

  it("show the classes in turn, or those asked for, the same all along", async () => {
    const classOf = (row: ArrayLike<number>) => Number(row[0] > 50);
    const inTurn = await interpolateDraws(decoding(true), { pairs: 4, steps: 3 });
    assert.deepEqual([0, 1, 2, 3].map((pair) => wayOf(inTurn, pair, 3).map(classOf)), [[0, 0, 0], [1, 1, 1], [0, 0, 0], [1, 1, 1]]);
    const told = await interpolateDraws(decoding(true), { pairs: 2, steps: 2, labels: [1, 1] });
    assert.deepEqual([0, 1].map((pair) => wayOf(told, pair, 2).map(classOf)), [[1, 1], [1, 1]]);
  });

  it("are for models that encode nothing and decode draws", async () => {
    assert.deepEqual([interpolatesDraws(decoding()), interpolatesDraws(identity())], [true, false]);
    await assert.rejects(() => interpolateDraws(identity(), { pairs: 1, steps: 2 }), (error: unknown) => error instanceof UsageError && /not drawn/.test(error.message));
    for (const look of [() => traverse(decoding(), examples), () => classDirection(decoding(), examples, { add: 0, subtract: 1 }), () => midpointDistances(decoding(), examples, examples)])
      await assert.rejects(look, (error: unknown) => error instanceof UsageError && /cannot encode/.test(error.message));
  });
});
