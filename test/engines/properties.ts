/** Random cases on which an engine must agree with the reference engine, forward and backward. */
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { Engine } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { assertClose } from "../support/close.js";
import { convolutions, elementwise, imageGraphs, matrixGraphs, movements, normalizations, pools, products, reductions } from "../support/random-cases.js";
import type { GradientCase } from "../tensor/gradient-cases.js";
import { evaluate } from "./conformance.js";

interface Family {
  readonly cases: fc.Arbitrary<GradientCase>;
  readonly runs: number;
  /** How many times the engine's tolerance: long graphs add up more rounding. */
  readonly tolerance?: number;
}

const families: Readonly<Record<string, Family>> = {
  ...Object.fromEntries(Object.entries(convolutions).map(([name, cases]) => [`${name} of any geometry`, { cases, runs: 120 }])),
  "matrix products of stacks, turned, with what follows": { cases: products, runs: 120 },
  "elementwise expressions of operands stretched in every way": { cases: elementwise, runs: 150, tolerance: 5 },
  "sums and maxima over any axes": { cases: reductions, runs: 120 },
  "pieces of images, padded, beside each other": { cases: movements, runs: 120 },
  "normalizations": { cases: normalizations, runs: 150, tolerance: 5 },
  "pools of any geometry, with ties": { cases: pools, runs: 150 },
  "graphs of matrices": { cases: matrixGraphs, runs: 100, tolerance: 15 },
  "graphs of images": { cases: imageGraphs, runs: 120, tolerance: 15 },
};

export function properties(name: string, makeEngine: () => Promise<Engine>, tolerance: number): void {
  describe(`${name} against the reference, random cases: value and gradients`, () => {
    const reference = referenceEngine();
    let engine: Engine;
    before(async () => void (engine = await makeEngine()));
    after(() => engine.dispose());

    for (const [title, { cases, runs, tolerance: factor = 1 }] of Object.entries(families))
      it(title, () =>
        fc.assert(
          fc.asyncProperty(cases, async (oneCase) => {
            const [actual, expected] = [await evaluate(oneCase, engine), await evaluate(oneCase, reference)];
            for (const key of Object.keys(expected)) assertClose(actual[key], expected[key], factor * tolerance, key);
          }),
          { numRuns: runs, seed: 3 },
        ),
      );
  });
}
