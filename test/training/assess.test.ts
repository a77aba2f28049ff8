import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BuiltModel } from "../../src/models/model.js";
import { input, mean } from "../../src/tensor/index.js";
import { readMetrics } from "../../src/training/index.js";
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
});
