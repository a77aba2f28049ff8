import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Splits } from "../../src/data/dataset.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import { pca } from "../../src/models/pca.js";
import { readMetrics } from "../../src/training/index.js";
import { decode, encode, reconstruct } from "../../src/verbs/abilities.js";
import { train } from "../../src/verbs/train.js";
import { assertClose } from "../support/close.js";
import { newFolder } from "../training/support/tiny.js";

/** Vectors about (0.5, 0.4, 0.6): along (3, 4, 0) / 5 with standard deviation 0.1, along (-4, 3, 0) / 5 with 0.04, along (0, 0, 1) with 0.01, none of them correlated. */
function ellipsoid(count: number): Splits {
  const values = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [i % 2 ? 0.1 : -0.1, i % 4 < 2 ? 0.04 : -0.04, [0, 3, 5, 6].includes(i % 8) ? 0.01 : -0.01];
    values.set([0.5 + 0.6 * a - 0.8 * b, 0.4 + 0.8 * a + 0.6 * b, 0.6 + c], 3 * i);
  }
  const examples = { spec: { kind: "vectors", shape: [3] }, count, values } as const;
  return { train: examples, validation: examples, test: examples };
}

const trained = (options: Readonly<Record<string, unknown>>, batchSize = 6) =>
  train({ model: pca, options, data: ellipsoid(80), training: { batchSize }, out: newFolder(), engine: referenceEngine() });

describe("principal component analysis", () => {
  it("finds mean, directions and what they explain, in one pass over every example", async () => {
    // Batches of 6 leave 2 of the 80 examples over, which count too.
    const run = await trained({ components: 2 });
    const validation = (await readMetrics(run.path)).at(-1)!.validation!;
    assertClose([validation.meanSquaredError, validation.explainedVariance], [0.0001 / 3, 1 - 0.0001 / 0.0117], 1e-6);
    // 0.2 and -0.1 along the two directions, from the mean; what is across them is lost.
    const x = Float32Array.of(0.5 + 0.6 * 0.2 + 0.8 * 0.1, 0.4 + 0.8 * 0.2 - 0.6 * 0.1, 0.75);
    assertClose((await encode(run, x)).map(Math.abs), [0.2, 0.1], 1e-6);
    assertClose(await reconstruct(run, x), [0.7, 0.5, 0.6], 1e-6);
    assertClose(await decode(run, await encode(run, x)), [0.7, 0.5, 0.6], 1e-6);
  });

  it("whitens: codings of variance 1, and the same reconstructions", async () => {
    const [plain, white] = [await trained({ components: 3 }, 80), await trained({ components: 3, whiten: true }, 80)];
    const { values } = ellipsoid(80).train;
    const codings = await encode(white, values);
    assertClose(codings.map(Math.abs), new Float32Array(240).fill(1), 1e-4);
    assertClose(await reconstruct(white, values), await reconstruct(plain, values), 1e-6);
  });

  it("refuses more components than there are values, and examples too wide to decompose", () => {
    const build = (components: number, width: number) => pca.build({ components, whiten: false }, { kind: "vectors", shape: [width] });
    assert.throws(() => build(4, 3), (error: unknown) => error instanceof UsageError && /from 1 to 3/.test(error.hint ?? ""));
    assert.throws(() => build(4, 5000), (error: unknown) => error instanceof UsageError && /"linear"/.test(error.hint ?? ""));
  });
});
