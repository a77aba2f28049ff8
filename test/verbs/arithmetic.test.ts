import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arithmeticSvg, arrivals, classDirection, DataError, examplesOfClass, findModel, imagesFromArray, moveAlong, referenceEngine, UsageError, type Examples } from "../../src/index.js";
import { autoencoderModel } from "../../src/models/autoencoder.js";
import { stacked } from "../../src/models/stacked.js";
import { mul, reshape } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { initialized } from "../support/small-autoencoders.js";

/** Images of two pixels, as bytes: of class 0 both are dark, of class 1 the first is bright, of class 2 the second; each a little brighter or darker. */
const labels = Array.from({ length: 30 }, (_, i) => i % 3);
const images = Uint8Array.from({ length: 60 }, (_, i) => (labels[i >> 1] === 1 + (i % 2) ? 180 : 50) + ((i * 7) % 20));
const examples: Examples = imagesFromArray(images, { shape: [1, 1, 2], labels, classes: ["dark", "first", "second"], validation: 0.1 }).train;
const { spec, count } = examples;

/** Codings are the pixels, doubled: what is done to codings can be seen. */
const built = autoencoderModel({ shape: spec.shape, size: 2, parameters: [], encode: (x) => mul(2, reshape(x, [x.shape[0], 2])), decode: (z) => reshape(mul(0.5, z), [z.shape[0], 1, 1, 2]) });
const trained = { model: stacked, built, spec, engine: referenceEngine() };

const pixel = (i: number, at: number) => examples.values[2 * i + at] / 255;
const meanOf = (label: number, at: number) => {
  const members = examplesOfClass(examples, label, count);
  return members.reduce((sum, i) => sum + pixel(i, at), 0) / members.length;
};

describe("arithmetic with codings", () => {
  it("adds the mean coding of one class and subtracts that of another", async () => {
    const way = await classDirection(trained, examples, { add: 1, subtract: 0 });
    const difference = [0, 1].map((at) => meanOf(1, at) - meanOf(0, at));
    assertClose(way.direction, difference.map((x) => 2 * x), 1e-6);
    assertClose(way.examples.means.subarray(0, 2), [meanOf(0, 0), meanOf(0, 1)], 1e-12);
    const indices = examplesOfClass(examples, 0, 2);
    assertClose(await moveAlong(trained, examples, indices, way.direction, [0, 0.5, 1]), indices.flatMap((i) => [0, 0.5, 1].flatMap((strength) => [0, 1].map((at) => pixel(i, at) + strength * difference[at]))), 1e-6);
  });

  it("brings examples where those of the other class are, as far as both judges know them", async () => {
    const way = await classDirection(trained, examples, { add: 2, subtract: 1 });
    const found = await arrivals(trained, examples, way, [0, 0.4, 1]);
    assert.deepEqual(found, { count: examplesOfClass(examples, 1, count).length, moved: [0, 0.4, 1].map((strength) => ({ strength, codings: strength === 1 ? 1 : 0, pixels: strength === 1 ? 1 : 0 })), real: { codings: 1, pixels: 1 } });
  });

  it("rounds codings that are bits", async () => {
    const model = findModel("hashing");
    const made = model.build(model.options.parse({ hidden: [4], latentSize: 3 }), spec);
    const bits = { model, built: made, spec, engine: await initialized(made) };
    const same = await moveAlong(bits, examples, [0], Float32Array.of(0.001, 0.001, 0.001), [0, 1]);
    assert.deepEqual(same.subarray(0, 2), same.subarray(2));
  });

  it("is a figure of examples and what becomes of them", async () => {
    const way = await classDirection(trained, examples, { add: 1, subtract: 0 });
    const svg = await arithmeticSvg(trained, examples, way, [4, 5], [0, 0.5, 1], "so many");
    assert.equal(svg.match(/<image /g)!.length, 8);
    for (const text of ["+ first - dark: stacked autoencoder", ">so many<", ">example<", ">0.5<", `>5, ${spec.classes![examples.labels![5]]}<`]) assert.ok(svg.includes(text), text);
  });

  it("wants two classes, labels, and examples of both", async () => {
    const { values } = examples;
    await assert.rejects(() => classDirection(trained, examples, { add: 1, subtract: 1 }), UsageError);
    await assert.rejects(() => classDirection(trained, { spec, count, values }, { add: 1, subtract: 0 }), DataError);
    assert.throws(() => examplesOfClass(examples, 3, 1), (error: unknown) => error instanceof DataError && /no example of class 3/.test(error.message));
  });
});
