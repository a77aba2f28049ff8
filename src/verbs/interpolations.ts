/** What lies between examples, for several models side by side. */
import type { Interpolation } from "../analysis/interpolate.js";
import { nearestDistances } from "../analysis/nearest-distances.js";
import type { Examples } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf } from "../figures/labelled-grid.js";
import { sizeOf } from "../tensor/index.js";
import { interpolate, type Trained } from "./abilities.js";
import { endsOf } from "./figures.js";

export interface InterpolationsRequest {
  /** Pairs of examples. */
  readonly pairs: number;
  /** Images from one to the other, both included. */
  readonly steps: number;
  /** Number of the first example; default 0. */
  readonly from?: number;
  /** Default "linear". */
  readonly method?: Interpolation;
  /** What the models are called; default: their titles. */
  readonly names?: readonly string[];
}

/**
 * For each pair of examples one row for each model: the examples and, between them, the way from one to the other through the model's codings. A UsageError for
 * data that is no images, or models of images of other shapes.
 */
export async function interpolationsSvg(models: readonly Trained[], examples: Examples, { pairs, steps, from = 0, method = "linear", names = models.map(({ model }) => model.title) }: InterpolationsRequest): Promise<string> {
  const { spec, labels, count } = examples;
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the data are ${spec.kind}`, "interpolate gives the values of any data.");
  for (const { model, spec: own } of models)
    if (own.shape.join() !== spec.shape.join()) throw new UsageError(`The model "${model.name}" was trained on examples of [${own.shape.join(", ")}], the data are [${spec.shape.join(", ")}]`, "Compare runs on the same data.");
  const ways: ReturnType<typeof rastersOf>[] = [];
  for (const trained of models) {
    const [ends, options] = [endsOf(trained, examples, pairs, from), { shape: spec.shape, range: trained.model.accepts.range }];
    const [starts, stops, between] = [ends.from, ends.to, await interpolate(trained, { ...ends, steps, method })].map((images) => rastersOf(images, options));
    ways.push(starts.flatMap((start, pair) => [start, ...between.slice(pair * steps, (pair + 1) * steps), stops[pair]]));
  }
  const nameOf = (index: number): string => (labels ? (spec.classes?.[labels[index % count]] ?? `class ${labels[index % count]}`) : `example ${index % count}`);
  const rows = Array.from({ length: pairs }, (_, pair) => {
    const captions = new Map([[0, nameOf(from + pair)], [steps + 1, nameOf(from + pairs + pair)]]);
    return names.map((label, row) => ({
      label,
      images: ways[row].slice(pair * (steps + 2), (pair + 1) * (steps + 2)).map((raster, at) => ({
        raster,
        framed: captions.has(at),
        // Below the last row of a pair only, where it also sets pairs apart.
        ...(row === names.length - 1 && { caption: captions.get(at) ?? "" }),
      })),
    }));
  });
  return labelledGridSvg(rows.flat(), { title: "Between examples, through the codings", subtitle: `${method === "linear" ? "In straight lines" : "Along great circles"}; the examples are framed` });
}

/** Distances to the nearest of known examples, as mean squared errors of values in [0, 1], averaged. */
export interface MidpointDistances {
  /** How many pairs of examples. */
  readonly pairs: number;
  /** Of what is decoded halfway between the codings of a pair. */
  readonly midpoints: number;
  /** Of what is decoded at one end: the reconstructions of the pairs' first examples. */
  readonly ends: number;
}

/**
 * How far images halfway between two examples are from any real one: of the first `pairs` examples (default 1,000, or half of all when there are fewer) each with one of as
 * many that follow. Where midpoints are much farther than ends, the codings between those of examples stand for nothing.
 */
export async function midpointDistances(trained: Trained, examples: Examples, known: Examples, { pairs = 1000, method = "linear" }: { readonly pairs?: number; readonly method?: Interpolation } = {}): Promise<MidpointDistances> {
  const { range } = trained.model.accepts;
  const count = Math.min(pairs, Math.floor(examples.count / 2));
  if (count < 1) throw new UsageError(`${examples.count} examples make no pair`, "Use two or more.");
  const [width, steps] = [sizeOf(trained.spec.shape), 3];
  const images = await interpolate(trained, { ...endsOf(trained, examples, count), steps, method });
  const mean = async (step: number): Promise<number> => {
    const chosen = new Float32Array(count * width);
    for (let i = 0; i < count; i++) chosen.set(images.subarray((i * steps + step) * width, (i * steps + step + 1) * width), i * width);
    const distances = await nearestDistances(trained.engine, chosen, known, range);
    return distances.reduce((sum, distance) => sum + distance, 0) / count / (range[1] - range[0]) ** 2;
  };
  return { pairs: count, midpoints: await mean(1), ends: await mean(0) };
}
