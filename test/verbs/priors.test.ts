import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import { stacked } from "../../src/models/stacked.js";
import { variational } from "../../src/models/variational.js";
import { defaultPrior, imagesFromArray, sample, sampleFrom, type PriorName } from "../../src/index.js";
import { temporaryFolder } from "../support/folder.js";

const { train: data } = imagesFromArray(Uint8Array.from({ length: 60 * 16 }, (_, i) => (i * i * 31) % 256), { shape: [1, 4, 4] });
const options = { hidden: [6], latentSize: 2 };

/** A "trained" run: its weights are those of a seed. */
async function runOf(model: typeof stacked | typeof variational, weights = 3) {
  const engine = referenceEngine();
  const built = model === stacked ? stacked.build(stacked.options.parse({ ...options, codingActivation: "linear" }), data.spec) : variational.build(variational.options.parse({ ...options, network: "dense" }), data.spec);
  for (const variable of built.variables) await engine.write(variable, variable.initial(weights));
  return { model, built, spec: data.spec, engine, path: temporaryFolder("priors") };
}

const examples = async () => data;
const never = () => Promise.reject(new Error("the data are not needed"));

describe("sampling from an autoencoder's codings", () => {
  it("fits a mixture on first use, keeps it in the run folder, and uses it from then on", async () => {
    const run = await runOf(stacked);
    const first = await sampleFrom(run, { count: 7, seed: 2, examples });
    assert.equal(first.length, 7 * 16);
    const stored = JSON.parse(readFileSync(join(run.path, "codings-mixture.json"), "utf8")) as { mixture: readonly object[] };
    assert.equal(stored.mixture.length, 10);
    assert.deepEqual(await sampleFrom(run, { count: 3, seed: 2, examples: never }), first.subarray(0, 3 * 16));
  });

  it("fits anew when the weights are others, or the file is damaged", async () => {
    const run = await runOf(stacked);
    const first = await sampleFrom(run, { count: 2, examples });
    writeFileSync(join(run.path, "codings-mixture.json"), "{");
    assert.deepEqual(await sampleFrom(run, { count: 2, examples }), first);
    const other = { ...(await runOf(stacked, 4)), path: run.path };
    await assert.rejects(() => sampleFrom(other, { count: 2, examples: never }), /the data are not needed/);
  });

  it("can be a second stage, kept and used likewise", async () => {
    const run = await runOf(stacked);
    const few = async () => ({ ...data, count: 20, values: data.values.subarray(0, 20 * 16) });
    const first = await sampleFrom(run, { prior: "two-stage", count: 4, seed: 5, examples: few, steps: 4 });
    assert.deepEqual(await sampleFrom(run, { prior: "two-stage", count: 2, seed: 5, examples: never }), first.subarray(0, 2 * 16));
  });

  it("is the model's own where it has one and nothing else is asked for", async () => {
    const run = await runOf(variational);
    assert.deepEqual([defaultPrior(run), defaultPrior(await runOf(stacked))], ["model", "mixture"]);
    const own = await sample(run, { count: 3, seed: 1 });
    assert.deepEqual(await sampleFrom(run, { count: 3, seed: 1, examples: never }), own);
    assert.notDeepEqual(await sampleFrom(run, { prior: "mixture", count: 3, seed: 1, examples }), own);
  });

  it("says what a model cannot do", async () => {
    const run = await runOf(stacked);
    const ask = (prior: PriorName, abilities: object) => sampleFrom({ ...run, built: { ...run.built, abilities } }, { prior, count: 1, examples });
    await assert.rejects(() => ask("model", run.built.abilities), (error: unknown) => error instanceof UsageError && /cannot sample/.test(error.message));
    await assert.rejects(() => ask("mixture", { encode: run.built.abilities.encode }), /cannot decode/);
  });
});
