/** Translating images: arrays, pictures from files, and how near translations of examples come to what was wanted. */
import { runRows } from "../analysis/rows.js";
import { batchOf } from "../data/batches.js";
import type { Examples, PairSpec } from "../data/dataset.js";
import type { FileOptions } from "../data/file-options.js";
import { enlarging, resample, unchanged } from "../data/resample.js";
import { DataError, UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf, type LabelledGridOptions } from "../figures/labelled-grid.js";
import type { Picture } from "../figures/png.js";
import type { BuiltModel } from "../models/model.js";
import { translationQuality } from "../models/translation.js";
import { input, sizeOf, split, type Shape } from "../tensor/index.js";
import { evaluator, type Evaluation } from "../training/index.js";
import { requireAbility, type Trained } from "./abilities.js";
import { sampleDiffusion, type DiffusionSettings } from "./diffusion.js";
import type { TrainedRun } from "./open.js";
import { throughTiles, type MakeImages } from "./picture-tiles.js";

export interface TranslateOptions {
  /** From the target's kind to the source's, where the model has learned both ways. Default false. */
  readonly back?: boolean;
  /** How a diffusion model goes from noise to a translation; before what the run says. */
  readonly diffusion?: DiffusionSettings | undefined;
  /** Of a diffusion model's noise: translation i depends on the seed and on i alone. Default 0. */
  readonly seed?: number | undefined;
  /** Images at once. */
  readonly batchSize?: number | undefined;
}

const abilityOf = ({ back = false }: TranslateOptions): "translate" | "translateBack" => (back ? "translateBack" : "translate");

/** Whether it makes one image of another. */
export const canTranslate = ({ abilities, diffusion }: Pick<BuiltModel, "abilities" | "diffusion">): boolean => abilities.translate !== undefined || diffusion?.translates !== undefined;

/** [channels, height, width] of what is translated. A UsageError that lists what the model can do when it cannot translate. */
export function sourceShape(trained: Pick<Trained, "model" | "built">, options: TranslateOptions = {}): Shape {
  const translates = options.back ? undefined : trained.built.diffusion?.translates;
  return translates?.source ?? requireAbility(trained, abilityOf(options))(1).inputs!.x.shape.slice(1);
}

/** Translations of images [n, channels, height, width] given one after the other in the model's range. */
export function translate(trained: Trained, values: ArrayLike<number>, options: TranslateOptions = {}): Promise<Float32Array> {
  const { diffusion, seed = 0, batchSize } = options;
  const count = values.length / sizeOf(sourceShape(trained, options));
  if (trained.built.diffusion?.translates) return sampleDiffusion(trained, { ...trained.sampling, ...diffusion, count, seed, source: values, batchSize });
  return runRows(trained.engine, requireAbility(trained, abilityOf(options)), { count, values, ...(batchSize !== undefined && { batchSize }) });
}

/** [channels, height, width] of the pictures that it was trained to translate: those of the task superres are smaller than what they become. */
export function shapeToTranslate(trained: TrainedRun, options: TranslateOptions = {}): Picture["shape"] {
  const [channels, height, width] = sourceShape(trained, options);
  const factor = enlargement(trained, options);
  return [channels, height / factor, width / factor];
}

/**
 * A picture translated. A model trained with the task superres takes small pictures and gives larger ones; all others give pictures of the same size. A
 * UsageError when the picture has other channels than the model translates, or a size that it does not take.
 */
export async function translatePicture(trained: TrainedRun, picture: Picture, options: TranslateOptions = {}): Promise<Picture> {
  const [channels] = shapeToTranslate(trained, options);
  if (picture.shape[0] !== channels) throw new UsageError(`The picture has ${picture.shape[0]} channels, the model translates pictures with ${channels}`, "Read it as grey, or in colour.");
  const factor = enlargement(trained, options);
  const make: MakeImages = (resized, values, batchSize) =>
    // The attention of a large picture alone takes much memory.
    translate(resized, values, { ...options, batchSize: trained.built.diffusion ? 1 : batchSize });
  return throughTiles(trained, abilityOf(options), enlarged(picture, factor), make, factor);
}

/** What the run's data made pairs for, and of superres how many times larger images became. */
export const taskOf = ({ config }: Pick<TrainedRun, "config">): Partial<Pick<FileOptions, "task" | "factor">> => (config.data as { readonly files?: Partial<FileOptions> }).files ?? {};

/** How many times larger pictures are made before they are translated, as the run's data was. */
function enlargement(trained: TrainedRun, { back = false }: TranslateOptions): number {
  const { task, factor = 2 } = taskOf(trained);
  return task === "superres" && !back ? factor : 1;
}

function enlarged(picture: Picture, factor: number): Picture {
  if (factor === 1) return picture;
  const { shape: [channels, height, width], values } = picture;
  const [rows, columns] = [height, width].map((length) => enlarging(unchanged(length), factor));
  const larger = resample(values, [channels, height, width], rows, columns);
  return { ...picture, shape: [channels, rows.length, columns.length], values: larger.map((value) => Math.min(1, Math.max(0, value))) };
}

/** Means over examples, for pixels in [0, 1]. */
export interface Nearness {
  readonly meanAbsoluteError: number;
  /** Peak signal-to-noise ratio in dB. */
  readonly psnr: number;
  /** Structural similarity (Wang et al. 2004), 1 at most. */
  readonly ssim: number;
}

