import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BuiltModel, Phase } from "../../src/models/model.js";
import { add, input, minimum, mul, sum, variable, type Tensor, type Variable } from "../../src/tensor/index.js";
import { newestCheckpoint, readMetrics, type MetricsLine } from "../../src/training/index.js";
import { newFolder, trainTiny } from "./support/tiny.js";

const image = (batch: number): Tensor => input("x", [batch, 1, 4, 4]);

/** Two phases that each push a weight down by the learning rate at every step; the validation tells the first one's, turned round. */
function pushing(first: Partial<Phase> = {}, second: Partial<Phase> = {}, rest: Partial<BuiltModel> = {}): BuiltModel {
  const weights = ["a", "b"].map((name) => variable(name, [], 0));
  const phase = (parameter: Variable, changes: Partial<Phase>): Phase => ({
    name: `push.${parameter.name}`,
    parameters: [parameter],
    objective(batch) {
      const x = image(batch);
      return { inputs: { x }, loss: add(parameter, mul(0, sum(x))), metrics: {}, updates: new Map() };
    },
    ...changes,
  });
  return {
    variables: weights,
    stages: [{ name: "pushing", phases: [phase(weights[0], first), phase(weights[1], second)] }],
    validation(batch) {
      const x = image(batch);
      return { inputs: { x }, outputs: { turned: add(mul(-1, weights[0]), mul(0, sum(x))) } };
    },
    abilities: {},
    ...rest,
  };
}

/** What the steps of such a model log. */
async function loggedBy(model: BuiltModel): Promise<readonly MetricsLine[]> {
  const path = newFolder();
  await trainTiny({ path, model });
  return readMetrics(path);
}

/** Twenty steps of plain gradient descent: the model's weights then, and their averages. */
async function trained(model: BuiltModel, training: object = {}): Promise<{ readonly value: (name: string) => number; readonly names: readonly string[]; readonly best: number }> {
  const path = newFolder();
  const { result } = await trainTiny({ path, model, training: { epochs: 4, optimizer: { name: "sgd", learningRate: 0.5 }, ...training } });
  const { tensors } = (await newestCheckpoint(path))!;
  return { value: (name) => tensors.get(name)!.data[0], names: [...tensors.keys()], best: result.best!.step };
}

describe("phases", () => {
  it("train on every batch, or on every so manieth", async () => {
    const { value } = await trained(pushing({}, { every: 5 }));
    assert.deepEqual([value("a"), value("b")], [-10, -2]);
  });

  it("have another objective in the place of theirs on every so manieth of their steps, and one state of their optimizer", async () => {
    const thrice = (every: number): Partial<Phase> => ({
      averaged: false,
      lazily: {
        every,
        objective(batch) {
          const [x, parameter] = [image(batch), model.variables[0]];
          return { inputs: { x }, loss: add(mul(3, parameter), mul(0, sum(x))), metrics: { thrice: mul(3, parameter) }, updates: new Map() };
        },
      },
    });
    let model = pushing(thrice(5));
    // 16 steps of a slope of 1, and 4 of 3.
    assert.equal((await trained(model)).value("a"), -0.5 * (16 + 4 * 3));
    assert.deepEqual((await loggedBy(model)).flatMap(({ step, thrice: told }) => (told === undefined ? [] : [step])), [5, 10, 15, 20]);
    model = pushing({ ...thrice(5), every: 2 });
    assert.equal((await trained(model)).value("a"), -0.5 * (8 + 2 * 3));
    model = pushing(thrice(5));
    const { value, names } = await trained(model, { optimizer: { name: "sgd", learningRate: 0.5, momentum: 0.5 } });
    assert.deepEqual([value("optimizer.push.a.sgd.step"), new Set(names).size], [20, names.length]);
    await assert.rejects(() => trained(pushing({ ...thrice(5), averaged: true })), /"push.a" has a lazy objective and averages/);
  });

  it("learn at a multiple of the run's rate", async () => {
    const { value } = await trained(pushing({ learningRateFactor: 4 }));
    assert.deepEqual([value("a"), value("b")], [-40, -10]);
  });

  it("limit what an update makes of their parameters", async () => {
    const { value } = await trained(pushing({ constrain: (updated) => minimum(updated, -3) }, { constrain: (updated) => add(mul(updated, 0), 7) }));
    assert.deepEqual([value("a"), value("b")], [-12.5, 7]);
  });

  it("log the length of their gradients where they ask for it", async () => {
    const model = pushing({ gradientNorm: true });
    const [line] = await loggedBy(model);
    assert.deepEqual([line["push.aGradientNorm"], line["push.bGradientNorm"]], [1, undefined]);
  });

  it("keep averages where the run does, or none", async () => {
    const { names } = await trained(pushing({ averaged: false }), { averageDecay: 0.9 });
    const averages = names.filter((name) => name.toLowerCase().includes("average"));
    assert.deepEqual(["push.a", "push.b"].map((phase) => averages.some((name) => name.includes(phase))), [false, true], averages.join(" "));
  });
});

describe("the best weights", () => {
  it("are those of the smallest validation, or the newest where the model says so", async () => {
    assert.equal((await trained(pushing())).best, 5);
    assert.equal((await trained(pushing({}, {}, { best: "newest" }))).best, 20);
  });
});
