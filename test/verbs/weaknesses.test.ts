import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imagesFromArray, referenceEngine, UsageError, variational, weaknesses, weaknessesSvg, weaknessFiles, type Features, type ImageClassifier, type Trained, type WeaknessesRequest } from "../../src/index.js";
import { add, broadcastTo, concat, constant, input, matmul, mul, oneHot, reshape, sigmoid, sub, sum, type Tensor } from "../../src/tensor/index.js";

/** Images of 2 x 2 whose upper half is as light as one number in [0, 1] says, and the lower as another: class "above" where the first is larger. */
const shape = [1, 2, 2] as const;
const halves = ([a, b]: readonly number[]): number[] => [a, a, b, b];
const pairs = Array.from({ length: 400 }, (_, i) => [(Math.floor(i / 20) + 0.5) / 20, ((i % 20) + 0.5) / 20]);
const labels = pairs.map(([a, b]) => (a > b ? 0 : 1));
const classes = ["above", "below/under"];
const data = imagesFromArray(Float32Array.from(pairs.flatMap(halves)), { shape, labels, classes, validation: 0.1, test: 0.25 });
const unlabelled = imagesFromArray(Float32Array.from(pairs.flatMap(halves)), { shape, validation: 0.1, test: 0.25 });

const rows = (values: Float32Array, width: number): Float32Array[] => Array.from({ length: values.length / width }, (_, i) => values.subarray(i * width, (i + 1) * width));
/** A classifier by the difference of the halves: probability of "above". */
const byDifference = (above: (difference: number) => number) => async (images: Float32Array): Promise<Float32Array> => Float32Array.from(rows(images, 4).flatMap(([a, , b]) => [above(a - b), 1 - above(a - b)]));
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** What is right is known where the halves differ by 0.1. */
const features: Features = {
  kind: "classifier",
  description: "the two halves",
  size: 2,
  of: async (images) => ({ values: Float32Array.from(rows(images, 4).flatMap(([a, , b]) => [a, b])), size: 2 }),
  classifier: { classes, accuracy: 1, file: "none", probabilities: async ({ values }) => Float32Array.from(rows(values, 2).flatMap(([a, b]) => [logistic(22 * (a - b)), 1 - logistic(22 * (a - b))])) },
};

/** Makes the halves of its first two codings; of a conditional model, the first is added to the lower half where "below" is asked for, else subtracted. */
const generator = ({ conditional = false, codings = "normal" as const, spec = data.train.spec } = {}): Trained => ({
  engine: referenceEngine(),
  spec,
  model: { ...variational, accepts: { ...variational.accepts, range: [-1, 1] } },
  built: {
    variables: [],
    stages: [],
    validation: () => ({ outputs: {} }),
    codings,
    abilities: {
      decode(batch) {
        const z = input("codings", [batch, 3]);
        const pick = (k: number): Tensor => matmul(z, constant([0, 1, 2].map((i) => (i === k ? 1 : 0)), [3, 1]));
        const asked = input("labels", [batch], "int32");
        const sign = conditional ? sub(1, mul(2, reshape(sum(mul(oneHot(asked, 2), constant([0, 1], [1, 2])), 1), [batch, 1]))) : 0;
        const [a, b] = conditional ? [add(pick(0), mul(sign, 2)), sub(pick(1), mul(sign, 2))] : [pick(0), pick(1)];
        const wide = (x: Tensor): Tensor => broadcastTo(sub(mul(2, sigmoid(x)), 1), [batch, 2]);
        return { inputs: { codings: z, ...(conditional && { labels: asked }) }, outputs: { images: reshape(concat([wide(a), wide(b)], 1), [batch, ...shape]) } };
      },
    },
  },
});

/** Says "above" only for what is clearly so. */
const biased: ImageClassifier = { name: "biased.onnx", classes: 2, probabilities: byDifference((difference) => logistic(20 * (difference - 0.25))) };
/** Is wrong in a small corner alone: where the upper half is light and the lower nearly as light. */
const cornered: ImageClassifier = {
  name: "cornered.onnx",
  classes: 2,
  probabilities: async (images) => Float32Array.from(rows(images, 4).flatMap(([a, , b]) => [logistic(30 * (a - b)) * (1 - logistic(12 * (a + b - 1.6))), 1 - logistic(30 * (a - b)) * (1 - logistic(12 * (a + b - 1.6)))])),
};
const search = (trained: Trained, more: Partial<WeaknessesRequest> = {}) => weaknesses(trained, { data, features, classifier: biased, samples: 300, starts: 8, generations: 8, ...more });

