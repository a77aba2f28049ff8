/** What pooling costs: the steps of a plan. That its values are right, ties included, is said by the properties and the conformance. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { args } from "../../../src/engines/onednn/operations.js";
import type { Plan, Step } from "../../../src/engines/onednn/plan.js";
import * as T from "../../../src/tensor/index.js";
import type { Tensor } from "../../../src/tensor/index.js";
import { withoutOnednn } from "../../support/onednn.js";

const channels = 8;
const kernel = T.constant(Array.from({ length: channels * channels * 9 }, (_, i) => Math.sin(i)), [channels, channels, 3, 3]);
const image = T.variable("image", [2, channels, 12, 12], 0.5);
/** What the pool is given has its channels side by side, as a convolution leaves them. */
const convolved = (x: Tensor): Tensor => T.conv2d(x, kernel, { padding: 1 });

async function planOf(outputs: Readonly<Record<string, Tensor>>): Promise<Plan> {
  const engine = await onednnEngine({ threads: 1 });
  const { plan } = await engine.compile({ outputs });
  await engine.dispose();
  return plan;
}

const isPool = ({ title }: Step): boolean => title.includes("Pool");
/** Which arguments each pooling step has. */
const poolArguments = ({ steps }: Plan): number[][] =>
  steps.flatMap((step) => (isPool(step) && step.work.kind === "primitive" ? [step.work.args.map(([index]) => index).filter((index) => index !== args.scratchpad)] : []));

describe("onednn: pooling", { skip: withoutOnednn ?? false }, () => {
  it("remembers where the maxima lie only for a gradient that asks, which is one step and reads nothing else", async () => {
    const y = T.maxPool(convolved(image), 2);
    assert.deepEqual(poolArguments(await planOf({ y })), [[args.src, args.dst]]);
    const [g] = T.gradients(T.sum(T.square(y)), [image]);
    assert.deepEqual(poolArguments(await planOf({ g })), [[args.src, args.dst, args.workspace], [args.diffDst, args.workspace, args.diffSrc]]);
  });

  it("stays in the layout of the convolutions around it, forward and backward", async () => {
    for (const pool of [T.maxPool, T.averagePool]) {
      const y = convolved(pool(convolved(image), 3, { stride: 2, padding: "same" }));
      const [g] = T.gradients(T.sum(T.square(y)), [image]);
      const { steps } = await planOf({ g });
      const pooled = new Set(steps.filter(isPool).flatMap(({ reads, writes }) => [...reads, ...writes]));
      const reorders = steps.filter(({ title, reads, writes }) => title === "reorder" && [...reads, ...writes].some((storage) => pooled.has(storage)));
      assert.deepEqual([steps.filter(isPool).length, reorders.length], [2, 0], pool.name);
    }
  });
});
