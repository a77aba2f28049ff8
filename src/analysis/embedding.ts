/** Points in the plane, for looking at: by t-SNE, by UMAP, or by their principal components. */
import { UMAP } from "umap-js";
import { UsageError } from "../errors.js";
import { fillUniform, fold, keyOf } from "../tensor/index.js";
import { nearestNeighbours } from "./neighbours.js";
import { countOf, type Points } from "./points.js";
import { principalComponents } from "./principal-components.js";
import { tsne } from "./tsne/tsne.js";

export interface EmbeddingOptions {
  /** t-SNE only: how many neighbours a point has, so to speak. Default 30. */
  readonly perplexity?: number | undefined;
  /** The same seed makes the same picture. Default 42. The principal components need none. */
  readonly seed?: number | undefined;
  /** One line now and then. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** Each makes positions [n, 2] of points [n, size]. */
const methods = {
  tsne: (points: Points, { perplexity = 30, seed = 42, onProgress }: EmbeddingOptions) => tsne(points, { perplexity, seed, onProgress }),
  umap: (points: Points, { seed = 42, onProgress }: EmbeddingOptions) => umap(points, seed, onProgress),
  pca: (points: Points) => principalComponents(points, 2),
};

export type EmbeddingMethod = keyof typeof methods;
export const embeddingMethods = ["tsne", "umap", "pca"] as const satisfies readonly EmbeddingMethod[];
export const embeddingTitles: Readonly<Record<EmbeddingMethod, string>> = { tsne: "t-SNE", umap: "UMAP", pca: "Principal components" };

/** Positions [n, 2] of points [n, size], whose neighbours there are, as far as can be, those that they had. */
export const embedPoints = (points: Points, method: EmbeddingMethod, options: EmbeddingOptions = {}): Float64Array => methods[method](points, options);

/** The authors' default, the point itself included. */
const UMAP_NEIGHBOURS = 15;

/** McInnes, Healy & Melville 2018, "UMAP: Uniform Manifold Approximation and Projection", by umap-js, which is given exact neighbours. */
function umap(points: Points, seed: number, onProgress: EmbeddingOptions["onProgress"]): Float64Array {
  const { values, size } = points;
  const count = countOf(points);
  if (count <= UMAP_NEIGHBOURS) throw new UsageError(`UMAP needs more than ${UMAP_NEIGHBOURS} points, not ${count}`);
  onProgress?.(`UMAP: neighbours of ${count} points`);
  const { k, indices, squaredDistances } = nearestNeighbours(points, UMAP_NEIGHBOURS - 1);
  const rows = Array.from({ length: count }, (_, i) => i);
  const reducer = new UMAP({ nNeighbors: UMAP_NEIGHBOURS, random: randomOf(seed) });
  reducer.setPrecomputedKNN(
    rows.map((i) => [i, ...indices.subarray(i * k, (i + 1) * k)]),
    rows.map((i) => [0, ...squaredDistances.subarray(i * k, (i + 1) * k).map(Math.sqrt)]),
  );
  const steps = reducer.initializeFit(rows.map((i) => Array.from(values.subarray(i * size, (i + 1) * size))));
  for (let step = 1; step <= steps; step++) {
    reducer.step();
    if (step % 100 === 0) onProgress?.(`UMAP: step ${step} of ${steps}`);
  }
  return Float64Array.from(reducer.getEmbedding().flat());
}

/** A sequence of uniform numbers in [0, 1), drawn some thousands at a time. */
function randomOf(seed: number): () => number {
  const drawn = new Float64Array(4096);
  let [next, block] = [drawn.length, 0];
  return () => {
    if (next === drawn.length) {
      fillUniform(drawn, fold(keyOf(seed), block++));
      next = 0;
    }
    return drawn[next++];
  };
}