describe("looking for what a classifier gets wrong", () => {
  it("finds plausible images of a known class that it takes for another, and the training image most like each", async () => {
    const { lookFor, classifier, usual, random, found, findings, images, nearest } = await search(generator());
    assert.deepEqual([lookFor, classifier, usual.count, usual.opinion!.right, random.count, findings.length * 4], ["wrong", "biased.onnx", 100, 1, 300, images.length]);
    // Of the test images, those with a lead of less than 0.25 are taken for "below".
    const wrong = rows(Float32Array.from(data.test.values as Float32Array), 4).filter(([a, , b]) => a > b && a - b < 0.25).length;
    assert.equal(Math.round(100 * usual.weaknesses), wrong);
    assert.ok(found.weaknesses > 0 && findings.filter(({ counts }) => counts).length === found.weaknesses);
    rows(images, 4).forEach(([a, , b], i) => {
      const { counts, said, against, nearest: { index, label } } = findings[i];
      if (counts) assert.ok(against === 0 && said === 1 && a - b > 0.09 && a - b < 0.26, `${a}, ${b}`);
      assert.equal(label, data.train.labels![index]);
      assert.deepEqual(Array.from(nearest.subarray(4 * i, 4 * i + 4)), Array.from(data.train.values.subarray(4 * index, 4 * index + 4)));
    });
    assert.deepEqual(found.confusions, [{ from: 0, to: 1, count: found.weaknesses }]);
  });

  it("finds by its search what hardly any random coding shows", async () => {
    const { random, starts, found, findings, searched } = await search(generator(), { classifier: cornered, samples: 100, generations: 20 });
    assert.deepEqual([random.weaknesses, starts.weaknesses, starts.count], [0, 0, 8]);
    // From several starts it comes to the same corner: what is nearly the same counts once.
    assert.ok(found.weaknesses > 0 && found.count < 8, JSON.stringify(found));
    assert.equal(searched, 8 * (8 * 20 + 1));
    for (const { coding } of findings) assert.ok(Math.hypot(...coding) <= Math.sqrt(3) + 2 + 1e-4);
  });

  it("finds the same for the same seed", async () => {
    const [a, b, c] = [await search(generator()), await search(generator()), await search(generator(), { seed: 1 })];
    assert.deepEqual(a, b);
    assert.notDeepEqual(a.images, c.images);
  });

  it("finds nothing where the classifier is right, but says what it looked at", async () => {
    const { random, found } = await search(generator(), { classifier: { ...biased, probabilities: byDifference((difference) => logistic(22 * difference)) } });
    assert.deepEqual([random.count, random.weaknesses, found.weaknesses], [300, 0, 0]);
    assert.ok(random.plausible > 0 && found.plausible > 0);
  });

  it("takes the class that was asked for as right only where the second opinion agrees", async () => {
    const { random, findings } = await search(generator({ conditional: true }), { generations: 4 });
    assert.equal(random.count, 300);
    assert.ok(findings.some(({ counts }) => counts) && findings.every(({ asked, against, counts, certainty }) => asked === against && (!counts || certainty >= 0.9)));
    assert.ok(new Set(findings.map(({ asked }) => asked)).size === 2);
  });
});

