import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anomalies, anomaliesCsv, anomaliesSvg, DataError, heldOut, heldOutCsv, imagesFromArray, meansOf, reconstructionErrors, referenceEngine, training, UsageError, type Examples } from "../../src/index.js";
import { autoencoderModel } from "../../src/models/autoencoder.js";
import { greedy } from "../../src/models/greedy.js";
import type { Model } from "../../src/models/model.js";
import { pca } from "../../src/models/pca.js";
import { stacked } from "../../src/models/stacked.js";
import { assertClose } from "../support/close.js";

const options = stacked.options.parse({ hidden: [6], latentSize: 2, codingActivation: "linear" });

/** Images of 4 x 4 pixels: of class 0 the left half is bright, of class 1 the upper one, of class 2 a diagonal, each brighter or darker. */
const patterns = [(_: number, x: number) => x < 2, (y: number) => y < 2, (y: number, x: number) => x === y];
const labels = Array.from({ length: 96 }, (_, i) => i % 3);
const images = Uint8Array.from({ length: 96 * 16 }, (_, i) => {
  const [image, y, x] = [Math.floor(i / 16), Math.floor((i % 16) / 4), i % 4];
  return patterns[labels[image]](y, x) ? 150 + ((image * 37) % 100) : 20;
});
const splits = imagesFromArray(images, { shape: [1, 4, 4], labels, classes: ["left", "upper", "diagonal"], validation: 0.25, test: 0.25 });

async function trainedRun(model: Model = stacked, given: object = options) {
  const [engine, { spec }] = [referenceEngine(), splits.train];
  const built = model.build(model.options.parse(given), spec);
  for (const variable of built.variables) await engine.write(variable, variable.initial(9));
  return { model, built, spec, engine };
}

describe("reconstruction errors", () => {
  it("are mean squares of each example, in units of [0, 1] whatever the model's range", async () => {
    const { spec } = splits.train;
    const built = autoencoderModel({ shape: spec.shape, size: 16, parameters: [], encode: (x) => x, decode: (x) => x });
    const examples: Examples = { spec, count: 2, values: Float32Array.from({ length: 32 }, (_, i) => (i < 16 ? 0.25 : 1)) };
    const identity = { model: stacked, built, spec, engine: referenceEngine() };
    assertClose(await reconstructionErrors(identity, examples), [0, 0], 1e-12);
    // In [-1, 1], what is below 0 is clipped to 0: the value 0.25 is -0.5 there, off by a half, which is a quarter of [0, 1].
    const wide: Model = { ...stacked, accepts: { ...stacked.accepts, range: [-1, 1] } };
    assertClose(await reconstructionErrors({ ...identity, model: wide }, examples), [0.0625, 0], 1e-7);
  });
});

describe("anomalies", () => {
  it("are the examples above the error that so many normal ones do not exceed, the worst first", async () => {
    const run = await trainedRun();
    const { scores, threshold, above } = await anomalies(run, splits.test, splits.validation, 0.5);
    const normal = await reconstructionErrors(run, splits.validation);
    assert.equal(normal.filter((error) => error > threshold).length, normal.length / 2);
    assert.deepEqual([...above], [...scores.keys()].filter((i) => scores[i] > threshold).sort((a, b) => scores[b] - scores[a]));
    const none = await anomalies(run, splits.validation, splits.validation, 1);
    assert.equal(none.above.length, 0);
  });

  it("are a table, and a figure with classes and scores", async () => {
    const run = await trainedRun();
    const found = await anomalies(run, splits.test, splits.validation);
    const [header, first, ...others] = anomaliesCsv(splits.test, found).trimEnd().split("\n");
    assert.deepEqual([header, others.length], ["example,label,score,anomalous", 23]);
    assert.deepEqual(first.split(",").slice(0, 2).map(Number), [0, splits.test.labels![0]]);
    const svg = await anomaliesSvg(run, splits.test, found, 12);
    assert.equal(svg.match(/<image /g)!.length, 24);
    for (const text of ["Rebuilt worst: stacked autoencoder", "of 24 have a mean squared error above", `>${found.scores.indexOf(Math.max(...found.scores))}: ${Math.max(...found.scores).toFixed(4)}<`]) assert.ok(svg.includes(text), text);
  });
});

