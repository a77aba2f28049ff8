import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findModel, imagesFromArray, referenceEngine, traversalSvg, traverse, UsageError, type Examples } from "../../src/index.js";
import { autoencoderModel } from "../../src/models/autoencoder.js";
import { stacked } from "../../src/models/stacked.js";
import { constant, mul, reshape } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { initialized } from "../support/small-autoencoders.js";

/** Images of 2 x 2 pixels near 0.5. */
const pixels = Float32Array.from({ length: 40 }, (_, i) => 0.5 + 0.1 * Math.sin(7 * i + i * i));
const labels = Array.from({ length: 10 }, (_, i) => i % 2);
const examples: Examples = imagesFromArray(pixels, { shape: [1, 2, 2], labels, classes: ["a", "b"], validation: 0.1 }).train;
const { spec, count, values } = examples;

/** Coding j is pixel j divided by a weight of its own; decoding multiplies it again. */
const weights = [1, 4, 0, 2];
function linear() {
  const stretched = (inverse: boolean) => constant(weights.map((w) => (inverse ? (w === 0 ? 0 : 1 / w) : w)), [4]);
  const built = autoencoderModel({ shape: spec.shape, size: 4, parameters: [], encode: (x) => mul(reshape(x, [x.shape[0], 4]), stretched(true)), decode: (z) => reshape(mul(z, stretched(false)), [z.shape[0], 1, 2, 2]) });
  return { model: stacked, built, spec, engine: referenceEngine() };
}
const column = (j: number) => Array.from({ length: count }, (_, i) => values[4 * i + j]);
const meanOf = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const deviationOf = (numbers: readonly number[]) => Math.sqrt(meanOf(numbers.map((x) => (x - meanOf(numbers)) ** 2)));

/** An untrained model of the registry, with small layers. */
async function untrained(name: string, options: Readonly<Record<string, unknown>>) {
  const model = findModel(name);
  const built = model.build(model.options.parse(options), spec);
  return { model, built, spec, engine: await initialized(built) };
}

describe("traversing codings", () => {
  it("moves each by its standard deviations around the mean, and sorts them by the variance of the image", async () => {
    const { rows, offsets, index } = await traverse(linear(), examples, { steps: 3, range: 1 });
    assert.deepEqual([offsets, index], [[-1, 0, 1], undefined]);
    const deviations = weights.map((w, j) => (w === 0 ? 0 : deviationOf(column(j)) / w));
    for (const { coding, deviation, change, values, images } of rows) {
      const [w, sd] = [weights[coding], deviations[coding]];
      assertClose([deviation, change], [sd, (w * sd) ** 2 * (2 / 3) / 4], 1e-6);
      if (w === 0) continue;
      assertClose(values, [-1, 0, 1].map((offset) => meanOf(column(coding)) / w + offset * sd), 1e-6);
      assertClose(images.filter((_, at) => at % 4 === coding), values.map((z) => w * z), 1e-6);
    }
    assert.deepEqual(rows.map(({ coding }) => coding), [0, 1, 3].sort((a, b) => deviationOf(column(b)) - deviationOf(column(a))).concat(2));
  });

  it("starts from an example, and never leaves what the codings of the data reach", async () => {
    const { rows } = await traverse(linear(), examples, { index: 3, range: 100, count: 2 });
    assert.equal(rows.length, 2);
    for (const { coding, values: walked } of rows) {
      const seen = column(coding).map((x) => x / weights[coding]);
      assertClose(walked, [-1, -1, -1, 0, 1, 1, 1].map((side) => (side < 0 ? Math.min(...seen) : side > 0 ? Math.max(...seen) : seen[3])), 1e-6);
    }
    await assert.rejects(() => traverse(linear(), examples, { index: count }), (error: unknown) => error instanceof UsageError && /There is no example 9/.test(error.message));
  });

  it("has two values of a coding that is a bit", async () => {
    const { rows, offsets } = await traverse(await untrained("hashing", { hidden: [4], latentSize: 3 }), examples, { steps: 9 });
    assert.equal(offsets, undefined);
    for (const { values, images } of rows) assert.deepEqual([values, images.length], [[0, 1], 8]);
  });

  it("tells a conditional model a class, and asks for it", async () => {
    const trained = await untrained("conditional-variational", { network: "dense", hidden: [4], latentSize: 2 });
    const [byExample, byLabel, other] = [await traverse(trained, examples, { index: 1 }), await traverse(trained, examples, { index: 1, label: examples.labels![1] }), await traverse(trained, examples, { index: 1, label: 1 - examples.labels![1] })];
    assert.deepEqual(byExample, byLabel);
    assert.notDeepEqual(byExample.rows[0].images, other.rows[0].images);
    await assert.rejects(() => traverse(trained, examples), (error: unknown) => error instanceof UsageError && /--class/.test(error.hint!));
  });

  it("is a figure with a row for each coding, and a frame around the start", async () => {
    const trained = linear();
    const svg = traversalSvg(trained, await traverse(trained, examples, { index: 2, count: 3, steps: 5, range: 1 }));
    assert.deepEqual([svg.match(/<image /g)!.length, svg.match(/stroke-width/g)!.length], [15, 3]);
    for (const text of ["One coding at a time: stacked autoencoder", "Around example 2; 3 of 4 codings, most change first", ">-0.5 sd<", ">coding 1, sd "]) assert.ok(svg.includes(text), text);
  });
});
