import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { chooseEngine, classSharesSvg, evaluate, featuresFor, featuresOf, imagesFromArray, nearestTrainingSvg, referenceEngine, UsageError, variational, type Abilities, type DataSpec, type Engine, type Splits } from "../../src/index.js";
import { add, constant, fillUniform, gather, input, keyOf, mul, noise, reshape } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { setVariable } from "../support/commands.js";
import { temporaryFolder } from "../support/folder.js";

const COUNT = 400;
const uniform = (count: number, seed: number): Float64Array => {
  const values = new Float64Array(count);
  fillUniform(values, keyOf(seed));
  return values;
};

/** Images of two classes: light above, or light below; with noise. */
const randomness = uniform(COUNT * 16, 1);
const labels = Array.from({ length: COUNT }, (_, i) => i % 2);
const pixels = Float32Array.from(randomness, (value, i) => ((i % 16 < 8) === (labels[Math.floor(i / 16)] === 0) ? 0.6 : 0.1) + 0.3 * value);
const shape = [1, 4, 4] as const;
const images = imagesFromArray(pixels, { shape, labels, classes: ["above", "below"], validation: 0.25, test: 0.25 });
const unlabelled = imagesFromArray(pixels, { shape, validation: 0.25, test: 0.25 });

/** Points spread evenly over the unit square. */
const points = (seed: number, count = 200) => ({ spec: { kind: "vectors", shape: [2] } as const, count, values: Float32Array.from(uniform(2 * count, seed)) });
const vectors: Splits = { train: points(2), validation: points(3), test: points(4) };

/** A "trained" model that samples as told. */
const sampler = (engine: Engine, spec: DataSpec, sample: NonNullable<Abilities["sample"]>) => ({
  model: { ...variational, accepts: { ...variational.accepts, range: [0, 1] as const } },
  built: { variables: [], stages: [], validation: () => ({ outputs: {} }), abilities: { sample } },
  spec,
  engine,
  path: "unused",
});

/** Samples of the classes asked for, light where that class is. */
const patterns = Float32Array.from({ length: 32 }, (_, i) => ((i % 16 < 8) === i < 16 ? 0.6 : 0.1));
const ofClass = (told: (batch: number) => Parameters<typeof gather>[1], asked: boolean) => (batch: number) => {
  const classes = told(batch);
  const clean = reshape(gather(constant(patterns, [2, 16]), classes), [batch, ...shape]);
  return { ...(asked && { inputs: { labels: classes } }), outputs: { samples: add(clean, mul(0.3, noise.uniform([batch, ...shape]))) } };
};

