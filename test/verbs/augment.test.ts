import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  augment, augmentationCsv, augmentationSvg, DataError, labelsWarning, referenceEngine, summarizeAugmentation, tensor, UsageError,
  type AugmentResult, type DataSpec, type Engine, type Executable, type Model, type Splits, type Trained,
} from "../../src/index.js";
import { gan } from "../../src/models/gan.js";
import type { Data, Program } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { lightHalves as splits } from "../support/light-halves.js";

const { cast, constant, input, less, matmul, mul, noise, oneHot, reshape } = tensor;

const classes = ["above", "below"];
/** As vectors: their classifier is the faster one. */
const spec = { kind: "vectors", shape: [16], classes } as const;
const data = { train: { ...splits.train, spec }, test: { ...splits.test, spec } };
const optimizer = { name: "adam", learningRate: 0.02, schedule: { kind: "constant", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } } as const;
const training = { batchSize: 8, steps: 30 };

/** In [-1, 1], as that GAN's: light is 0.6, dark -0.6, which are 0.8 and 0.2 in [0, 1]. */
const light = constant([0.6, -0.6].flatMap((value) => [...Array<number>(8).fill(value), ...Array<number>(8).fill(-value)]), [2, 16]);

/** A "trained" run whose samples are known. */
const generator = (sample: (batch: number) => Program, engine: Engine = referenceEngine()): Trained => {
  const model: Model = { ...gan, accepts: { kinds: ["images", "vectors"], range: [-1, 1] } };
  return { model, engine, spec, built: { variables: [], stages: [], validation: sample, abilities: { sample } } };
};
const conditional = ({ shape }: DataSpec) => (batch: number): Program => {
  const labels = input("labels", [batch], "int32");
  return { inputs: { labels }, outputs: { samples: reshape(matmul(oneHot(labels, 2), light), [batch, ...shape]) } };
};
/** Some samples are grey, so of no class; the others of both. */
const unconditional = (batch: number): Program => {
  const [clear, below] = [cast(less(noise.uniform([batch, 1]), 0.5), "float32"), cast(less(noise.uniform([batch]), 0.5), "int32")];
  return { outputs: { samples: mul(clear, matmul(oneHot(below, 2), light)) } };
};

interface Batch {
  readonly x: readonly number[][];
  readonly labels: readonly number[];
}

/** An engine that keeps what classifiers are trained on: the batches of each training. */
function watched(): { readonly engine: Engine; readonly trainings: readonly Batch[][] } {
  const [engine, trainings]: [Engine, Batch[][]] = [referenceEngine(), []];
  async function compile<Inputs extends string, Outputs extends string>(program: Program<Inputs, Outputs>): Promise<Executable<Inputs, Outputs>> {
    const executable = await engine.compile(program);
    if (!program.updates) return executable;
    const batches: Batch[] = [];
    trainings.push(batches);
    const run: typeof executable.run = async (...args) => {
      const { x, labels } = args[0] as Record<string, Data>;
      batches.push({ x: Array.from(labels, (_, i) => Array.from(x.slice(16 * i, 16 * (i + 1)))), labels: Array.from(labels) });
      return executable.run(...args);
    };
    return { ...executable, run };
  }
  return { engine: { ...engine, compile }, trainings };
}

