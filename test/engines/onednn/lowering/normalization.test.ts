import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onednnEngine } from "../../../../src/engines/onednn/index.js";
import * as T from "../../../../src/tensor/index.js";
import { runOnce } from "../../../support/compute.js";
import { withoutOnednn } from "../../../support/onednn.js";

describe("onednn: standardizing over the batch", { skip: withoutOnednn ?? false }, () => {
  it("keeps its digits when the statistics are those of thousands of positive values", async () => {
    const engine = await onednnEngine({ threads: 1 });
    for (const shape of [[32, 8, 14, 14], [25, 8, 14, 14], [32, 8, 7, 7], [4096, 8]]) {
      const x = T.relu(T.noise.normal(shape));
      const program = { outputs: { y: T.standardize(x, [...shape.keys()].filter((axis) => axis !== 1), 1e-5) } };
      const [actual, expected] = [await runOnce(program, {}, { seed: 1 }, engine), await runOnce(program, {}, { seed: 1 })];
      const meanSquare = expected.y.reduce((sum, y, i) => sum + (actual.y[i] - y) ** 2, 0) / expected.y.length;
      // Adding one after the other gives 1e-6 to 1e-5.
      assert.ok(Math.sqrt(meanSquare) < 6e-7, `[${shape.join(", ")}] is off by ${Math.sqrt(meanSquare)}`);
    }
    await engine.dispose();
  });
});
