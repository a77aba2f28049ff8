import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import * as nn from "../../src/nn/index.js";
import { constant, div, sum } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

interface Losses {
  readonly losses: Readonly<Record<string, number>> & { readonly kl: number[]; readonly klNormals: number[]; readonly klBernoulli: number[]; readonly ccePerExample: number[] };
}
const load = (name: string) => (JSON.parse(readFileSync(new URL(`oracles/${name}.json`, import.meta.url), "utf8")) as Losses).losses;
const [keras, pytorch] = [load("keras"), load("pytorch")];

/** As in oracles/frameworks.py. */
const wave = (phase: number) => Array.from({ length: 12 }, (_, i) => 1.5 * Math.sin(i * 1.7 + phase));
const prediction = constant(wave(0), [4, 3]);
const target = constant(wave(1).map((x) => (x + 1.5) / 3), [4, 3]);
const labels = constant([0, 2, 1, 1], [4], "int32");

describe("losses as Keras and PyTorch compute them", () => {
  const scalars: [string, Parameters<typeof valueOf>[0], number][] = [
    ["mean squared error", nn.meanSquaredError(prediction, target), keras.mse],
    ["mean absolute error", nn.meanAbsoluteError(prediction, target), keras.mae],
    ["Huber (Keras)", nn.huber(prediction, target, 0.8), keras.huber],
    ["Huber (PyTorch)", nn.huber(prediction, target, 0.8), pytorch.huber],
    ["binary cross-entropy", nn.binaryCrossEntropyWithLogits(prediction, target), keras.bce],
    ["binary cross-entropy, summed", nn.binaryCrossEntropyWithLogits(prediction, target, "sum"), pytorch.bce],
    ["categorical cross-entropy (Keras)", nn.categoricalCrossEntropyWithLogits(prediction, labels), keras.cce],
    ["categorical cross-entropy (PyTorch)", nn.categoricalCrossEntropyWithLogits(prediction, labels), pytorch.cce],
  ];
  for (const [name, tensor, expected] of scalars) it(name, async () => assertClose(await valueOf(tensor), [expected], 2e-7, name));

  it("categorical cross-entropy of probabilities, per example", async () => {
    const probabilities = div(target, sum(target, 1, true));
    assertClose(await valueOf(nn.categoricalCrossEntropyWithLogits(prediction, probabilities, "none")), keras.ccePerExample, 2e-7);
  });

  it("KL divergences", async () => {
    assertClose(await valueOf(nn.klDivergenceNormal(prediction, target)), pytorch.kl, 1e-9);
    assertClose(await valueOf(nn.klDivergenceNormals(prediction, target, target, prediction)), pytorch.klNormals, 1e-9);
    const rates = constant(wave(1).map((x) => Math.min(0.99, Math.max(0.01, (x + 1.5) / 3))), [4, 3]);
    assertClose(await valueOf(nn.klDivergenceBernoulli(0.1, rates)), pytorch.klBernoulli, 1e-9);
  });

  it("stay finite for extreme logits", async () => {
    const extreme = await valueOf(nn.binaryCrossEntropyWithLogits(constant([-1e4, 1e4]), constant([1, 1]), "none"));
    assert.deepEqual(extreme, [1e4, 0]);
  });
});
