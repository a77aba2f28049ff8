/** Examples over their reconstructions, with words. */
import { batchOf } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf, type LabelledGridOptions } from "../figures/labelled-grid.js";
import { reconstruct, type Trained } from "./abilities.js";

const COLUMNS = 10;

/** Examples `shown` by their numbers as SVG, ten to a row: each with its class below, over its reconstruction with its number and its error. A UsageError for data that is no images. */
export async function labelledReconstructions(trained: Trained, examples: Examples, shown: Uint32Array, errors: ArrayLike<number>, words: Pick<LabelledGridOptions, "title" | "subtitle">): Promise<string> {
  const { model: { accepts: { range } }, spec } = trained;
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the model was trained on ${spec.kind}`, "reconstructionErrors gives the errors of any data.");
  const { labels } = examples;
  const values = batchOf(examples, shown, range);
  const options = { shape: spec.shape, range };
  const originals = rastersOf(values, options);
  const rebuilt = rastersOf(await reconstruct(trained, values, labels && { labels: Int32Array.from(shown, (i) => labels[i]) }), options);
  const rows = Array.from({ length: Math.ceil(shown.length / COLUMNS) }, (_, row) => [...shown.keys()].slice(COLUMNS * row, COLUMNS * (row + 1))).flatMap((places) => [
    { label: "example", images: places.map((at) => ({ raster: originals[at], ...(labels && { caption: spec.classes?.[labels[shown[at]]] ?? String(labels[shown[at]]) }) })) },
    { label: "rebuilt", images: places.map((at) => ({ raster: rebuilt[at], caption: `${shown[at]}: ${errors[shown[at]].toFixed(4)}` })) },
  ]);
  return labelledGridSvg(rows, words);
}
