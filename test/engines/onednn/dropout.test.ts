/** What dropout costs: a pass forward and a pass backward. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { Conv2d, Dropout, sequential, trainingMode } from "../../../src/nn/index.js";
import { sgd } from "../../../src/optimizers/index.js";
import { input, mean, square } from "../../../src/tensor/index.js";

const engine = await onednnEngine({ threads: 1 });
after(() => engine.dispose());

describe("onednn: dropout", () => {
  it("between convolutions reads each mask where it was drawn, once forward and once backward, and reorders none", async () => {
    const network = sequential(Conv2d(8, { kernelSize: 3 }), Dropout(0.4), Conv2d(8, { kernelSize: 3 }), Dropout(0.3), Conv2d(8, { kernelSize: 3 }))("net", [3, 12, 12]);
    const x = input("x", [4, 3, 12, 12]);
    const loss = mean(square(network.apply(x, trainingMode())));
    const { plan } = await engine.compile({ inputs: { x }, outputs: { loss }, updates: sgd().minimize(loss, network.parameters) });
    assert.equal(plan.noises.length, 2);
    for (const { value } of plan.noises) {
      const titles = plan.steps.filter(({ reads }) => reads.includes(value.storage)).map(({ title }) => title);
      assert.equal(titles.length, 2, titles.join(", "));
      for (const title of titles) assert.match(title, /mul/);
    }
  });
});
