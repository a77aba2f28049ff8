/** The examples most like one of them. */
import { hamming, euclidean, nearest, type Neighbour } from "../analysis/neighbours.js";
import { batchOf } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { labelledGridSvg, rastersOf } from "../figures/labelled-grid.js";
import { requireImages, type Trained } from "./abilities.js";
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

/** Whole numbers, such as of bits, as they are. */
const distanceText = (distance: number): string => (Number.isInteger(distance) ? String(distance) : String(Number(distance.toPrecision(4))));

/** One row of images: example `index` in a frame, then its neighbours; below each its number, its class and how far it is. A UsageError for data that is no images. */
export function similarSvg(trained: Trained, examples: Examples, index: number, neighbours: readonly Neighbour[]): string {
  const { shape, classes } = requireImages(trained);
  const { title, accepts: { range } } = trained.model;
  const shown = [{ index, distance: undefined }, ...neighbours];
  const rasters = rastersOf(batchOf(examples, shown.map((example) => example.index), range), { shape, range });
  const captionOf = (example: number, distance: number | undefined): string =>
    [String(example), ...(examples.labels ? [classes?.[examples.labels[example]] ?? `class ${examples.labels[example]}`] : []), ...(distance === undefined ? [] : [distanceText(distance)])].join("\n");
  const images = rasters.map((raster, i) => ({ raster, framed: i === 0, caption: captionOf(shown[i].index, shown[i].distance) }));
  const unit = trained.built.codings === "bits" ? "the number of bits in which codings differ" : "the distance of codings";
  return labelledGridSvg([{ images }], { title: `Most like example ${index}: ${title.toLowerCase()}`, subtitle: `Below each: its number${examples.labels ? ", its class" : ""} and ${unit}` });
}