export interface TranslationReport {
  readonly count: number;
  /** Of translations to what was wanted; left out for images that are not paired. */
  readonly translated?: Nearness;
  /** Of what was translated, untouched, to what was wanted, where sources have as many channels or are grey. */
  readonly copied?: Nearness;
}

/** How near the translations of all these examples come to their targets (`back`: to their sources), beside copying what is translated. A DataError when there are no examples. */
export async function translationReport(trained: Trained, examples: Examples, options: TranslateOptions = {}): Promise<TranslationReport> {
  sourceShape(trained, options);
  const { built, engine, model, spec } = trained;
  if (examples.count === 0) throw new DataError("There are no examples", "Name another part: train, validation or test.");
  const compared = built.diffusion ? await withTranslations(trained, examples, options) : { model: built, examples };
  const evaluation = await evaluator({ ...compared, range: model.accepts.range, engine, seed: 0, batchSize: 100 });
  try {
    const { metrics } = await evaluation.run();
    const { meanAbsoluteError, psnr, ssim, backMeanAbsoluteError, backPsnr, backSsim, copyMeanAbsoluteError, copyPsnr, copySsim } = metrics;
    const there = psnr === undefined ? undefined : { meanAbsoluteError, psnr, ssim };
    const translated = options.back ? there && { meanAbsoluteError: backMeanAbsoluteError, psnr: backPsnr, ssim: backSsim } : there;
    // Both ways the same, where there are as many channels.
    const copies = copyPsnr !== undefined && (!options.back || (spec.kind === "pairs" && 2 * spec.source === spec.shape[0]));
    return {
      count: examples.count,
      ...(translated && { translated }),
      ...(copies && { copied: { meanAbsoluteError: copyMeanAbsoluteError, psnr: copyPsnr, ssim: copySsim } }),
    };
  } finally {
    await evaluation.dispose();
  }
}

/** Examples with a translation of each behind source and target, and how these are compared: many steps go into it, too many for a validation. */
async function withTranslations(trained: Trained, examples: Examples, options: TranslateOptions): Promise<Pick<Evaluation, "model" | "examples">> {
  const { count, spec } = examples;
  if (spec.kind !== "pairs") throw new UsageError(`The data are ${spec.kind}, not pairs of images`, "Use the data that the run was trained on.");
  const { range } = trained.model.accepts;
  const [low, high] = range;
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  const made = (await translate(trained, halvesOf(batchOf(examples, all, range), spec).source, options)).map((value) => (value - low) / (high - low));
  const pairs = batchOf(examples, all, [0, 1]);
  const [pair, target] = [pairs.length / count, made.length / count];
  const values = new Float32Array(pairs.length + made.length);
  for (let i = 0; i < count; i++) {
    values.set(pairs.subarray(i * pair, (i + 1) * pair), i * (pair + target));
    values.set(made.subarray(i * target, (i + 1) * target), i * (pair + target) + pair);
  }
  const [channels, ...size] = spec.shape;
  const targets = channels - spec.source;
  return {
    examples: { spec: { ...spec, shape: [channels + targets, ...size] }, count, values },
    model: {
      validation(batch) {
        const x = input("x", [batch, channels + targets, ...size]);
        const [from, to, translated] = split(x, [spec.source, targets, targets], 1);
        return { inputs: { x }, outputs: translationQuality(translated, from, to) };
      },
    },
  };
}

/** Columns of a figure. */
const COLUMNS = 10;

/** Examples `shown` by their numbers as SVG, ten to a row: source, translated and target below each other; from unpaired images without the last. */
export async function translationsSvg(trained: Trained, examples: Examples, shown: Uint32Array, words: Pick<LabelledGridOptions, "title" | "subtitle">, options: TranslateOptions = {}): Promise<string> {
  const { range } = trained.model.accepts;
  const { spec } = trained;
  if (spec.kind !== "pairs") throw new UsageError(`The figure shows pairs of images; the model was trained on ${spec.kind}`);
  const halves = halvesOf(batchOf(examples, shown, range), spec);
  const [from, to] = options.back ? [halves.target, halves.source] : [halves.source, halves.target];
  const [, height, width] = spec.shape;
  const rasters = (values: Float32Array) => rastersOf(values, { shape: [values.length / shown.length / (height * width), height, width], range });
  const rows = [
    { label: options.back ? "target" : "source", images: rasters(from) },
    { label: options.back ? "back" : "translated", images: rasters(await translate(trained, from, options)) },
    ...(spec.unpaired ? [] : [{ label: options.back ? "source" : "target", images: rasters(to) }]),
  ];
  const starts = Array.from({ length: Math.ceil(shown.length / COLUMNS) }, (_, i) => i * COLUMNS);
  return labelledGridSvg(starts.flatMap((start) => rows.map(({ label, images }) => ({ label, images: images.slice(start, start + COLUMNS).map((raster) => ({ raster })) }))), words);
}

/** Pairs [n, source channels + target channels, height, width] as sources [n, ...] and targets [n, ...]. */
export function halvesOf(pairs: Float32Array, { shape: [channels, height, width], source: sourceChannels }: PairSpec) {
  const [whole, part] = [channels * height * width, sourceChannels * height * width];
  const count = pairs.length / whole;
  const [source, target] = [new Float32Array(count * part), new Float32Array(count * (whole - part))];
  for (let i = 0; i < count; i++) {
    source.set(pairs.subarray(i * whole, i * whole + part), i * part);
    target.set(pairs.subarray(i * whole + part, (i + 1) * whole), i * (whole - part));
  }
  return { source, target };
}
