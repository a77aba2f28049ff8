/** What an evaluation shows: samples beside the training examples that they are most like, and how they are spread over the classes. */
import type { DataSpec } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf } from "../figures/labelled-grid.js";
import { sharesSvg } from "../figures/shares.js";
import type { ClassRow, Evaluation } from "./evaluate.js";

/** Pairs in a row. */
const COLUMNS = 10;

/** As SVG: the first samples, each over the nearest training example and their distance, then likewise the samples nearest to one. A UsageError for data that is no images. */
export function nearestTrainingSvg({ shown: { samples, nearest, distances }, scores }: Evaluation, spec: DataSpec): string {
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the data are ${spec.kind}`, "The scores are of any data.");
  const [above, below] = [samples, nearest].map((values) => rastersOf(values, { shape: spec.shape, range: [0, 1] }));
  const rows = Array.from({ length: Math.ceil(above.length / COLUMNS) }, (_, row) => {
    const numbers = above.map((_, i) => i).slice(row * COLUMNS, (row + 1) * COLUMNS);
    return [
      { label: 2 * row * COLUMNS < above.length ? "samples" : "most alike", images: numbers.map((i) => ({ raster: above[i], framed: true })) },
      { label: "training", images: numbers.map((i) => ({ raster: below[i], caption: distances[i].toFixed(2) })) },
    ];
  });
  const usual = scores.nearestTraining ? `: ${scores.nearestTraining.floor.toFixed(2)} for half of the test images, ${scores.nearestTraining.mean.toFixed(2)} for half of the samples` : "";
  return labelledGridSvg(rows.flat(), { title: "Samples over the nearest training images", subtitle: `With the distance of their features${usual}` });
}

/** As SVG: a bar for each class and set. */
export const classSharesSvg = (classes: readonly ClassRow[]): string =>
  sharesSvg(
    classes.flatMap(({ name, samples, tests, data }) => [
      { name: "training images, as labelled", group: name, share: data },
      { name: "samples, as classified", group: name, share: samples },
      { name: "test images, as classified", group: name, share: tests },
    ]),
    { title: "Classes" },
  );
