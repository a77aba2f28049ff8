import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DataError, findModel, imagesFromArray, orderedExamples, reconstructionErrors, reconstructionReport, referenceEngine, train, type DataSpec } from "../../src/index.js";
import { comparableComponents } from "../../src/verbs/pca-comparison.js";
import { assertClose } from "../support/close.js";
import { temporaryFolder } from "../support/folder.js";

/** 80 images of 4 x 4 pixels, of two classes: stripes that move with the image's number, and the same upright. */
const labels = Array.from({ length: 80 }, (_, i) => (i % 3 === 0 ? 1 : 0));
const images = Uint8Array.from({ length: 80 * 16 }, (_, at) => {
  const [image, y, x] = [Math.floor(at / 16), Math.floor((at % 16) / 4), at % 4];
  return 128 + 127 * Math.sin(image * image + (labels[image] ? y : x));
});
const data = imagesFromArray(images, { shape: [1, 4, 4], labels, classes: ["lying", "standing"], validation: 0.25, test: 0.25 });
const trained = (model: string, options = {}) =>
  train({ model, options, data, training: { epochs: 1, batchSize: 10 }, out: join(temporaryFolder("report"), "run"), engine: referenceEngine() });

describe("a report of reconstructions", () => {
  it("has the errors of all examples and of each class, beside those of PCA: for the model that is PCA, the same", async () => {
    const { count, meanSquaredError, pca, classes, worst, best, errors } = await reconstructionReport(await trained("pca", { components: 2 }), data, "test");
    assert.deepEqual([count, errors.length, classes?.map(({ name }) => name)], [20, 20, ["lying", "standing"]]);
    assert.ok("size" in pca && pca.size === 2);
    assertClose([pca.meanSquaredError], [meanSquaredError], 1e-6);
    for (const { meanSquaredError: own, pcaMeanSquaredError } of classes!) assertClose([pcaMeanSquaredError!], [own], 1e-6);
    const sorted = [...errors].sort((a, b) => a - b);
    for (const [found, values] of [[best, sorted], [worst, sorted.toReversed()]] as const) {
      assert.deepEqual(found.map((of) => of.meanSquaredError), values.slice(0, 5));
      for (const { example, meanSquaredError: own } of found) assert.equal(errors[example], own);
    }
    const ofLabel = (label: number) => [...errors].filter((_, i) => data.test.labels![i] === label);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
    assert.deepEqual(classes!.map((of) => of.count), [0, 1].map((label) => ofLabel(label).length));
    assertClose([meanSquaredError, ...classes!.map((of) => of.meanSquaredError)], [mean([...errors]), mean(ofLabel(0)), mean(ofLabel(1))], 1e-7);
  });

  it("says why there is no comparison, and has no classes without labels", async () => {
    const model = await trained("stacked", { hidden: [4], latentSize: 16 });
    const { spec, count, values } = data.validation;
    const { pca, classes, errors } = await reconstructionReport(model, { ...data, validation: { spec, count, values } }, "validation");
    assert.deepEqual([pca, classes], [{ reason: "a coding has 16 values, an example 16; PCA with as many loses nothing" }, undefined]);
    assert.deepEqual(errors, await reconstructionErrors(model, data.validation));
    await assert.rejects(() => reconstructionReport(model, { ...data, test: { spec, count: 0, values: new Uint8Array(0) } }, "test"), DataError);
  });

  it("compares with as many components as there are codings, where examples are not too wide", () => {
    const of = (name: string, options: object, spec: DataSpec) => {
      const model = findModel(name);
      return comparableComponents(model.build(model.options.parse(options), spec), spec);
    };
    assert.deepEqual(of("hashing", { latentSize: 12 }, data.train.spec), { size: 12 });
    assert.deepEqual(of("stacked", { hidden: [2], latentSize: 3 }, { kind: "images", shape: [3, 64, 64] }), { reason: "an example has 12,288 values, and PCA takes at most 4,096" });
  });
});

describe("the end of a training", () => {
  it("has the error of the best validation beside that of PCA", async () => {
    const { pca, result } = await trained("linear", { latentSize: 2 });
    const { pca: clipped } = await reconstructionReport(await trained("pca", { components: 2 }), data, "validation");
    assert.deepEqual([pca!.size, pca!.modelMeanSquaredError], [2, result.best!.value]);
    assert.ok("size" in clipped && pca!.meanSquaredError >= clipped.meanSquaredError && pca!.meanSquaredError < 1.2 * clipped.meanSquaredError);
  });

  it("has none for what is PCA, and for codings as wide as the examples", async () => {
    for (const [model, options] of [["pca", { components: 2 }], ["linear", { latentSize: 16 }]] as const) assert.equal((await trained(model, options)).pca, undefined);
  });
});

describe("the order of examples", () => {
  const errors = Float32Array.of(0.3, 0.1, 0.5, 0.1, 0.4);
  it("is that of the data, or of their errors, equal ones as they come", () => {
    assert.deepEqual((["first", "worst", "best"] as const).map((order) => [...orderedExamples(order, errors)]), [[0, 1, 2, 3, 4], [2, 4, 0, 1, 3], [1, 3, 0, 4, 2]]);
  });
  it("is drawn by a seed", () => {
    const many = new Float32Array(100);
    assert.deepEqual(orderedExamples("random", many, 7), orderedExamples("random", many, 7));
    assert.notDeepEqual(orderedExamples("random", many, 7), orderedExamples("random", many, 8));
    assert.deepEqual([...orderedExamples("random", many, 7)].sort((a, b) => a - b), [...many.keys()]);
  });
});
