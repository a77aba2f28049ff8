import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { encode, encodeExamples, hamming, imagesFromArray, referenceEngine, roundToBits, similar, similarSvg, train, UsageError } from "../../src/index.js";
import { temporaryFolder } from "../support/folder.js";

/** Twelve pictures of four kinds, one bright row each; those of a kind are equal. */
const pictures = Uint8Array.from({ length: 12 * 16 }, (_, i) => (Math.floor((i % 16) / 4) === Math.floor(i / 16) % 4 ? 255 : 0));
const data = imagesFromArray(pictures, { shape: [1, 4, 4], validation: 0.25 });
const trained = (model: string) => {
  const out = join(temporaryFolder("similar"), "run");
  return train({ model, options: { hidden: [8], latentSize: 5 }, data, training: { epochs: 1, batchSize: 3 }, out, engine: referenceEngine() });
};
const examples = data.train;
const kindOf = (index: number) => examples.values.subarray(index * 16, (index + 1) * 16).indexOf(255);

describe("similar examples", () => {
  it("are those with the nearest codings, without the example itself", async () => {
    const run = await trained("stacked");
    const neighbours = await similar(run, examples, { index: 4, count: 8 });
    const others = Array.from({ length: examples.count }, (_, i) => i).filter((i) => i !== 4);
    assert.deepEqual(neighbours.map(({ index }) => index).sort((a, b) => a - b), others);
    assert.ok(neighbours.every(({ distance }, i) => i === 0 || distance >= neighbours[i - 1].distance));
    const twins = others.filter((i) => kindOf(i) === kindOf(4));
    assert.deepEqual(neighbours.slice(0, twins.length).map(({ distance }) => distance), twins.map(() => 0));
    const figure = similarSvg(run, examples, 4, neighbours.slice(0, 3));
    assert.deepEqual([figure.match(/<image/g)?.length, figure.match(/stroke="#d94801"/g)?.length], [4, 1]);
    for (const { index } of neighbours.slice(0, 3)) assert.match(figure, new RegExp(`>${index}<`));
    await run.dispose();
  });

  it("of a hashing run are told by the bits in which their codes differ", async () => {
    const run = await trained("hashing");
    const codings = await encodeExamples(run, examples);
    assert.deepEqual(codings.subarray(0, 5), await encode(run, Float32Array.from(examples.values.subarray(0, 16), (byte) => byte / 255)));
    const bits = roundToBits(codings);
    const neighbours = await similar(run, examples, { index: 0, count: 3 });
    for (const { index, distance } of neighbours) assert.equal(distance, hamming(bits.subarray(0, 5), bits.subarray(5 * index, 5 * index + 5)));
    await run.dispose();
  });

  it("are refused for an example that is not there", async () => {
    const run = await trained("stacked");
    await assert.rejects(() => similar(run, examples, { index: 9 }), (error: unknown) => error instanceof UsageError && /There is no example 9/.test(error.message));
    await run.dispose();
  });
});
