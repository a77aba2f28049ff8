/** Translating images: arrays, pictures from files, and how near translations of examples come to what was wanted. */
import { runRows } from "../analysis/rows.js";
import { batchOf } from "../data/batches.js";
import type { Examples, PairSpec } from "../data/dataset.js";
import type { FileOptions } from "../data/file-options.js";
import { enlarging, resample, unchanged } from "../data/resample.js";
import { DataError, UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf, type LabelledGridOptions } from "../figures/labelled-grid.js";
import type { Picture } from "../figures/png.js";
import { sizeOf } from "../tensor/index.js";
import { evaluator } from "../training/index.js";
import { requireAbility, type Trained } from "./abilities.js";
import type { TrainedRun } from "./open.js";
import { throughTiles } from "./picture-tiles.js";

export interface TranslateOptions {
  /** From the target's kind to the source's, where the model has learned both ways. Default false. */
  readonly back?: boolean;
}

const abilityOf = ({ back = false }: TranslateOptions): "translate" | "translateBack" => (back ? "translateBack" : "translate");

/** Translations of images [n, channels, height, width] given one after the other in the model's range. */
export function translate(trained: Trained, values: ArrayLike<number>, options: TranslateOptions = {}): Promise<Float32Array> {
  const ability = requireAbility(trained, abilityOf(options));
  return runRows(trained.engine, ability, { count: values.length / sizeOf(ability(1).inputs!.x.shape), values });
}

/** [channels, height, width] of the pictures that it was trained to translate: those of the task superres are smaller than what they become. */
export function shapeToTranslate(trained: TrainedRun, options: TranslateOptions = {}): Picture["shape"] {
  const [, channels, height, width] = requireAbility(trained, abilityOf(options))(1).inputs!.x.shape;
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
  return throughTiles(trained, abilityOf(options), enlarged(picture, enlargement(trained, options)));
}

/** How many times larger pictures are made before they are translated, as the run's data was. */
function enlargement({ config }: TrainedRun, { back = false }: TranslateOptions): number {
  const { task, factor = 2 } = (config.data as { readonly files?: Partial<FileOptions> }).files ?? {};
  return task === "superres" && !back ? factor : 1;
}

function enlarged(picture: Picture, factor: number): Picture {
  if (factor === 1) return picture;
  const { shape: [channels, height, width], values } = picture;
  const [rows, columns] = [height, width].map((length) => enlarging(unchanged(length), factor));
  const larger = resample(values, [channels, height, width], rows, columns);
  return { shape: [channels, rows.length, columns.length], values: larger.map((value) => Math.min(1, Math.max(0, value))) };
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
  requireAbility(trained, abilityOf(options));
  const { built, engine, model, spec } = trained;
  if (examples.count === 0) throw new DataError("There are no examples", "Name another part: train, validation or test.");
  const evaluation = await evaluator({ model: built, examples, range: model.accepts.range, engine, seed: 0, batchSize: 100 });
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
