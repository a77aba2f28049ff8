/** Denoising: pictures from files, and examples that show what a model makes of the noise that it was trained with. */
import { runRows } from "../analysis/rows.js";
import { UsageError } from "../errors.js";
import { bandsGrid, type Raster } from "../figures/grid.js";
import type { Picture } from "../figures/png.js";
import { sizeOf } from "../tensor/index.js";
import { denoise, requireAbility, type Trained } from "./abilities.js";
import type { TrainedRun } from "./open.js";
import { throughTiles } from "./picture-tiles.js";

/**
 * A picture without its noise, at its own size. A model of grey images cleans each colour by itself; one of colours takes grey as three equal ones. A
 * UsageError when the picture is not of the model's size and the model's weights do not suit another.
 */
export async function denoisePicture(trained: TrainedRun, picture: Picture): Promise<Picture> {
  requireAbility(trained, "denoise");
  if (trained.spec.kind !== "images") throw new UsageError(`The model was trained on ${trained.spec.kind}, not on images`, "Use denoise(trained, values) of the library.");
  const [modelChannels] = trained.spec.shape;
  const [channels, height, width] = picture.shape;
  const area = height * width;
  if (modelChannels === channels) return throughTiles(trained, "denoise", picture);
  const values = new Float32Array(picture.values.length);
  if (modelChannels === 1) {
    for (let i = 0; i < channels; i++) values.set((await throughTiles(trained, "denoise", { shape: [1, height, width], values: picture.values.subarray(i * area, (i + 1) * area) })).values, i * area);
    return { ...picture, values };
  }
  const equal = new Float32Array(modelChannels * area);
  for (let i = 0; i < modelChannels; i++) equal.set(picture.values, i * area);
  const clean = await throughTiles(trained, "denoise", { shape: [modelChannels, height, width], values: equal });
  clean.values.forEach((value, i) => (values[i % area] += value / modelChannels));
  return { ...picture, values };
}

export interface DenoisingErrors {
  /** Mean squared error of the corrupted examples, and what is left of it. */
  readonly corruptionError: number;
  readonly denoisingError: number;
}

/** Corrupts examples [n, ...shape] of the model's range as in training, by noise of this seed, and cleans them. */
export async function corruptAndDenoise(trained: Trained, originals: Float32Array, seed: number): Promise<DenoisingErrors & { readonly corrupted: Float32Array; readonly denoised: Float32Array }> {
  const count = originals.length / sizeOf(trained.spec.shape);
  const corrupted = await runRows(trained.engine, requireAbility(trained, "corrupt"), { count, values: originals, seed });
  const denoised = await denoise(trained, corrupted);
  return { corrupted, denoised, corruptionError: meanSquaredDifference(corrupted, originals), denoisingError: meanSquaredDifference(denoised, originals) };
}

export interface Denoised extends DenoisingErrors {
  /** In bands of three rows: originals, corrupted, denoised. */
  readonly figure: Raster;
}

/** `corruptAndDenoise` of images as a figure. A UsageError for data that is no images. */
export async function denoisingFigure(trained: Trained, originals: Float32Array, { seed = 0, columns = 10 }: { readonly seed?: number; readonly columns?: number } = {}): Promise<Denoised> {
  const { spec, model } = trained;
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the model was trained on ${spec.kind}`, "denoisingTable makes a table of them.");
  const { corrupted, denoised, ...errors } = await corruptAndDenoise(trained, originals, seed);
  return { figure: bandsGrid([originals, corrupted, denoised], { shape: spec.shape, range: model.accepts.range, columns }), ...errors };
}

const meanSquaredDifference = (a: Float32Array, b: Float32Array): number => a.reduce((total, value, i) => total + (value - b[i]) ** 2, 0) / a.length;
