import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Engine, Executable } from "../../src/engines/engine.js";
import { fit, valuesOf } from "../../src/training/index.js";
import { classifierOf } from "../../src/models/classifier.js";
import { stacked } from "../../src/models/stacked.js";
import { DataError, pretrain, pretrainingCsv, pretrainingSvg, referenceEngine, summarizePretraining, takeExamples, UsageError, type PretrainResult, type Splits } from "../../src/index.js";
import type { Data, Program, Variable } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { lightHalves as splits } from "../support/light-halves.js";

const training = { batchSize: 8, steps: 30, validateEvery: 10, patience: 2 };
const options = stacked.options.parse({ hidden: [6], latentSize: 3, codingActivation: "linear" });

/** A "trained" run: its weights are those of seed 9. */
async function trainedRun() {
  const [engine, { spec }] = [referenceEngine(), splits.train];
  const built = stacked.build(options, spec);
  for (const variable of built.variables) await engine.write(variable, variable.initial(9));
  return { model: stacked, built, spec, engine };
}

const listOf = async (engine: Engine, variables: readonly Variable[]): Promise<Data[]> => [...(await valuesOf(engine, variables)).values()];

/** The engine, and the values of variables before the first training step and after each. */
function watched(engine: Engine, variables: readonly Variable[]): { readonly engine: Engine; readonly seen: readonly (readonly Data[])[] } {
  const seen: Data[][] = [];
  async function compile<Inputs extends string, Outputs extends string>(program: Program<Inputs, Outputs>): Promise<Executable<Inputs, Outputs>> {
    const executable = await engine.compile(program);
    if (!program.updates) return executable;
    const run: typeof executable.run = async (...args) => {
      if (seen.length === 0) seen.push(await listOf(engine, variables));
      const outputs = await executable.run(...args);
      seen.push(await listOf(engine, variables));
      return outputs;
    };
    return { ...executable, run };
  }
  return { engine: { ...engine, compile }, seen };
}

describe("pretraining for few labels", () => {
  it("trains every mode at every number of labels, more than there are being all, and learns", async () => {
    const results = await pretrain(await trainedRun(), splits, { labels: [10, 1000, 5000], seeds: 2, training });
    assert.deepEqual(results.map(({ labels: count, seed, mode }) => [count, seed, mode].join(" ")), [10, 36].flatMap((count) => [0, 1].flatMap((seed) => ["scratch", "finetuned", "frozen"].map((mode) => `${count} ${seed} ${mode}`))));
    const best = Math.max(...results.map(({ accuracy }) => accuracy));
    assert.ok(best > 0.8, `${best}`);
  });

  it("copies the run's weights: one step from them differs from one step from new ones, and frozen ones stay", async () => {
    const run = await trainedRun();
    const before = await valuesOf(run.engine, run.built.variables);
    const learn = { ...training, steps: 1, validateEvery: 1 };
    const accuracies = await pretrain(run, splits, { labels: [10], seeds: 1, training: { ...learn, optimizer: { name: "sgd", learningRate: 1e-9, schedule: { kind: "constant", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } } } });
    // Hardly trained, a classifier is what it started as: the run's encoder and the first head of seed 0.
    const classifier = classifierOf(run.built, { classes: 2, frozen: true });
    for (const variable of classifier.variables.slice(-2)) await run.engine.write(variable, variable.initial(0));
    const executable = await run.engine.compile(classifier.validation(splits.test.count));
    const x = Float64Array.from(splits.test.values, (value) => value / 255);
    const error = (await executable.run({ x, labels: Int32Array.from(splits.test.labels!) } as { x: Float64Array })).error[0];
    const of = (mode: string) => accuracies.find((result) => result.mode === mode)!.accuracy;
    assertClose([of("finetuned"), of("frozen")], [1 - error, 1 - error], 1e-9);
    assert.notEqual(of("scratch"), of("frozen"));
    assert.deepEqual(await valuesOf(run.engine, run.built.variables), before);
  });

  it("trains from the run's weights, bit by bit, and from new ones; only frozen weights stay the same", async () => {
    const run = await trainedRun();
    const { encoder } = classifierOf(run.built, { classes: 2, frozen: false });
    const own = await listOf(run.engine, encoder);
    const fresh = encoder.map((variable) => Float64Array.from(variable.initial(0)));
    for (const [mode, start] of [["scratch", fresh], ["finetuned", own], ["frozen", own]] as const) {
      const { engine, seen } = watched(run.engine, encoder);
      await pretrain({ ...run, engine }, splits, { labels: [16], seeds: 1, modes: [mode], training: { ...training, steps: 4, validateEvery: 4 } });
      const moved = seen.map((values) => !isDeepStrictEqual(values, start));
      assert.deepEqual(moved, [false, ...Array<boolean>(4).fill(mode !== "frozen")], mode);
    }
  });

  it("is the same again", async () => {
    const once = async () => pretrain(await trainedRun(), splits, { labels: [10], seeds: 1, training });
    assert.deepEqual(await once(), await once());
  });

  it("wants labels, test examples of their own, and a model that encodes", async () => {
    const run = await trainedRun();
    const unlabelled = ({ spec, count, values }: Splits["train"]) => ({ spec, count, values });
    await assert.rejects(() => pretrain(run, { ...splits, test: unlabelled(splits.test) }), (error: unknown) => error instanceof DataError && /test examples have no labels/.test(error.message));
    await assert.rejects(() => pretrain(run, { ...splits, test: splits.validation }), /also the test examples/);
    await assert.rejects(() => pretrain({ ...run, built: { ...run.built, abilities: {} } }, splits), UsageError);
  });
});