describe("holding classes out", () => {
  const optimizer = { name: "adam", learningRate: 0.01, schedule: { kind: "constant", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } } as const;
  const recipe = { optimizer, batchSize: 6, seed: 1 };

  it("finds classes that are unlike all others, and leaves the run's weights as they were", async () => {
    const run = await trainedRun();
    const before = await training.valuesOf(run.engine, run.built.variables);
    const results = await heldOut(run, splits, { training: { ...recipe, epochs: 12 } });
    assert.deepEqual(results.map((result) => result.class), [0, 1, 2]);
    // Two codings are enough for two patterns, not for a third.
    for (const { auc, pcaAuc } of results) assert.ok(auc > 0.9 && pcaAuc! > 0.9, `${auc} ${pcaAuc}`);
    assert.deepEqual(await training.valuesOf(run.engine, run.built.variables), before);
  });

  it("trains those that are asked for, the same way each time", async () => {
    const once = async () => heldOut(await trainedRun(), splits, { classes: [2], training: { ...recipe, epochs: 1 } });
    const [result] = await once();
    assert.deepEqual([[result], result.class], [await once(), 2]);
  });

  it("trains models of several stages through all of them, and what has a closed form by it", async () => {
    const layered = await trainedRun(greedy, { ...options, layerEpochs: [4] });
    for (const { auc } of await heldOut(layered, splits, { training: { ...recipe, epochs: 8 } })) assert.ok(auc > 0.9, `${auc}`);
    const components = await trainedRun(pca, { components: 2 });
    const results = await heldOut(components, splits, { training: recipe });
    // The model's reconstructions are clipped to [0, 1], the baseline's are not; that changes no order here.
    for (const { auc, pcaAuc } of results) assert.equal(auc, pcaAuc);
  });

  it("scores with the averages of the weights where the training keeps them", async () => {
    const aucWith = async (averageDecay?: number) => {
      const [{ auc }] = await heldOut(await trainedRun(), splits, { classes: [1], training: { ...recipe, epochs: 2, ...(averageDecay !== undefined && { averageDecay }) } });
      return auc;
    };
    // Averages that follow at once are the weights; slow ones are something else.
    assert.equal(await aucWith(0), await aucWith());
    assert.notEqual(await aucWith(0.99), await aucWith());
  });

  it("stops when it is told to, with the run's weights as they were", async () => {
    const run = await trainedRun();
    const before = await training.valuesOf(run.engine, run.built.variables);
    await assert.rejects(() => heldOut(run, splits, { training: recipe, signal: AbortSignal.abort() }), { name: "AbortError" });
    assert.deepEqual(await training.valuesOf(run.engine, run.built.variables), before);
  });

  it("wants labels, and a model that reconstructs", async () => {
    const { spec, count, values } = splits.test;
    await assert.rejects(async () => heldOut(await trainedRun(), { ...splits, test: { spec, count, values } }, { training: recipe }), DataError);
    const run = await trainedRun();
    await assert.rejects(() => heldOut({ ...run, built: { ...run.built, abilities: {} } }, splits), (error: unknown) => error instanceof UsageError && /cannot reconstruct/.test(error.message));
  });

  it("is summed up as means and as CSV", () => {
    const results = [{ class: 0, auc: 0.5, pcaAuc: 0.6 }, { class: 3, auc: 0.7, pcaAuc: 0.4 }];
    assertClose([meansOf(results).auc, meansOf(results).pcaAuc!], [0.6, 0.5], 1e-12);
    assert.equal(heldOutCsv([results[1], { class: 4, auc: 1 }]), "class,auc,pcaAuc\n3,0.700000,0.400000\n4,1.000000,\n");
  });
});
