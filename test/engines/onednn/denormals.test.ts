import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onednnEngine } from "../../../src/engines/onednn/index.js";
import * as T from "../../../src/tensor/index.js";

const skip = process.platform === "linux" && process.arch === "x64" ? false : "denormals are flushed on x86-64 with glibc only";

describe("onednn: denormal numbers, which are slow", { skip }, () => {
  it("fade to zero on every thread, and JavaScript keeps them", async () => {
    const engine = await onednnEngine({ threads: 2 });
    const fading = T.variable("fading", [200_000], 1.5e-38);
    const step = await engine.compile({ outputs: {}, updates: new Map([[fading, T.mul(fading, 0.5)]]) });
    await step.run({});
    assert.ok(Array.from(await engine.read(fading)).every((value) => value === 0));
    assert.equal(Number.MIN_VALUE * fading.rank, 5e-324);
    await engine.dispose();
  });

  it("are zero where they are read, but whole numbers, whose bits look the same, stay", async () => {
    const engine = await onednnEngine({ threads: 2 });
    const [small, counts] = [T.constant([1e-39, 1], [2]), new T.Variable("counts", { shape: [3, 2], dtype: "int32" }, () => Int32Array.of(1, 2, 3, 4, 5, 6))];
    const turned = T.transpose(counts);
    const step = await engine.compile({ outputs: { large: T.mul(small, 1e38), turned, both: T.concat([turned, T.slice(turned, [0, 0], [1, 3])], 0) } });
    const { large, turned: seen, both } = await step.run({});
    assert.equal(large[0], 0);
    assert.deepEqual([Array.from(seen), Array.from(both)], [[1, 3, 5, 2, 4, 6], [1, 3, 5, 2, 4, 6, 1, 3, 5]]);
    await engine.dispose();
  });
});