describe("the summary of pretraining", () => {
  const result = (mode: PretrainResult["mode"], seed: number, accuracy: number): PretrainResult => ({ labels: 100, mode, seed, accuracy, steps: 1 });
  const results = [result("scratch", 0, 0.5), result("frozen", 0, 0.6), result("scratch", 1, 0.7), result("frozen", 1, 0.8)];

  it("compares seed by seed: a gain may be certain where the accuracies are not", () => {
    const [scratch, frozen] = summarizePretraining(results);
    assertClose([scratch.accuracy.mean, frozen.accuracy.mean, frozen.gain!.mean, frozen.gain!.margin!], [0.6, 0.7, 0.1, 0], 1e-9);
    assert.ok(scratch.accuracy.margin! > 1 && scratch.gain === undefined);
  });

  it("is written as CSV and drawn as SVG", () => {
    assert.equal(pretrainingCsv(results.slice(0, 1)), "labels,mode,seed,accuracy,steps\n100,scratch,0,0.500000,1\n");
    const svg = pretrainingSvg(summarizePretraining(results), "Title");
    for (const text of ["Title", "scratch", "frozen", "test accuracy", ">100<"]) assert.ok(svg.includes(text), text);
  });
});

describe("a fit without a run folder", () => {
  it("ends with the weights of its best validation, and stops when no better one comes", async () => {
    const run = await trainedRun();
    const model = classifierOf(run.built, { classes: 2, frozen: false });
    for (const variable of model.variables) await run.engine.write(variable, variable.initial(0));
    const start = await valuesOf(run.engine, model.variables);
    // Steps of this size change no answer.
    const optimizer = { name: "sgd", learningRate: 1e-12, schedule: { kind: "constant", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } } as const;
    const job = { model, examples: { train: takeExamples(splits.train, 8), validation: splits.validation }, range: [0, 1], engine: run.engine, config: { ...training, seed: 0, steps: 1000, optimizer } } as const;
    const { steps } = await fit(job);
    assert.equal(steps, 20);
    assert.deepEqual(await valuesOf(run.engine, model.variables), start);
  });

  it("keeps the last weights where nothing is validated", async () => {
    const run = await trainedRun();
    const model = classifierOf(run.built, { classes: 2, frozen: false });
    for (const variable of model.variables) await run.engine.write(variable, variable.initial(0));
    const { engine, seen } = watched(run.engine, model.variables);
    const optimizer = { name: "sgd", learningRate: 0.1, schedule: { kind: "constant", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } } as const;
    const { steps, validation } = await fit({ model, examples: { train: splits.train }, range: [0, 1], engine, config: { ...training, seed: 0, steps: 25, patience: 1, optimizer } });
    assert.deepEqual([steps, validation, seen.length], [25, undefined, 26]);
    assert.deepEqual(await listOf(run.engine, model.variables), seen[25]);
  });
});
