import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainPlan } from "../../../src/engines/onednn/explain.js";
import { onednnEngine } from "../../../src/engines/onednn/index.js";
import * as T from "../../../src/tensor/index.js";
import type { Tensor } from "../../../src/tensor/index.js";
import { withoutOnednn } from "../../support/onednn.js";

describe("onednn: an elementwise pass over a convolution's result and row-major inputs", { skip: withoutOnednn ?? false }, () => {
  /** The layouts into which operands are reordered between the convolution and the pass. */
  async function reorders(f: (convolved: Tensor, a: Tensor, b: Tensor) => Tensor): Promise<string[]> {
    const engine = await onednnEngine({ threads: 1 });
    const [x, a, b] = ["x", "a", "b"].map((name) => T.input(name, [2, 4, 3, 5]));
    const convolved = T.conv2d(x, T.variable("kernel", [4, 4, 1, 1], 0.5));
    const executable = await engine.compile({ inputs: { x, a, b }, outputs: { y: f(convolved, a, b), convolved } });
    const images = new Float32Array(120);
    await executable.run({ x: images, a: images, b: images });
    const { rows } = explainPlan(executable.plan, [executable.profile()]);
    await engine.dispose();
    const titles = rows.map(({ title }) => title);
    const between = rows.slice(titles.indexOf("conv2d") + 1, titles.findIndex((title) => title.startsWith("max")));
    return between.map(({ writes: [{ layout }] }) => layout.split(":")[0]);
  }

  it("takes the inputs' layout when they are more", async () => {
    assert.deepEqual(await reorders((convolved, a, b) => T.mul(T.maximum(convolved, a), b)), ["abcd"]);
  });

  it("takes the convolution's layout when they are not", async () => {
    assert.deepEqual(await reorders((convolved, a) => T.maximum(convolved, a)), ["acdb"]);
  });
});
