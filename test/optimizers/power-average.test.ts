import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { gammaOf, powerAverageCoefficients, powerFunctionAverages } from "../../src/optimizers/index.js";
import { add, variable } from "../../src/tensor/index.js";

/** A weight that wanders, as in training. */
const STEPS = 400;
const path = Array.from({ length: STEPS }, (_, i) => Math.sin(0.05 * i) + 0.4 * Math.sin(1.3 * i * i) + 0.01 * i);

/** theta_gamma(t) step by step (algorithm 1), in float64. */
function averageAfter(width: number, steps: number): number {
  let average = 0;
  for (let t = 1; t <= steps; t++) {
    const keep = (1 - 1 / t) ** (gammaOf(width) + 1);
    average = keep * average + (1 - keep) * path[t - 1];
  }
  return average;
}

describe("averages by a power function of the step", () => {
  it("have the widths of the paper: gamma 6.94 reaches back 10% of the training, 16.97 five", () => {
    // Karras et al. 2024, section 3.1.
    assert.ok(Math.abs(gammaOf(0.1) - 6.94) < 0.005 && Math.abs(gammaOf(0.05) - 16.97) < 0.005);
    for (const width of [0.01, 0.07, 0.25]) {
      const gamma = gammaOf(width);
      assert.ok(Math.abs(Math.sqrt(gamma + 1) / ((gamma + 2) * Math.sqrt(gamma + 3)) - width) < 1e-12);
    }
    assert.ok(gammaOf(1 / Math.sqrt(12)) < 1e-6);
    for (const width of [0, -0.1, 0.3, NaN]) assert.throws(() => gammaOf(width), (error: unknown) => error instanceof UsageError && /cannot have the width/.test(error.message));
  });

  it("follow a weight as algorithm 1 has it, from its first value on", async () => {
    const [weight, engine] = [variable("w", [2]), referenceEngine()];
    const { averages, updates } = powerFunctionAverages([weight], new Map([[weight, add(weight, 1)]]), [0.05, 0.2]);
    const step = await engine.compile({ outputs: {}, updates: new Map([...updates, [weight, add(weight, 1)]]) });
    for (const kept of [weight, ...updates.keys()]) await engine.write(kept, new Float32Array(kept.shape.reduce((a, b) => a * b, 1)));
    for (let t = 1; t <= 30; t++) {
      await step.run({}, { seed: 0, step: t });
      for (const width of [0.05, 0.2]) {
        const expected = Array.from({ length: t }, (_, i) => i + 1).reduce((average, value) => {
          const keep = (1 - 1 / value) ** (gammaOf(width) + 1);
          return keep * average + (1 - keep) * value;
        }, 0);
        const [first, second] = await engine.read(averages.get(width)!.get(weight)!);
        assert.ok(Math.abs(first - expected) < 1e-5 * t && first === second, `width ${width} after ${t} steps: ${first}, not ${expected}`);
      }
    }
  });

  it("give any other width from snapshots of two, nearly as if it had been kept all along", () => {
    const known = Array.from({ length: 16 }, (_, i) => (STEPS / 16) * (i + 1)).flatMap((step) => [0.05, 0.1].map((width) => ({ step, width })));
    const values = known.map(({ step, width }) => averageAfter(width, step));
    for (const width of [0.03, 0.05, 0.08, 0.1, 0.15, 0.22]) {
      const coefficients = powerAverageCoefficients(known, { step: STEPS, width });
      const found = coefficients.reduce((sum, coefficient, i) => sum + coefficient * values[i], 0);
      const exact = averageAfter(width, STEPS);
      assert.ok(Math.abs(found - exact) < 0.02, `${width}: ${found}, not ${exact}`);
      assert.ok(Math.abs(coefficients.reduce((a, b) => a + b) - 1) < 0.01);
    }
  });
});
