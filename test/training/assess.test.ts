import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import type { BuiltModel } from "../../src/models/model.js";
import { input, mean } from "../../src/tensor/index.js";
import { newestCheckpoint, readMetrics } from "../../src/training/index.js";
import { assertClose } from "../support/close.js";
import { data, newFolder, tinyModel, trainTiny } from "./support/tiny.js";

describe("what a model says of its validation", () => {
  it("is from the means of vectors over all examples: metrics, details, and warnings when training ends", async () => {
    const model: BuiltModel = {
      ...tinyModel(),
      validation(batch) {
        const x = input("x", [batch, 1, 4, 4]);
        return { inputs: { x }, outputs: { error: mean(x), row: mean(x, [0, 1, 2]) } };
      },
      assess: ({ row }) => ({ metrics: { largest: Math.max(...row) }, details: { row: Array.from(row) }, warnings: ["too dark"] }),
    };
    const path = newFolder();
    const { result, events } = await trainTiny({ path, model, training: { epochs: 3 } });
    const { values, count } = data.validation;
    const row = [0, 1, 2, 3].map((column) => Array.from(values).reduce((sum, value, i) => (i % 4 === column ? sum + value / 255 : sum), 0) / (4 * count));
    assert.deepEqual(Object.keys(result.validation!), ["error", "largest"]);
    assertClose([result.validation!.largest], [Math.max(...row)], 1e-6);
    const logged = (await readMetrics(path)).filter(({ validation }) => validation);
    assertClose(logged[0].details!.row, row, 1e-6);
    assert.deepEqual(events.flatMap((event) => (event.event === "warning" ? [event.message] : [])), ["too dark"]);
  });

  it("is joined by what is observed then, with the averages of the weights in their place, and the model's own metric stays the one that is watched", async () => {
    const [path, engine, model] = [newFolder(), referenceEngine(), tinyModel()];
    const [weight] = model.variables;
    const seen: number[] = [];
    const observe = async () => {
      seen.push((await engine.read(weight))[0]);
      return { metrics: { seen: -seen.length }, details: { row: [0.5] }, warnings: ["seen"] };
    };
    const { events, result } = await trainTiny({ path, model, engine, observe, training: { epochs: 2, averageDecay: 0.9 } });
    const { tensors } = (await newestCheckpoint(path))!;
    assert.deepEqual([seen.length, seen[1]], [2, tensors.get(`average.${weight.name}`)!.data[0]]);
    assert.notEqual(seen[1], tensors.get(weight.name)!.data[0]);
    assert.deepEqual(Object.keys(result.validation!), ["error", "seen"]);
    assert.ok(result.best!.value > 0);
    assert.deepEqual((await readMetrics(path)).flatMap(({ details }) => (details ? [details] : [])), [{ row: [0.5] }, { row: [0.5] }]);
    assert.deepEqual(events.flatMap((event) => (event.event === "warning" ? [event.message] : [])), ["seen"]);
  });
});
