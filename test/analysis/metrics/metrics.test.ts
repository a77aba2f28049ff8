import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Matrix } from "ml-matrix";
import { classShares } from "../../../src/analysis/metrics/class-shares.js";
import { eachDistances } from "../../../src/analysis/metrics/distances.js";
import { frechetDistance, normalOf } from "../../../src/analysis/metrics/frechet.js";
import { inceptionScore } from "../../../src/analysis/metrics/inception-score.js";
import { kernelDistance } from "../../../src/analysis/metrics/kernel.js";
import { memorization, nearestPoints } from "../../../src/analysis/metrics/memorization.js";
import { densePart, manifoldDistances, manifoldOf, precisionRecall } from "../../../src/analysis/metrics/precision-recall.js";
import type { Points } from "../../../src/analysis/points.js";
import { referenceEngine } from "../../../src/engines/reference/index.js";
import { ShapeError, UsageError } from "../../../src/errors.js";
import { fillNormal, keyOf } from "../../../src/tensor/index.js";
import { assertClose } from "../../support/close.js";

interface Oracle {
  readonly size: number;
  readonly real: readonly number[];
  readonly made: readonly number[];
  readonly few: readonly (readonly number[])[];
  readonly probabilities: readonly number[];
  readonly frechet: number;
  readonly frechetOfFew: number;
  readonly kernel: { readonly mean: number; readonly standardError: number };
  readonly precisionRecall: Readonly<Record<"precision" | "recall" | "density" | "coverage", number>>;
  readonly nearest: { readonly indices: readonly number[]; readonly distances: readonly number[] };
  readonly inceptionScore: { readonly mean: number; readonly standardDeviation: number };
}
const oracle = JSON.parse(readFileSync(new URL("oracles/metrics.json", import.meta.url), "utf8")) as Oracle;
const points = (values: readonly number[], size = oracle.size): Points => ({ values: Float64Array.from(values), size });
const [real, made] = [points(oracle.real), points(oracle.made)];

/** Points of N(0, I). */
function normals(count: number, size: number, seed: number): Points {
  const values = new Float64Array(count * size);
  fillNormal(values, keyOf(seed));
  return { values, size };
}

const shifted = ({ values, size }: Points, by: number): Points => ({ values: values.map((value) => value + by), size });

describe("the Fréchet distance", () => {
  it("is that of scipy's matrix square root, of singular covariances too", () => {
    assertClose([frechetDistance(normalOf(real), normalOf(made))], [oracle.frechet], 1e-9);
    const [a, b] = oracle.few.map((values) => normalOf(points(values, 6)));
    // scipy's root of a singular product is off by the root of its rounding.
    assertClose([frechetDistance(a, b)], [oracle.frechetOfFew], 1e-5);
  });

  it("has a closed form where the covariances share their axes", () => {
    const axes = [[0.6, 0.8], [-0.8, 0.6]];
    const normal = (mean: readonly number[], variances: readonly number[]) => {
      const rotation = new Matrix(axes);
      return { mean: Float64Array.from(mean), covariance: rotation.transpose().mmul(Matrix.diag([...variances])).mmul(rotation) };
    };
    // Differences of the means, and of the standard deviations along each axis.
    assertClose([frechetDistance(normal([1, 2], [9, 4]), normal([4, -2], [1, 0]))], [25 + (3 - 1) ** 2 + (2 - 0) ** 2], 1e-6);
    assertClose([frechetDistance(normal([1, 2], [9, 4]), normal([1, 2], [9, 4]))], [0], 1e-9);
  });

  it("says what it cannot do", () => {
    assert.throws(() => normalOf(points([1, 2, 3, 4])), UsageError);
    assert.throws(() => frechetDistance(normalOf(real), normalOf(normals(5, 2, 1))), ShapeError);
  });
});