describe("scoring samples", () => {
  const [cache, earlier] = [temporaryFolder("features"), process.env.MORPHOGEN_CACHE];
  const files = () => readdirSync(join(cache, "feature-classifiers"));
  const lines: string[] = [];
  const onProgress = (line: string) => void lines.push(line);
  const engines: Engine[] = [];
  before(async () => {
    setVariable("MORPHOGEN_CACHE", cache);
    engines.push(await chooseEngine());
  });
  after(async () => {
    setVariable("MORPHOGEN_CACHE", earlier);
    await engines[0].dispose();
  });

  it("compares labelled images by a classifier that is trained once and kept", async () => {
    const features = await featuresFor(engines[0], images, { onProgress });
    assert.deepEqual([features.kind, features.classifier?.accuracy, lines.length], ["classifier", 1, 1]);
    const { values } = await featuresOf(features, images.test);
    assert.equal(values.length, 100 * features.size);
    const again = await featuresFor(engines[0], images, { onProgress });
    assert.deepEqual([again.classifier?.file, again.classifier?.accuracy, lines.length, files().length], [features.classifier?.file, 1, 1, 1]);
    assertClose((await featuresOf(again, images.test)).values, values, 1e-5);
    // What cannot be read is made anew; other data have a classifier of their own.
    writeFileSync(features.classifier!.file, "damaged");
    assert.equal((await featuresFor(engines[0], images, { onProgress })).classifier?.accuracy, 1);
    const { train } = images;
    await featuresFor(engines[0], { ...images, train: { ...train, labels: Int32Array.from(train.labels!, (label) => 1 - label) } }, { onProgress });
    assert.deepEqual([lines.length, files().length], [3, 2]);
  });

  it("finds samples of the data's own distribution as good as test images, all of the class asked for", async () => {
    const trained = sampler(engines[0], images.train.spec, ofClass((batch) => input("labels", [batch], "int32"), true));
    const evaluation = await evaluate(trained, { data: images, samples: 100, draws: 2 });
    const { count, classes, scores: { frechet, precision, coverage, asAsked, missingClasses, nearer, copies } } = evaluation;
    assert.deepEqual([count, asAsked?.mean, asAsked?.floor, missingClasses?.mean, frechet?.draws.length], [100, 1, 1, 0, 2]);
    assert.ok(Math.abs(precision!.mean - precision!.floor) < 0.1 && Math.abs(coverage!.mean - coverage!.floor) < 0.15, JSON.stringify([precision, coverage]));
    assert.ok(frechet!.mean < 3 * frechet!.floor && frechet!.standardDeviation! > 0, JSON.stringify(frechet));
    assert.ok(Math.abs(nearer!.mean - 0.5) < 0.15 && copies!.mean < 0.1, JSON.stringify([nearer, copies]));
    assert.deepEqual(classes?.map(({ name, samples, tests }) => [name, Math.abs(samples - 0.5) < 0.2, Math.abs(tests - 0.5) < 0.2]), [["above", true, true], ["below", true, true]]);
    const figure = nearestTrainingSvg(evaluation, images.train.spec);
    assert.deepEqual([figure.match(/<image /g)!.length, figure.match(/>most alike</g)!.length], [40, 1]);
    assert.match(classSharesSvg(classes), /above[\s\S]*samples, as classified/);
  });

  it("notices a class that is missing, and says nothing of classes asked for where none is", async () => {
    const trained = sampler(engines[0], images.train.spec, ofClass((batch) => constant(new Int32Array(batch), [batch], "int32"), false));
    const { scores } = await evaluate(trained, { data: images, draws: 1 });
    assert.equal(scores.missingClasses?.mean, 1);
    assertClose([scores.classDivergence!.mean], [Math.log(2)], 0.1);
    assertClose([scores.inception!.mean], [1], 0.1);
    assert.deepEqual([scores.asAsked, scores.frechet?.standardDeviation], [undefined, undefined]);
    assert.ok(scores.recall!.mean < 0.7 && scores.coverage!.mean < 0.7 && scores.frechet!.mean > 5 * scores.frechet!.floor, JSON.stringify(scores));
  });

  it("compares images without labels by principal components, and vectors by their values", async () => {
    const engine = referenceEngine();
    const components = await featuresFor(engine, unlabelled);
    assert.deepEqual([components.kind, components.size, components.classifier], ["principal components", 16, undefined]);
    // All 16 components of 16 values are a rotation: distances stay.
    const { values } = await featuresOf(components, unlabelled.test);
    const distance = (all: ArrayLike<number>) => Array.from({ length: 16 }, (_, k) => (all[k] - all[16 + k]) ** 2).reduce((a, b) => a + b);
    assertClose([distance(values)], [distance(unlabelled.test.values)], 1e-5);
    const large = imagesFromArray(Uint8Array.from({ length: 30 * 3 * 40 * 50 }, (_, i) => (i * i) % 251), { shape: [3, 40, 50] });
    const smaller = await featuresFor(engine, large);
    assert.deepEqual([smaller.size, /at 1\/3 of their size/.test(smaller.description)], [64, true]);
    assert.equal((await featuresOf(smaller, large.test)).values.length, 3 * 64);
    assert.deepEqual(await featuresOf(await featuresFor(engine, vectors), vectors.test), { values: vectors.test.values, size: 2 });
  });

  it("scores vectors: of the same distribution, of a corner of it, and copies", async () => {
    const engine = referenceEngine();
    const { spec } = vectors.train;
    const same = await evaluate(sampler(engine, spec, (batch) => ({ outputs: { samples: noise.uniform([batch, 2]) } })), { data: vectors, draws: 2 });
    assert.deepEqual(Object.keys(same.scores), ["frechet", "kernel", "kernelError", "precision", "density", "recall", "coverage", "nearestTraining", "nearer", "copies"]);
    assert.ok(same.scores.precision!.mean > 0.85 && same.scores.recall!.mean > 0.85, JSON.stringify(same.scores));
    const corner = await evaluate(sampler(engine, spec, (batch) => ({ outputs: { samples: mul(0.3, noise.uniform([batch, 2])) } })), { data: vectors, draws: 1 });
    assert.ok(corner.scores.precision!.mean > 0.85 && corner.scores.recall!.mean < 0.3, JSON.stringify(corner.scores));
    const copied = sampler(engine, spec, (batch) => ({ outputs: { samples: add(gather(constant(Array.from(vectors.train.values), [200, 2]), constant(Int32Array.from({ length: batch }, (_, i) => i % 200), [batch], "int32")), mul(1e-6, noise.uniform([batch, 2]))) } }));
    const { copies, nearer } = (await evaluate(copied, { data: vectors, draws: 1 })).scores;
    assert.ok(copies!.mean === 1 && nearer!.mean > 0.95, JSON.stringify([copies, nearer]));
    // Copies of examples that the model has not seen are none.
    const others = (await evaluate(copied, { data: vectors, trainedOn: points(9), draws: 1 })).scores;
    assert.ok(others.copies!.mean < 0.1, JSON.stringify(others.copies));
    assert.throws(() => nearestTrainingSvg(same, spec), UsageError);
  });

  it("says what it cannot do, and that it draws fewer samples than there are examples to compare with", async () => {
    const trained = sampler(referenceEngine(), vectors.train.spec, (batch) => ({ outputs: { samples: noise.uniform([batch, 2]) } }));
    await assert.rejects(() => evaluate(trained, { data: { ...vectors, test: points(1, 19) } }), (error: unknown) => error instanceof UsageError && /19 samples/.test(error.message));
    await assert.rejects(() => evaluate(trained, { data: vectors, draws: 0 }), /draws is 0/);
    const told: string[] = [];
    assert.equal((await evaluate(trained, { data: vectors, samples: 300, draws: 1, onProgress: (line) => void told.push(line) })).count, 200);
    assert.match(told[0], /^Of the 300 samples, 200 are drawn/);
  });
});