describe("looking for what a classifier is unsure of", () => {
  it("examines the classifier of the data where no other is given", async () => {
    const { lookFor, classifier, findings, images, found } = await search(generator(), { classifier: undefined, generations: 12 });
    assert.deepEqual([lookFor, classifier], ["unsure", "the classifier of morphogen evaluate"]);
    assert.ok(found.weaknesses > 4, JSON.stringify(found));
    rows(images, 4).forEach(([a, , b], i) => assert.ok(!findings[i].counts || Math.abs(a - b) < 0.01));
    await assert.rejects(search(generator(), { classifier: undefined, lookFor: "wrong" }), (error) => error instanceof UsageError && /would judge itself/.test(error.message));
  });

  it("does without labels, and without as many classes as the data have", async () => {
    const { classifier: _, ...values } = features;
    const found = await search(generator({ spec: unlabelled.train.spec }), { data: unlabelled, features: values, generations: 2 });
    assert.deepEqual([found.lookFor, found.classes, found.findings[0].nearest.label], ["unsure", ["0", "1"], undefined]);
    await assert.rejects(search(generator(), { data: unlabelled, features: values, lookFor: "wrong" }), /the data have no labels/);
    await assert.rejects(search(generator(), { data: unlabelled, features: values, classifier: undefined }), /There is no classifier to examine/);
    const three: ImageClassifier = { name: "three.onnx", classes: 3, probabilities: async (images) => Float32Array.from(rows(images, 4).flatMap(([a, , b]) => [0.2, 0.4 + 0.4 * (a - b), 0.4 - 0.4 * (a - b)])) };
    assert.deepEqual((await search(generator(), { classifier: three, generations: 2 })).classes, ["0", "1", "2"]);
    await assert.rejects(search(generator(), { classifier: three, lookFor: "wrong" }), /three.onnx knows 3 classes, the data have 2/);
  });

  it("refuses models that make no images of codings of N(0, I), and counts that are none", async () => {
    const { codings: _, ...built } = generator().built;
    await assert.rejects(search({ ...generator(), built }), (error) => error instanceof UsageError && /not drawn from N\(0, I\)/.test(error.message));
    await assert.rejects(search({ ...generator(), built: { ...built, abilities: {} } }), /cannot decode/);
    await assert.rejects(search(generator({ spec: { kind: "vectors", shape: [4] } as never })), /trained on vectors, not on images/);
    await assert.rejects(search(generator(), { starts: 0 }), /starts is 0/);
  });
});

describe("what a search for weaknesses shows", () => {
  it("is what counts, each over the training image most like it; or all, with what counts framed", async () => {
    const trained = generator();
    const result = await search(trained, { generations: 2 });
    const { weaknesses: count } = result.found;
    const figure = weaknessesSvg(trained, result);
    assert.deepEqual([figure.match(/<image /g)?.length, figure.match(/>above</g)!.length >= count, /stroke="#d94801"/.test(figure)], [2 * count, true, false]);
    assert.match(figure, />Taken for something else by biased.onnx<[\s\S]*>below\/under \d+%</);
    const all = weaknessesSvg(trained, result, { all: true });
    assert.deepEqual([all.match(/<image /g)?.length, all.match(/stroke="#d94801"/g)?.length], [2 * result.findings.length, count]);
    const none = { ...result, findings: result.findings.map((finding) => ({ ...finding, counts: false })) };
    assert.throws(() => weaknessesSvg(trained, none), (error) => error instanceof UsageError && /nothing to show/.test(error.message));
  });

  it("is written as files in folders of the right classes, with a table; what is unsure side by side", async () => {
    const trained = generator();
    const wrong = await search(trained, { classifier: { ...biased, probabilities: byDifference((difference) => logistic(20 * (difference + 0.25))) } });
    const files = weaknessFiles(trained, wrong);
    assert.deepEqual(files.map(({ name }) => name), [...Array.from({ length: wrong.found.weaknesses }, (_, i) => `below-under/${i + 1}.png`), "weaknesses.csv"]);
    const lines = String(files[files.length - 1].bytes).trim().split("\n");
    assert.equal(lines[0], "file,right,probability of right,said,probability of said,second opinion,distance,counts,nearest training image,its class");
    assert.match(lines[1], /^below-under\/1.png,below\/under,0.\d+,above,0.\d+,0.9\d+,0.\d+,1,\d+,(above|below\/under)$/);
    assert.equal(lines.length, 1 + wrong.found.weaknesses);
    const unsure = await search(trained, { lookFor: "unsure" });
    assert.equal(weaknessFiles(trained, unsure, { all: true })[0].name, "1.png");
  });
});