describe("the kernel distance", () => {
  it("is that of numpy, with its standard error", async () => {
    const { mean, standardError } = await kernelDistance(referenceEngine(), real, made);
    assertClose([mean, standardError], [oracle.kernel.mean, oracle.kernel.standardError], 1e-6);
  });

  it("is 0 on average for two sets of one distribution, however few, and not for others", async () => {
    const engine = referenceEngine();
    const [a, b] = [normals(400, 3, 1), normals(400, 3, 2)];
    const same = await kernelDistance(engine, a, b);
    assert.ok(Math.abs(same.mean) < 3 * same.standardError, `${same.mean} ± ${same.standardError}`);
    const other = await kernelDistance(engine, a, shifted(b, 1));
    assert.ok(other.mean > 5 * other.standardError, `${other.mean} ± ${other.standardError}`);
  });

  it("says what it cannot do", async () => {
    await assert.rejects(() => kernelDistance(referenceEngine(), normals(19, 2, 1), normals(30, 2, 2)), UsageError);
    await assert.rejects(() => kernelDistance(referenceEngine(), real, normals(30, 2, 2)), ShapeError);
  });
});

describe("distances between all points", () => {
  it("are right in every block, the last too", async () => {
    const few = points([0, 0, 0, 1, 2, 2, 3, 4, 12], 3);
    for (const block of [1, 120, 1_000_000]) {
      const found: number[][] = [];
      await eachDistances(referenceEngine(), few, { ...real, size: 3 }, (i, distances) => void (found[i] = Array.from(distances)), block);
      found.forEach((distances, i) => assertClose(distances, Array.from({ length: 80 }, (_, j) => [0, 1, 2].reduce((sum, k) => sum + (few.values[3 * i + k] - real.values[3 * j + k]) ** 2, 0)), 1e-6));
    }
    await assert.rejects(() => eachDistances(referenceEngine(), few, real, () => undefined), ShapeError);
  });
});

describe("precision, recall, density and coverage", () => {
  it("are those of numpy", async () => {
    const engine = referenceEngine();
    const found = await precisionRecall(engine, await manifoldOf(engine, real), await manifoldOf(engine, made));
    for (const name of ["precision", "recall", "density", "coverage"] as const) assertClose([found[name]], [oracle.precisionRecall[name]], 1e-9, name);
  });

  it("are as the papers say for samples of the same distribution, of one mode of it, and of another", async () => {
    const engine = referenceEngine();
    const data = normals(300, 2, 3);
    const values = async (samples: Points) => precisionRecall(engine, await manifoldOf(engine, data), await manifoldOf(engine, samples));
    const same = await values(normals(300, 2, 4));
    assert.ok(Math.abs(same.density - 1) < 0.15 && Math.abs(same.coverage - (1 - 2 ** -5)) < 0.05 && same.precision > 0.9 && same.recall > 0.9, JSON.stringify(same));
    const collapsed = await values({ ...data, values: normals(300, 2, 5).values.map((value) => 0.05 * value) });
    assert.ok(collapsed.precision === 1 && collapsed.recall < 0.05 && collapsed.coverage < 0.1 && collapsed.density > 1, JSON.stringify(collapsed));
    assert.deepEqual(await values(shifted(data, 20)), { precision: 0, recall: 0, density: 0, coverage: 0 });
  });

  it("have a distance that is at most 1 for the samples of which precision is the share", async () => {
    const engine = referenceEngine();
    const [a, b] = [await manifoldOf(engine, real), await manifoldOf(engine, made)];
    const distances = await manifoldDistances(engine, a, made);
    assert.equal(distances.filter((distance) => distance <= 1).length / distances.length, (await precisionRecall(engine, a, b)).precision);
    // On a line, where each ball reaches to the second nearest: from 0 to 2, from 1 to 0 or 2, from 2 to 0, from 10 to 1.
    const line = await manifoldOf(engine, points([0, 1, 2, 10], 1), 2);
    assertClose(await manifoldDistances(engine, line, points([1, 2.5, 5, 100], 1)), [0, 0.25, 5 / 9, 10], 1e-6);
    const dense = densePart(line);
    assert.deepEqual([Array.from(dense.points.values), Array.from(dense.squaredRadii, Math.sqrt), dense.k], [[0, 1, 2], [2, 1, 2], 2]);
    assertClose(await manifoldDistances(engine, dense, points([2.5, 5], 1)), [0.25, 1.5], 1e-6);
    // A point that is there as often as it has neighbours has a ball of itself alone.
    const twice = await manifoldOf(engine, points([0, 0, 3], 1), 1);
    assertClose(await manifoldDistances(engine, { ...twice, points: points([0, 0], 1), squaredRadii: twice.squaredRadii.slice(0, 2) }, points([0], 1)), [0], 0);
  });

  it("want more points than neighbours", async () => {
    await assert.rejects(() => manifoldOf(referenceEngine(), normals(5, 2, 1)), /5 neighbours are wanted of 5 points/);
  });
});

