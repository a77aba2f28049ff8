/** Filling in what is missing of images with a diffusion model: RePaint (Lugmayr et al. 2022, see samplers/repaint.ts). */
import { sampleByDiffusion } from "../analysis/diffusion-sampling.js";
import { batchOf, shuffledIndices } from "../data/batches.js";
import type { Examples, ImageSpec } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf, type LabelledGridOptions } from "../figures/labelled-grid.js";
import { sizeOf } from "../tensor/index.js";
import { requireImages, type Trained } from "./abilities.js";
import { requirePixels, samplingOf, type DiffusionSettings } from "./diffusion.js";

export interface InpaintRequest {
  /** Of one image, [height, width]: above 0.5, which is white, what is to be filled in; the rest is kept as it is. */
  readonly mask: ArrayLike<number>;
  /** How often each step is made: the more, the better what is filled in agrees with what is known. Default 10, as in the paper. */
  readonly resample?: number;
  /** Image i depends on the seed and on i alone. Default 0. */
  readonly seed?: number;
  /** What a conditional model is told of each image; left out: no class. */
  readonly labels?: ArrayLike<number> | undefined;
  /** Default sampler "ddpm", as in the paper, default steps 50; those of its own of a distilled model. */
  readonly diffusion?: DiffusionSettings | undefined;
}

/**
 * Images [n, ...shape] in the model's range, filled in where the mask is white; all other pixels come back exactly. A UsageError for data that is no images, a model of codings, a mask of another size, a mask
 * without white or with nothing else, and a sampler that goes by the step before.
 */
export async function inpaint(trained: Trained, values: Float32Array, { mask, resample = 10, seed = 0, labels, diffusion }: InpaintRequest): Promise<Float32Array> {
  requirePixels(trained, "filling in a part");
  const { shape: [, height, width] } = requireImages(trained);
  const settings = { ...trained.sampling, ...diffusion };
  const area = height * width;
  if (mask.length !== area) throw new UsageError(`The mask has ${mask.length} pixels, images of the model have ${height} x ${width}`, "Use a mask of that size.");
  const missing = Array.from(mask).filter(isMissing).length;
  if (missing === 0) throw new UsageError("The mask has no white: nothing is to be filled in", "Paint what is missing white, and the rest black.");
  if (missing === area) throw new UsageError("The mask is all white: nothing of the images is kept", "Paint black what is to stay as it is; for images from nothing there is morphogen sample.");
  if (!(Number.isInteger(resample) && resample >= 1)) throw new UsageError(`resample is ${resample}`, "Use a whole number from 1, such as 10.");
  const usual = trained.built.diffusion?.jumps ? {} : { sampler: "ddpm", steps: 50 };
  const sampling = samplingOf(trained, { ...settings, sampler: settings.sampler ?? usual.sampler, steps: settings.steps ?? usual.steps, labels });
  const keep = values.map((_, i) => (isMissing(mask[i % area]) ? 0 : 1));
  return sampleByDiffusion(trained.engine, { ...sampling, known: { values, keep, visits: resample }, count: values.length / sizeOf(trained.spec.shape), seed });
}

const isMissing = (value: number): boolean => value > 0.5;

/** Parts of an image that may be missing: its left half, its upper half, the square in its middle that is half as high and wide, or half of its pixels drawn by a seed. */
export const missingParts = ["left", "top", "centre", "random"] as const;
export type MissingPart = (typeof missingParts)[number];

/** The mask [height, width] of a missing part: 1 there, else 0. */
export function maskOf(part: MissingPart, [, height, width]: ImageSpec["shape"], seed = 0): Float32Array {
  if (part === "random") {
    const missing = new Set(shuffledIndices(height * width, seed, 0).subarray(0, (height * width) >> 1));
    return Float32Array.from({ length: height * width }, (_, i) => (missing.has(i) ? 1 : 0));
  }
  const inMiddle = (at: number, length: number): boolean => at >= length / 4 && at < (3 * length) / 4;
  const isIn: Readonly<Record<Exclude<MissingPart, "random">, (row: number, column: number) => boolean>> = {
    left: (_, column) => column < width / 2,
    top: (row) => row < height / 2,
    centre: (row, column) => inMiddle(row, height) && inMiddle(column, width),
  };
  return Float32Array.from({ length: height * width }, (_, i) => (isIn[part](Math.floor(i / width), i % width) ? 1 : 0));
}

/** Columns of a figure. */
const COLUMNS = 10;

/** Examples `shown` by their numbers as SVG, ten to a row: as they are, without what is missing (grey), and filled in. */
export async function inpaintingSvg(trained: Trained, examples: Examples, shown: Uint32Array, request: InpaintRequest, words: Pick<LabelledGridOptions, "title" | "subtitle">): Promise<string> {
  const { range } = trained.model.accepts;
  const { shape } = requireImages(trained);
  const originals = batchOf(examples, shown, range);
  const { mask } = request;
  const rows = Object.entries({
    original: originals,
    missing: originals.map((value, i) => (isMissing(mask[i % mask.length]) ? (range[0] + range[1]) / 2 : value)),
    "filled in": await inpaint(trained, originals, request),
  }).map(([label, values]) => ({ label, images: rastersOf(values, { shape, range }) }));
  const starts = Array.from({ length: Math.ceil(shown.length / COLUMNS) }, (_, i) => i * COLUMNS);
  return labelledGridSvg(starts.flatMap((start) => rows.map(({ label, images }) => ({ label, images: images.slice(start, start + COLUMNS).map((raster) => ({ raster })) }))), words);
}