/** How often each row is in batches, with its label. */
function counted(batches: readonly Batch[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { x, labels } of batches)
    for (const [i, row] of x.entries()) {
      const key = `${labels[i]}: ${row.map((value) => value.toFixed(3)).join(" ")}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  return counts;
}

const generatedRow = (label: number): string => `${label}: ${Array.from({ length: 16 }, (_, i) => (i < 8 === (label === 0) ? "0.800" : "0.200")).join(" ")}`;

describe("augmenting few labels", () => {
  it("trains on the labelled examples, and on these and a quarter of generated ones of the classes asked for, for as many steps", async () => {
    const { engine, trainings } = watched();
    const images = { ...splits.train.spec, classes };
    const results = await augment({ ...generator(conditional(images), engine), spec: images }, { train: { ...splits.train, spec: images }, test: splits.test }, { labels: [4], seeds: 1, generated: 24, training: { batchSize: 4, steps: 24 } });
    const [alone, both] = trainings;
    assert.deepEqual([trainings.length, alone.length, both.length, alone[0].labels.length, both[0].labels.length], [2, 24, 24, 4, 4]);
    // Four examples 24 times each; 18 times beside the 24 samples, twelve of each class.
    const own = [...counted(alone)];
    assert.deepEqual(own.map(([, count]) => count), [24, 24, 24, 24]);
    assert.deepEqual(new Map([...counted(both)].sort()), new Map([...own.map(([row]) => [row, 18] as const), ...[0, 1].map((label) => [generatedRow(label), 12] as const)].sort()));
    assert.deepEqual(results.map(({ mode, steps, generated, generatorLabels }) => [mode, steps, generated, generatorLabels]), [["labelled", 24, 0, 0], ["augmented", 24, 24, 36]]);
  });

  it("labels what a generator without classes makes by the classifier with few labels, where that is sure", async () => {
    const { engine, trainings } = watched();
    const [, { generated, generatorLabels }] = await augment(generator(unconditional, engine), data, { labels: [36], seeds: 1, generated: 60, confidence: 0.7, training: { batchSize: 12, steps: 100 } });
    const made = [...counted(trainings[1])].filter(([row]) => /0[.]800 0[.]800$|0[.]200 0[.]200$|0[.]500 0[.]500$/.test(row));
    assert.deepEqual(new Set(made.map(([row]) => row)), new Set([generatedRow(0), generatedRow(1)]));
    assert.ok(generated > 15 && generated < 45, `${generated}`);
    assert.equal(generatorLabels, 0);
  });

  it("changes nothing where the classifier is sure of no sample, and uses all where it need not be", async () => {
    const once = async (confidence: number) => augment(generator(() => ({ outputs: { samples: constant(new Float32Array(40 * 16), [40, 16]) } })), data, { labels: [6], seeds: 2, generated: 40, confidence, training: { ...training, steps: 5 } });
    const none = await once(1);
    assert.deepEqual(none.map(({ generated }) => generated), [0, 0, 0, 0]);
    for (const { gain } of summarizeAugmentation(none).slice(1)) assert.deepEqual(gain, { mean: 0, margin: 0 });
    assert.deepEqual((await once(0)).map(({ generated }) => generated), [0, 40, 0, 40]);
  });

  it("helps where samples are like the data, and is the same again", async () => {
    const once = async () => augment(generator(conditional(spec)), data, { labels: [1], seeds: 1, generated: 10, training: { steps: 30, optimizer } });
    const results = await once();
    assert.deepEqual(results.map(({ labels, seed, mode }) => `${labels} ${seed} ${mode}`), ["1 0 labelled", "1 0 augmented"]);
    // One label says nothing of the other class, but the generator knows it.
    const [, { gain }] = summarizeAugmentation(results);
    assert.ok(gain!.mean > 0.2, `${gain!.mean}`);
    assert.deepEqual(await once(), results);
  });

  it("takes as many labels of the usual numbers as there are", async () => {
    const results = await augment(generator(conditional(spec)), data, { seeds: 1, generated: 10, training });
    assert.deepEqual(results.map(({ labels }) => labels), [36, 36]);
  });

  it("wants labels, a model that can sample, and no more labels than there are", async () => {
    const unlabelled = ({ count, values }: Splits["train"]) => ({ spec, count, values });
    await assert.rejects(() => augment(generator(conditional(spec)), { ...data, train: unlabelled(data.train) }), (error: unknown) => error instanceof DataError && /train examples have no labels/.test(error.message));
    const run = generator(conditional(spec));
    await assert.rejects(() => augment({ ...run, built: { ...run.built, abilities: {} } }, data), (error: unknown) => error instanceof UsageError && /cannot sample/.test(error.message));
    await assert.rejects(() => augment(run, data, { labels: [10, 37] }), (error: unknown) => error instanceof UsageError && /no 37 labelled/.test(error.message) && /: 36\./.test(error.hint!));
  });
});

describe("the summary of augmenting", () => {
  const result = (labels: number, mode: AugmentResult["mode"], seed: number, accuracy: number, generated: number): AugmentResult => ({ labels, mode, seed, accuracy, steps: 1, generated, generatorLabels: mode === "augmented" ? 500 : 0 });
  const results = [100, 500].flatMap((labels) => [result(labels, "labelled", 0, 0.5, 0), result(labels, "augmented", 0, 0.6, 10), result(labels, "labelled", 1, 0.7, 0), result(labels, "augmented", 1, 0.8, 20)]);

  it("compares seed by seed, and says how much was generated", () => {
    const [labelled, augmented] = summarizeAugmentation(results);
    assertClose([labelled.accuracy.mean, augmented.gain!.mean, augmented.gain!.margin!, augmented.generated], [0.6, 0.1, 0, 15], 1e-9);
    assert.deepEqual([labelled.gain, labelled.generatorLabels, augmented.generatorLabels], [undefined, 0, 500]);
  });

  it("warns where the generator saw more labels than the classifier, and there alone", () => {
    const rows = summarizeAugmentation(results);
    assert.match(labelsWarning(rows)!, /^the generator saw 500 labels: the classifier's 100 are not few then/);
    assert.equal(labelsWarning(rows.filter(({ labels }) => labels === 500)), undefined);
  });

  it("is written as CSV and drawn as SVG", () => {
    assert.equal(augmentationCsv(results.slice(1, 2)), "labels,mode,seed,accuracy,steps,generated,generatorLabels\n100,augmented,0,0.600000,1,10,500\n");
    const svg = augmentationSvg(summarizeAugmentation(results), "Title");
    for (const text of ["Title", "labelled", "augmented", ">500<"]) assert.ok(svg.includes(text), text);
  });
});