describe("the inception score", () => {
  it("is that of scipy's relative entropies", () => {
    const { mean, standardDeviation } = inceptionScore(oracle.probabilities, oracle.size, 3);
    assertClose([mean, standardDeviation], [oracle.inceptionScore.mean, oracle.inceptionScore.standardDeviation], 1e-9);
  });

  it("is the number of classes for sure answers of all, 1 for answers that are all alike", () => {
    assertClose([inceptionScore([1, 0, 0, 1, 1, 0, 0, 1], 2, 2).mean], [2], 1e-12);
    assertClose([inceptionScore([0.5, 0.5, 0.5, 0.5], 2, 1).mean, inceptionScore([0, 1, 0, 1], 2, 1).mean], [1, 1], 1e-12);
    assert.throws(() => inceptionScore([1, 0], 2, 2), UsageError);
    assert.throws(() => inceptionScore([1, 0, 1], 2, 1), ShapeError);
  });
});

describe("shares of classes", () => {
  it("name the classes that are missing or rare, and tell how far the shares are from the data's", () => {
    const data = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3];
    const samples = Array.from({ length: 100 }, (_, i) => (i < 60 ? 0 : i < 96 ? 1 : 2));
    const { shares, dataShares, missing, rare, divergence } = classShares(samples, data, 5);
    assertClose(shares, [0.6, 0.36, 0.04, 0, 0], 1e-9);
    assertClose(dataShares, [0.25, 0.25, 0.25, 0.25, 0], 1e-9);
    assert.deepEqual([missing, rare], [[3], [2]]);
    assertClose([divergence], [0.6 * Math.log(2.4) + 0.36 * Math.log(1.44) + 0.04 * Math.log(0.16)], 1e-9);
    assertClose([classShares(data, data, 4).divergence], [0], 1e-12);
    assert.equal(classShares([4], data, 5).divergence, Infinity);
  });
});

describe("what is learned by heart", () => {
  it("is found among the nearest examples", async () => {
    const { indices, distances } = await nearestPoints(referenceEngine(), made, real);
    assert.deepEqual([...indices], oracle.nearest.indices);
    assertClose(distances, oracle.nearest.distances, 1e-9);
    // Exactly 0, although the distances of all pairs are by matrix products.
    assert.deepEqual([...(await nearestPoints(referenceEngine(), shifted(real, 1000), shifted(real, 1000))).distances], new Array<number>(60).fill(0));
  });

  it("is told from the distances of test examples", () => {
    const tests = Array.from({ length: 101 }, (_, i) => i);
    assert.deepEqual(memorization(tests, tests), { median: 50, nearer: 0.5, copies: 2 / 101 });
    assert.deepEqual(memorization([0, 0, 0, 200], tests), { median: 0, nearer: (3 * 100.5) / (4 * 101), copies: 0.75 });
  });
});
