/** Changing images with a diffusion model: SDEdit (Meng et al., "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations", 2022, algorithm 1). */
import { sampleByDiffusion } from "../analysis/diffusion-sampling.js";
import { batchOf } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf, type LabelledGridOptions } from "../figures/labelled-grid.js";
import { sizeOf } from "../tensor/index.js";
import { requireImages, type Trained } from "./abilities.js";
import { asSampled, requireFlow, samplingOf, type DiffusionSettings } from "./diffusion.js";

export interface EditRequest {
  /** Share of the levels that are gone through, above 0: from an image with a little noise on it, which stays much as it is, to one with nothing but noise, 1. Default 0.5. */
  readonly strength?: number | undefined;
  /** Image i depends on the seed and on i alone. Default 0. */
  readonly seed?: number;
  /** What a conditional model is to make of each image; left out: no class. */
  readonly labels?: ArrayLike<number> | undefined;
  readonly diffusion?: DiffusionSettings | undefined;
}

/** Examples [n, ...shape] in the model's range with noise put on them, and taken off again: they become more like the data. A UsageError for a strength outside (0, 1], and a model without a probability flow. */
export async function edit(trained: Trained, values: Float32Array, { strength = 0.5, seed = 0, labels, diffusion }: EditRequest = {}): Promise<Float32Array> {
  requireFlow(trained, "editing");
  if (!(strength > 0 && strength <= 1)) throw new UsageError(`The strength is ${strength}`, "Use a number above 0, at most 1, such as 0.5.");
  const { levels, ...sampling } = samplingOf(trained, { ...trained.sampling, ...diffusion, labels });
  const visited = levels.slice(-Math.max(2, Math.round(strength * levels.length)));
  const count = values.length / sizeOf(trained.spec.shape);
  return sampleByDiffusion(trained.engine, { ...sampling, levels: visited, start: { values: await asSampled(trained, values, count), noise: visited[0].sigma }, count, seed });
}

/** Examples `shown` by their numbers as SVG, a row for each: as it is, and edited at each of the strengths. `labels`: what they are to become. A UsageError for data that is no images. */
export async function editsSvg(
  trained: Trained,
  examples: Examples,
  shown: Uint32Array,
  { strengths, ...request }: Omit<EditRequest, "strength"> & { readonly strengths: readonly number[] },
  words: Pick<LabelledGridOptions, "title" | "subtitle">,
): Promise<string> {
  const options = { shape: requireImages(trained).shape, range: trained.model.accepts.range };
  const originals = batchOf(examples, shown, options.range);
  const columns = [rastersOf(originals, options)];
  for (const strength of strengths) columns.push(rastersOf(await edit(trained, originals, { ...request, strength }), options));
  return labelledGridSvg(Array.from(shown, (_, i) => ({ images: columns.map((rasters) => ({ raster: rasters[i] })) })), { ...words, headings: ["original", ...strengths.map(String)] });
}
