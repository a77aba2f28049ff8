import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { interpolateCodings, lerp, slerp } from "../../src/analysis/interpolate.js";
import { runRows } from "../../src/analysis/rows.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { input, mul, noise } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";

const v = (...values: number[]) => Float32Array.from(values);

describe("interpolation", () => {
  it("starts and ends at the codings given", () => {
    for (const method of ["linear", "spherical"] as const) {
      const path = interpolateCodings(v(1, 0), v(0, 2), 5, method);
      assertClose(path.subarray(0, 2), [1, 0], 1e-6);
      assertClose(path.subarray(8), [0, 2], 1e-6);
    }
    assertClose(lerp(v(0, 0), v(4, 8), 0.25), [1, 2], 1e-9);
  });

  it("keeps the length of the codings on a great circle", () => {
    for (const t of [0.1, 0.5, 0.9]) assert.ok(Math.abs(Math.hypot(...slerp(v(3, 0, 0), v(0, 3, 0), t)) - 3) < 1e-5);
    assertClose(slerp(v(1, 0), v(0, 1), 0.5), [Math.SQRT1_2, Math.SQRT1_2], 1e-6);
    assertClose(slerp(v(1, 1), v(2, 2), 0.5), [1.5, 1.5], 1e-6);
  });
});

describe("running an ability over rows", () => {
  const double = (batch: number) => {
    const x = input("x", [batch, 2]);
    return { inputs: { x }, outputs: { y: mul(x, 2) } };
  };

  it("fills the last batch up and cuts it", async () => {
    const engine = referenceEngine();
    const values = Float32Array.from({ length: 14 }, (_, i) => i);
    for (const batchSize of [1, 2, 3, 7, 100]) assert.deepEqual(await runRows(engine, double, { count: 7, values, batchSize }), values.map((x) => 2 * x));
  });

  it("gives row i the same noise in any batch", async () => {
    const engine = referenceEngine();
    const draw = (batch: number) => ({ outputs: { n: noise.normal([batch, 3]) } });
    const whole = await runRows(engine, draw, { count: 10, seed: 4 });
    for (const batchSize of [1, 3, 4]) assert.deepEqual(await runRows(engine, draw, { count: 10, seed: 4, batchSize }), whole);
    assert.deepEqual(await runRows(engine, draw, { count: 4, seed: 4 }), whole.subarray(0, 12));
  });
});
