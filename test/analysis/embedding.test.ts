import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { embeddingMethods, embedPoints } from "../../src/analysis/embedding.js";
import { nearestNeighbours, neighbourAccuracy } from "../../src/analysis/neighbours.js";
import { conditionalProbabilities } from "../../src/analysis/tsne/affinities.js";
import { addAttraction, addRepulsion } from "../../src/analysis/tsne/gradient.js";
import { emptyQuadtree, fillQuadtree } from "../../src/analysis/tsne/quadtree.js";
import { tsne } from "../../src/analysis/tsne/tsne.js";
import { UsageError } from "../../src/errors.js";
import { fillNormal, keyOf } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";

function normals(count: number, seed: number): Float64Array {
  const values = new Float64Array(count);
  fillNormal(values, keyOf(seed));
  return values;
}

/** Three Gaussians in ten dimensions, ten standard deviations from each other, 40 points each. */
const labels = Array.from({ length: 120 }, (_, i) => i % 3);
const clusters = { values: normals(1200, 1).map((z, i) => z + (i % 10 === labels[Math.floor(i / 10)] ? 10 : 0)), size: 10 };

describe("embeddings", () => {
  for (const method of embeddingMethods) {
    it(`${method} keeps clusters apart`, () => {
      const positions = embedPoints(clusters, method, { perplexity: 10 });
      assert.equal(neighbourAccuracy(nearestNeighbours({ values: positions, size: 2 }, 10), labels), 1);
    });

    it(`${method} makes the same picture for the same seed`, () => assert.deepEqual(embedPoints(clusters, method, { perplexity: 10, seed: 7 }), embedPoints(clusters, method, { perplexity: 10, seed: 7 })));
  }

  it("differ from seed to seed where chance has a part", () => {
    for (const method of ["tsne", "umap"] as const) assert.notDeepEqual(embedPoints(clusters, method, { perplexity: 10, seed: 1 }), embedPoints(clusters, method, { perplexity: 10, seed: 2 }));
  });

  it("say how many points they need", () => {
    const few = { values: new Float32Array(15), size: 1 };
    assert.throws(() => embedPoints(few, "tsne"), (error: unknown) => error instanceof UsageError && /perplexity is 30, for 15 points/.test(error.message) && /here 4/.test(error.hint!));
    assert.throws(() => embedPoints(few, "umap"), /UMAP needs more than 15 points/);
    assert.throws(() => tsne(clusters, { perplexity: 5, theta: 1 }), /theta is 1/);
  });
});

describe("t-SNE", () => {
  const neighbours = nearestNeighbours(clusters, 30);
  const probabilities = conditionalProbabilities(neighbours, 8);

  it("makes each Gaussian as wide as the perplexity says", () => {
    for (let i = 0; i < probabilities.length; i += 30) {
      const row = probabilities.subarray(i, i + 30);
      assertClose([row.reduce((sum, p) => sum + p)], [1], 1e-12);
      assertClose([Math.exp(-row.reduce((sum, p) => sum + p * Math.log(p), 0))], [8], 1e-4);
    }
  });

  it("pulls and pushes by the gradient of the divergence", () => {
    const positions = normals(240, 2);
    const gradient = new Float64Array(240);
    const tree = emptyQuadtree(120);
    fillQuadtree(tree, positions);
    addAttraction(gradient, positions, neighbours, probabilities, 1);
    addRepulsion(gradient, positions, tree, 0, new Float64Array(240));

    // Σ p log(p / q), differentiated numerically; the gradient is a quarter of its own.
    const joint = Array.from({ length: 120 }, () => new Float64Array(120));
    neighbours.indices.forEach((j, edge) => {
      const i = Math.floor(edge / 30);
      joint[i][j] += probabilities[edge] / 240;
      joint[j][i] += probabilities[edge] / 240;
    });
    const divergence = (y: Float64Array): number => {
      const kernel = (i: number, j: number) => 1 / (1 + (y[2 * i] - y[2 * j]) ** 2 + (y[2 * i + 1] - y[2 * j + 1]) ** 2);
      let [normalizer, sum] = [0, 0];
      for (let i = 0; i < 120; i++) for (let j = 0; j < 120; j++) if (i !== j) normalizer += kernel(i, j);
      for (let i = 0; i < 120; i++) for (let j = 0; j < 120; j++) if (joint[i][j] > 0) sum += joint[i][j] * Math.log((joint[i][j] * normalizer) / kernel(i, j));
      return sum;
    };
    const moved = (at: number, by: number) => positions.map((x, i) => (i === at ? x + by : x));
    for (const at of [0, 1, 77, 238]) assertClose([4 * gradient[at]], [(divergence(moved(at, 1e-4)) - divergence(moved(at, -1e-4))) / 2e-4], 1e-4, "gradient", 1e-3);
  });

  it("comes close to the exact repulsion with the tree", () => {
    const positions = normals(2000, 3);
    const repulsionWith = (theta: number): Float64Array => {
      const [forces, tree] = [new Float64Array(2000), emptyQuadtree(1000)];
      fillQuadtree(tree, positions);
      addRepulsion(forces, positions, tree, theta, new Float64Array(2000));
      return forces;
    };
    const exact = repulsionWith(0);
    const size = (v: Float64Array) => Math.hypot(...v);
    const error = size(repulsionWith(0.5).map((x, i) => x - exact[i])) / size(exact);
    assert.ok(error > 0 && error < 0.01, `${error}`);
  });

  it("parts points that are equal", () => {
    const values = clusters.values.slice();
    values.copyWithin(10, 0, 10);
    const positions = tsne({ values, size: 10 }, { perplexity: 10, steps: 300 });
    assert.ok(positions.every(Number.isFinite));
    assert.notDeepEqual(positions.subarray(0, 2), positions.subarray(2, 4));
  });
});

describe("the quadtree", () => {
  it("has all points at its root, at most 2n - 1 cells, and one leaf for points that coincide", () => {
    const positions = Float64Array.of(0, 0, 4, 0, 0, 2, 0, 0, 3.9, 0.1);
    const tree = emptyQuadtree(5);
    fillQuadtree(tree, positions);
    assertClose(tree.cells.subarray(0, 4), [1.58, 0.42, 5, 16], 1e-12);
    assert.equal(tree.next[0], tree.count);
    assert.ok(tree.count <= 9);
    const leaves = Array.from({ length: tree.count }, (_, cell) => tree.cells.subarray(4 * cell, 4 * cell + 4)).filter((cell) => cell[3] === 0);
    assert.deepEqual(leaves.map((cell) => cell[2]).sort(), [1, 1, 1, 2]);
  });
});
