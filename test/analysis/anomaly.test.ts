import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { byDescending, quantile, rocAuc } from "../../src/analysis/anomaly.js";
import { UsageError } from "../../src/errors.js";
import { assertClose } from "../support/close.js";

interface Case {
  readonly scores: number[];
  readonly anomalous: number[];
  readonly auc: number;
  readonly quantiles: Record<string, number>;
}
const cases = JSON.parse(readFileSync(new URL("oracles/anomaly.json", import.meta.url), "utf8")) as Case[];

describe("the area under the ROC curve", () => {
  it("is that of scipy, with ties and without", () => {
    for (const { scores, anomalous, auc } of cases) assertClose([rocAuc(scores, (i) => anomalous[i] === 1)], [auc], 1e-12);
  });

  it("is 1 where every anomaly is above, 0 where it is below, a half where all scores are equal", () => {
    const anomalous = (i: number) => i >= 3;
    assert.deepEqual([[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [7, 7, 7, 7, 7]].map((scores) => rocAuc(scores, anomalous)), [1, 0, 0.5]);
  });

  it("counts pairs: a win is 1, a tie a half", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.boolean()), { minLength: 2, maxLength: 20 }), (rows) => {
        const [anomalies, normal] = [true, false].map((kind) => rows.filter((row) => row[1] === kind).map(([score]) => score));
        fc.pre(anomalies.length > 0 && normal.length > 0);
        const wins = anomalies.flatMap((a) => normal.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
        assertClose([rocAuc(rows.map(([score]) => score), (i) => rows[i][1])], [wins.reduce((a, b) => a + b) / wins.length], 1e-12);
      }),
    );
  });

  it("wants some of both kinds", () => {
    assert.throws(() => rocAuc([1, 2], () => false), (error: unknown) => error instanceof UsageError && /Of 2 scores, 0 are of anomalies/.test(error.message));
  });
});

describe("quantiles", () => {
  it("are those of numpy", () => {
    for (const { scores, quantiles } of cases) for (const [q, value] of Object.entries(quantiles)) assertClose([quantile(scores, Number(q))], [value], 1e-12);
  });

  it("refuse what is no share, and no values", () => {
    for (const wrong of [() => quantile([1], 1.5), () => quantile([1], NaN), () => quantile([], 0.5)]) assert.throws(wrong, UsageError);
  });
});

it("byDescending puts the highest first, of equal ones the first", () => assert.deepEqual([...byDescending([1, 3, 2, 3])], [1, 3, 2, 0]));
