/** The examples most like one of them. */
import { hamming, euclidean, nearest, type Neighbour } from "../analysis/neighbours.js";
import { batchOf } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { imageGrid, type Raster } from "../figures/grid.js";
import type { Trained } from "./abilities.js";
import { encodeExamples, requireExample } from "./codings.js";

export interface SimilarRequest {
  /** Number of the example that others are compared with, from 0. */
  readonly index: number;
  /** How many to find. Default 10. */
  readonly count?: number;
}

/** How alike a model's codings are: by the bits in which they differ where they are bits, else by their distance. */
export const distanceOf = ({ built }: Trained) => (built.codings === "bits" ? hamming : euclidean);

/** The examples whose codings are nearest to those of example `index`, nearest first, without itself. A UsageError when there is no such example, or the model has no codings. */
export async function similar(trained: Trained, examples: Examples, { index, count = 10 }: SimilarRequest): Promise<readonly Neighbour[]> {
  requireExample(examples, index);
  const codings = await encodeExamples(trained, examples);
  const size = codings.length / examples.count;
  const query = codings.subarray(index * size, (index + 1) * size);
  return nearest(codings, query, count + 1, distanceOf(trained)).filter((neighbour) => neighbour.index !== index).slice(0, count);
}

/** One row of images: example `index`, then its neighbours. */
export function similarFigure({ model, spec }: Trained, examples: Examples, index: number, neighbours: readonly Neighbour[]): Raster {
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the model was trained on ${spec.kind}`);
  const indices = [index, ...neighbours.map((neighbour) => neighbour.index)];
  return imageGrid(batchOf(examples, indices, model.accepts.range), { shape: spec.shape, range: model.accepts.range, columns: indices.length });
}
