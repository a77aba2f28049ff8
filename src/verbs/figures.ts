/** What a finished run leaves to look at and to use: figures by ability, the loss curve, the decoder as an ONNX file. */
import { join } from "node:path";
import { batchOf } from "../data/batches.js";
import type { Examples, PixelRange, Splits } from "../data/dataset.js";
import { panelsSvg, type Panel, type Series } from "../figures/curves.js";
import { imageGrid, reconstructionGrid, type Raster } from "../figures/grid.js";
import { encodePng } from "../figures/png.js";
import { UsageError } from "../errors.js";
import type { MetricPanel } from "../models/model.js";
import { readMetrics, timelineOf, writeWhole, type MetricsLine } from "../training/index.js";
import { sizeOf } from "../tensor/index.js";
import { canSample, exportAbility, interpolate, interpolateDraws, interpolatesDraws, isConditional, reconstruct, sample, type Draws, type Ends, type Sampling, type Trained } from "./abilities.js";
import { denoisingFigure } from "./denoise.js";
import { denoiserJson } from "./denoiser-json.js";
import type { TrainedRun } from "./open.js";
import { canTranslate, translationsSvg } from "./translate.js";
import { watchedClassesSvg } from "./watch-classes.js";
import { dataTitle, trainingOf } from "./prepare.js";

/** The first `count` examples of a split in the model's range. */
export const firstExamples = ({ model }: Trained, examples: Examples, count: number, from = 0): Float32Array =>
  batchOf(examples, Array.from({ length: count }, (_, i) => (from + i) % examples.count), model.accepts.range);

/** Their labels, where the data has any. */
export const firstLabels = (examples: Examples, wanted: number, from = 0): Int32Array | undefined => labelsAt(examples, Array.from({ length: wanted }, (_, i) => (from + i) % examples.count));

/** Labels of the examples at `indices`, where the data has any. */
export const labelsAt = ({ labels }: Examples, indices: ArrayLike<number>): Int32Array | undefined => labels && Int32Array.from(indices, (i) => labels[i]);

/** Neighbouring examples as the ends of so many ways, and their labels. */
export function endsOf(trained: Trained, examples: Examples, pairs: number, from = 0): Ends & { readonly from: Float32Array; readonly to: Float32Array } {
  const labels = { from: firstLabels(examples, pairs, from), to: firstLabels(examples, pairs, from + pairs) };
  return {
    from: firstExamples(trained, examples, pairs, from),
    to: firstExamples(trained, examples, pairs, from + pairs),
    ...(labels.from && labels.to && { labels: { from: labels.from, to: labels.to } }),
  };
}

