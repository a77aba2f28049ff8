/** Denoising: pictures from files, and examples that show what a model makes of noise. A denoising autoencoder takes out what it was trained with, a diffusion model normal noise of any amount. */
import { runRows } from "../analysis/rows.js";
import { UsageError } from "../errors.js";
import { bandsGrid, type Raster } from "../figures/grid.js";
import type { Picture } from "../figures/png.js";
import type { Abilities } from "../models/model.js";
import { add, constant, input, mul, noise as draw, sizeOf } from "../tensor/index.js";
import { requireAbility, type Trained } from "./abilities.js";
import { requireFlow, requirePixels, samplingOf } from "./diffusion.js";
import type { TrainedRun } from "./open.js";
import { throughTiles } from "./picture-tiles.js";

export interface DenoiseOptions {
  /** Of a diffusion model, and of none else: standard deviation of the normal noise, for pixels from 0 to 1. */
  readonly noise?: number | undefined;
}

/**
 * What spoils examples, and what mends them: a denoising autoencoder's own, or the x0 that a diffusion model expects behind this noise, the mean of all originals that there may be. A UsageError for a
 * model that does neither, for noise that is not said or not known, and for noise said to a model that has its own.
 */
function cleaning(trained: Trained, noise: number | undefined): Required<Pick<Abilities, "corrupt" | "denoise">> {
  const { model, spec, built: { diffusion } } = trained;
  if (!diffusion || diffusion.translates) {
    const own = { denoise: requireAbility(trained, "denoise"), corrupt: requireAbility(trained, "corrupt") };
    if (noise !== undefined) throw new UsageError(`The model "${model.name}" takes out what it was trained with`, "Leave the amount of noise out (--noise): it is said to diffusion models.");
    return own;
  }
  requirePixels(trained, "denoising");
  requireFlow(trained, "denoising");
  if (noise === undefined) throw new UsageError("How much noise there is to take out is not said", "Say its standard deviation for pixels from 0 to 1: --noise 0.2");
  const [low, high] = model.accepts.range;
  const [sigma, { sigmaMin, sigmaMax, timeOf }] = [(high - low) * noise, diffusion.schedule];
  if (!(sigma >= sigmaMin && sigma <= sigmaMax)) throw new UsageError(`The noise is ${noise}`, `Use a number from ${(sigmaMin / (high - low)).toPrecision(2)} to ${(sigmaMax / (high - low)).toPrecision(2)}, which the model was trained with.`);
  const { denoise } = samplingOf(trained, {});
  const examples = (batch: number) => input("x", [batch, ...spec.shape]);
  return {
    corrupt(batch) {
      const x = examples(batch);
      return { inputs: { x }, outputs: { corrupted: add(x, mul(sigma, draw.normal(x.shape))) } };
    },
    denoise(batch) {
      const x = examples(batch);
      return { inputs: { x }, outputs: { denoised: denoise(x, { sigma: constant(sigma), time: constant(timeOf(sigma)) }) } };
    },
  };
}

/** Clean versions of noisy examples [n, ...shape] in the model's range. Errors as of `cleaning`. */
export function denoise(trained: Trained, values: ArrayLike<number>, { noise, batchSize }: DenoiseOptions & { readonly batchSize?: number } = {}): Promise<Float32Array> {
  return runRows(trained.engine, cleaning(trained, noise).denoise, { count: values.length / sizeOf(trained.spec.shape), values, ...(batchSize !== undefined && { batchSize }) });
}

/**
 * A picture without its noise, at its own size. A model of grey images cleans each colour by itself; one of colours takes grey as three equal ones. A
 * UsageError when the picture is not of the model's size and the model's weights do not suit another.
 */
export async function denoisePicture(trained: TrainedRun, picture: Picture, options: DenoiseOptions = {}): Promise<Picture> {
  cleaning(trained, options.noise);
  if (trained.spec.kind !== "images") throw new UsageError(`The model was trained on ${trained.spec.kind}, not on images`, "Use denoise(trained, values) of the library.");
  const [modelChannels] = trained.spec.shape;
  const [channels, height, width] = picture.shape;
  const area = height * width;
  // The attention of a large picture alone takes much memory.
  const clean = (noisy: Picture): Promise<Picture> => throughTiles(trained, "denoise", noisy, (resized, values, batchSize) => denoise(resized, values, { ...options, batchSize: trained.built.diffusion ? 1 : batchSize }));
  if (modelChannels === channels) return clean(picture);
  const values = new Float32Array(picture.values.length);
  if (modelChannels === 1) {
    for (let i = 0; i < channels; i++) values.set((await clean({ ...picture, shape: [1, height, width], values: picture.values.subarray(i * area, (i + 1) * area) })).values, i * area);
    return { ...picture, values };
  }
  const equal = new Float32Array(modelChannels * area);
  for (let i = 0; i < modelChannels; i++) equal.set(picture.values, i * area);
  const { values: cleaned } = await clean({ ...picture, shape: [modelChannels, height, width], values: equal });
  cleaned.forEach((value, i) => (values[i % area] += value / modelChannels));
  return { ...picture, values };
}

export interface DenoisingErrors {
  /** Mean squared error of the corrupted examples, for values in [0, 1], and what is left of it. */
  readonly corruptionError: number;
  readonly denoisingError: number;
}

/** Corrupts examples [n, ...shape] of the model's range as in training, or by so much normal noise, of this seed, and cleans them. */
export async function corruptAndDenoise(trained: Trained, originals: Float32Array, seed: number, { noise }: DenoiseOptions = {}): Promise<DenoisingErrors & { readonly corrupted: Float32Array; readonly denoised: Float32Array }> {
  const count = originals.length / sizeOf(trained.spec.shape);
  const corrupted = await runRows(trained.engine, cleaning(trained, noise).corrupt, { count, values: originals, seed });
  const denoised = await denoise(trained, corrupted, { noise });
  const [low, high] = trained.model.accepts.range;
  const errorOf = (values: Float32Array): number => meanSquaredDifference(values, originals) / (high - low) ** 2;
  return { corrupted, denoised, corruptionError: errorOf(corrupted), denoisingError: errorOf(denoised) };
}

export interface Denoised extends DenoisingErrors {
  /** In bands of three rows: originals, corrupted, denoised. */
  readonly figure: Raster;
}

/** `corruptAndDenoise` of images as a figure. A UsageError for data that is no images. */
export async function denoisingFigure(trained: Trained, originals: Float32Array, { seed = 0, columns = 10, noise }: DenoiseOptions & { readonly seed?: number; readonly columns?: number } = {}): Promise<Denoised> {
  const { spec, model } = trained;
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the model was trained on ${spec.kind}`, "denoisingTable makes a table of them.");
  const { corrupted, denoised, ...errors } = await corruptAndDenoise(trained, originals, seed, { noise });
  return { figure: bandsGrid([originals, corrupted, denoised], { shape: spec.shape, range: model.accepts.range, columns }), ...errors };
}

const meanSquaredDifference = (a: Float32Array, b: Float32Array): number => a.reduce((total, value, i) => total + (value - b[i]) ** 2, 0) / a.length;
