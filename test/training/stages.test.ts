import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { BuiltModel, Stage } from "../../src/models/model.js";
import { add, constant, input, mean, mul, square, sub, sum, variable, type Tensor } from "../../src/tensor/index.js";
import { newestCheckpoint, readMetrics } from "../../src/training/index.js";
import { placeOf, timelineOf } from "../../src/training/timeline.js";
import { data, newFolder, trainTiny } from "./support/tiny.js";

/** Stage one counts examples and sums their pixels, and solves for the mean; stage two fits a weight to it by gradients. */
function meanThenFit(): BuiltModel {
  const [count, total] = [variable("count", [], 0), variable("total", [], 0)];
  const [average, weight] = [variable("average", [], 0), variable("weight", [], 0)];
  const image = (batch: number) => input("x", [batch, 1, 4, 4]);
  /** How far the weight is from the mean; it does not depend on the images. */
  const distance = (x: Tensor) => add(square(sub(weight, average)), mul(0, sum(x)));
  return {
    variables: [count, total, average, weight],
    stages: [
      {
        name: "mean",
        epochs: 1,
        phases: [
          {
            name: "sums",
            parameters: [],
            objective(batch) {
              const images = image(batch);
              return { inputs: { x: images }, loss: constant(0), metrics: {}, updates: new Map([[count, add(count, batch)], [total, add(total, sum(images))]]) };
            },
          },
        ],
        validation(batch) {
          const x = image(batch);
          return { inputs: { x }, outputs: { distance: mean(square(sub(average, x))) } };
        },
        solve: { reads: [count, total], compute: ([[n], [pixels]]) => new Map([[average, Float32Array.of(pixels / (16 * n))]]) },
      },
      {
        name: "fit",
        learningRate: 0.1,
        phases: [
          {
            name: "weight",
            parameters: [weight],
            objective(batch) {
              const x = image(batch);
              return { inputs: { x }, loss: distance(x), metrics: {}, updates: new Map() };
            },
          },
        ],
      },
    ],
    validation(batch) {
      const x = image(batch);
      return { inputs: { x }, outputs: { error: distance(x) } };
    },
    abilities: {},
  };
}

describe("a model of several stages", () => {
  it("trains them one after the other, each with its own epochs, metrics and learning rate", async () => {
    const path = newFolder();
    const { result, events } = await trainTiny({ path, model: meanThenFit(), training: { epochs: 30, batchSize: 12 } });
    // 40 examples in batches of 12: three and the rest of four where a stage solves, three where it learns by gradients.
    assert.equal(result.step, 4 + 30 * 3);
    assert.deepEqual(events.filter(({ event }) => event === "stage"), [
      { event: "stage", step: 0, name: "mean", number: 1, stages: 2, epochs: 1 },
      { event: "stage", step: 4, name: "fit", number: 2, stages: 2, epochs: 30 },
    ]);
    const validations = (await readMetrics(path)).flatMap(({ validation }) => (validation ? [Object.keys(validation)[0]] : []));
    assert.deepEqual(validations, ["distance", ...Array<string>(30).fill("error")]);
  });

  it("solves from every example, and passes over earlier stages when it looks for the best", async () => {
    const path = newFolder();
    const { result } = await trainTiny({ path, model: meanThenFit(), training: { epochs: 30, batchSize: 12 } });
    const { tensors } = (await newestCheckpoint(path))!;
    const values = Array.from(data.train.values);
    const mean = values.reduce((a, b) => a + b, 0) / values.length / 255;
    assert.equal(tensors.get("count")!.data[0], 40);
    assert.ok(Math.abs(tensors.get("average")!.data[0] - mean) < 1e-6);
    assert.ok(result.best!.step > 4);
  });

  it("stopped in any stage and resumed ends with the same bytes", async () => {
    const bytes = async (stopAt?: number) => {
      const path = newFolder();
      const training = { epochs: 3, batchSize: 12, checkpointEvery: 1, averageDecay: 0.9 };
      await trainTiny({ path, model: meanThenFit(), training, ...(stopAt !== undefined && { stopAt }) });
      const { result } = stopAt === undefined ? { result: { step: 13 } } : await trainTiny({ path, model: meanThenFit(), training, resume: true });
      return readFileSync(join(path, "checkpoints", `step-${result.step}.safetensors`));
    };
    const whole = await bytes();
    for (const stopAt of [2, 4, 7]) assert.ok((await bytes(stopAt)).equals(whole), `stopped at ${stopAt}`);
  });

  it("refuses two phases of one name", async () => {
    const model = meanThenFit();
    await assert.rejects(() => trainTiny({ path: newFolder(), model: { ...model, stages: [model.stages[0], model.stages[0]] } }), /Two phases of the model are named "sums"/);
  });
});

describe("the timeline", () => {
  it("knows stage, epoch and batch of each step", () => {
    const stage = (name: string, epochs?: number): Stage => ({ name, phases: [], ...(epochs !== undefined && { epochs }) });
    const spans = timelineOf([stage("a", 2), stage("b")], { epochs: 3, batchSize: 10 }, 25);
    const places = [0, 1, 2, 3, 4, 9].map((step) => placeOf(spans, step)).map(({ span, epoch, batch }) => [span.stage.name, epoch, batch]);
    assert.deepEqual(places, [["a", 0, 0], ["a", 0, 1], ["a", 1, 0], ["a", 1, 1], ["b", 2, 0], ["b", 4, 1]]);
  });
});