function base({ model, spec }: Trained) {
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the model was trained on ${spec.kind}`, "morphogen encode writes the codings of any data.");
  return { shape: spec.shape, range: model.accepts.range };
}

/** Originals over reconstructions, `columns` to a row. */
export async function reconstructionFigure(trained: Trained, originals: Float32Array, columns = 10, labels?: Int32Array): Promise<Raster> {
  return reconstructionGrid(originals, await reconstruct(trained, originals, labels && { labels }), { ...base(trained), columns });
}

export interface SampleSettings extends Pick<Sampling, "truncation" | "diffusion"> {
  /** Number of the class of all. */
  readonly label?: number | undefined;
}

/** Samples in a square, of one class where a label is given; those of a conditional model otherwise one row for each class, in their order. */
export async function sampleFigure(trained: Trained, count: number, seed: number, { label, ...settings }: SampleSettings = {}): Promise<Raster> {
  const classes = trained.spec.classes?.length ?? 1;
  if (label !== undefined || !isConditional(trained)) {
    const labels = label !== undefined && { labels: new Int32Array(count).fill(label) };
    return squareFigure(trained, await sample(trained, { count, seed, ...settings, ...labels }));
  }
  const options = { ...base(trained), columns: Math.ceil(count / classes) };
  return imageGrid(inColumns(await sample(trained, { count, seed, ...settings }), sizeOf(options.shape), classes, options), options);
}

/** Images one below the other in columns of `rows`, put in the order of a grid's rows; places that none takes are white. */
function inColumns(images: Float32Array, size: number, rows: number, { columns, range }: { readonly columns: number; readonly range: PixelRange }): Float32Array {
  const grid = new Float32Array(rows * columns * size).fill(range[1]);
  for (let i = 0; i * size < images.length; i++) grid.set(images.subarray(i * size, (i + 1) * size), ((i % rows) * columns + Math.floor(i / rows)) * size);
  return grid;
}

/** Examples in the model's range, in a square. */
export const squareFigure = (trained: Trained, images: Float32Array): Raster =>
  imageGrid(images, { ...base(trained), columns: Math.ceil(Math.sqrt(images.length / sizeOf(trained.spec.shape))) });

/** One row for each pair of neighbouring examples: the way from one to the other. */
export async function interpolationFigure(trained: Trained, pairs: Ends, steps: number, method?: "linear" | "spherical"): Promise<Raster> {
  return imageGrid(await interpolate(trained, { ...pairs, steps, method }), { ...base(trained), columns: steps });
}

/** One row for each pair of codings drawn from N(0, I): the way from one to the other. */
export const drawnInterpolationFigure = async (trained: Trained, draws: Draws): Promise<Raster> => imageGrid(await interpolateDraws(trained, draws), { ...base(trained), columns: draws.steps });

/**
 * Training and validation over the steps, a panel for each stage: the metric that is watched, or the loss where training logs no such metric; or the panels that the stage asks for.
 * Losses of several stages are of different kinds.
 */
async function lossCurve({ path, model, built, config }: Omit<TrainedRun, "dispose">, { train }: Splits): Promise<string> {
  const metrics = await readMetrics(path);
  const spans = timelineOf(built.stages, trainingOf(model, config.training), train.count);
  return panelsSvg(
    spans.flatMap(({ stage, isLast, firstStep, steps }, i) => {
      const lines = metrics.filter(({ step }) => step > firstStep && (isLast || step <= firstStep + steps));
      const title = `${model.title} on ${dataTitle(config)}${spans.length === 1 ? "" : `, stage ${i + 1}: ${stage.name}`}`;
      if (stage.panels) return logged(lines, stage.panels).map((panel, at) => ({ ...panel, firstStep, title: at === 0 ? `${title}: ${panel.title}` : panel.title }));
      const [watched = "loss"] = lines.flatMap(({ validation = {} }) => Object.keys(validation).slice(0, 1));
      return [
        {
          title,
          label: stage.lossLabel ?? model.lossLabel,
          firstStep,
          series: [
            { name: "training", points: pointsOf(lines, ({ loss, ...more }) => more[watched] ?? loss) },
            { name: "validation", points: pointsOf(lines, ({ validation }) => validation?.[watched]) },
          ],
        },
      ];
    }),
  );
}

/** Panels of what was logged in training and in validation; without those of which nothing was. */
function logged(lines: readonly MetricsLine[], panels: readonly MetricPanel[]): Panel[] {
  return panels.flatMap(({ metrics, ...panel }) => {
    const series = metrics.flatMap((metric) => [
      { name: inWords(metric), points: pointsOf(lines, ({ validation: _, ...line }) => line[metric]) },
      { name: `${inWords(metric)}, validation`, points: pointsOf(lines, ({ validation }) => validation?.[metric]) },
    ]);
    const known = series.filter(({ points }) => points.length > 0);
    return known.length > 0 ? [{ ...panel, series: known }] : [];
  });
}

/** "generatorLoss": "generator loss". */
const inWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const pointsOf = (lines: readonly MetricsLine[], valueOf: (line: MetricsLine) => unknown): Series["points"] =>
  lines.flatMap((line) => {
    const value = valueOf(line);
    return typeof value === "number" ? [{ step: line.step, value }] : [];
  });

/** Writes everything that the model's abilities allow into the run folder; returns the paths. */
export async function finishRun(trained: Omit<TrainedRun, "dispose">, splits: Splits): Promise<string[]> {
  const { test } = splits;
  const { abilities } = trained.built;
  const written: string[] = [];
  const write = async (name: string, bytes: Uint8Array | string) => {
    const path = join(trained.path, name);
    await writeWhole(path, bytes);
    written.push(path);
  };
  const shows = trained.spec.kind === "images";
  if (shows && abilities.reconstruct) await write("figures/reconstructions.png", encodePng(await reconstructionFigure(trained, firstExamples(trained, test, 20), 10, firstLabels(test, 20))));
  if (shows && canSample(trained.built)) await write("figures/samples.png", encodePng(await sampleFigure(trained, 64, 0)));
  if (shows && abilities.encode && abilities.decode) await write("figures/interpolation.png", encodePng(await interpolationFigure(trained, endsOf(trained, test, 6), 10)));
  if (shows && interpolatesDraws(trained)) await write("figures/interpolation.png", encodePng(await drawnInterpolationFigure(trained, { pairs: 6, steps: 10 })));
  if (shows && abilities.corrupt && abilities.denoise) await write("figures/denoised.png", encodePng((await denoisingFigure(trained, firstExamples(trained, test, 10))).figure));
  if (canTranslate(trained.built)) await write("figures/translations.svg", await translationsSvg(trained, test, Uint32Array.from({ length: Math.min(10, test.count) }, (_, i) => i), { title: `Translated by ${trained.model.title}`, subtitle: "test examples" }));
  await write("figures/loss.svg", await lossCurve(trained, splits));
  const classes = watchedClassesSvg(await readMetrics(trained.path), splits.train, `${trained.model.title} on ${dataTitle(trained.config)}`);
  if (classes) await write("figures/class-shares.svg", classes);
  if (abilities.decode) await write("decoder.onnx", await exportAbility(trained, "decode"));
  if (abilities.denoiser) await write("denoiser.onnx", await exportAbility(trained, "denoiser"));
  if (trained.built.diffusion) await write("denoiser.json", denoiserJson(trained, trained.built.diffusion));
  return written;
}
