/** What a finished run leaves to look at and to use: figures by ability, the loss curve, the decoder as an ONNX file. */
import { join } from "node:path";
import { batchOf } from "../data/batches.js";
import type { Examples, Splits } from "../data/dataset.js";
import { curvesSvg } from "../figures/curves.js";
import { imageGrid, reconstructionGrid, type Raster } from "../figures/grid.js";
import { encodePng } from "../figures/png.js";
import { UsageError } from "../errors.js";
import { readMetrics, writeWhole } from "../training/index.js";
import { exportAbility, interpolate, reconstruct, sample, type Trained } from "./abilities.js";
import { denoisingFigure } from "./denoise.js";
import type { TrainedRun } from "./open.js";

/** The first `count` examples of a split in the model's range. */
export const firstExamples = ({ model }: Trained, examples: Examples, count: number, from = 0): Float32Array =>
  batchOf(examples, Array.from({ length: count }, (_, i) => (from + i) % examples.count), model.accepts.range);

function base({ model, spec }: Trained) {
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the model was trained on ${spec.kind}`, "morphogen encode writes the codings of any data.");
  return { shape: spec.shape, range: model.accepts.range };
}

/** Originals over reconstructions, `columns` to a row. */
export async function reconstructionFigure(trained: Trained, originals: Float32Array, columns = 10): Promise<Raster> {
  return reconstructionGrid(originals, await reconstruct(trained, originals), { ...base(trained), columns });
}

/** Samples in a square. */
export async function sampleFigure(trained: Trained, count: number, seed: number): Promise<Raster> {
  return imageGrid(await sample(trained, { count, seed }), { ...base(trained), columns: Math.ceil(Math.sqrt(count)) });
}

/** One row for each pair of neighbouring examples: the way from one to the other. */
export async function interpolationFigure(trained: Trained, pairs: { readonly from: Float32Array; readonly to: Float32Array }, steps: number, method: "linear" | "spherical" = "linear"): Promise<Raster> {
  return imageGrid(await interpolate(trained, { ...pairs, steps, method }), { ...base(trained), columns: steps });
}

/** Training and validation loss over the steps. */
async function lossCurve({ path, model, config }: Omit<TrainedRun, "dispose">): Promise<string> {
  const metrics = await readMetrics(path);
  const training = metrics.flatMap(({ step, loss }) => (loss === undefined ? [] : [{ step, value: loss }]));
  const validation = metrics.flatMap(({ step, validation: values }) => (values ? [{ step, value: Object.values(values)[0] }] : []));
  const data = (config.data as { name: string }).name;
  return curvesSvg([{ name: "training", points: training }, { name: "validation", points: validation }], { title: `${model.title} on ${data}`, label: model.lossLabel });
}

/** Writes everything that the model's abilities allow into the run folder; returns the paths. */
export async function finishRun(trained: Omit<TrainedRun, "dispose">, { test }: Splits): Promise<string[]> {
  const { abilities } = trained.built;
  const written: string[] = [];
  const write = async (name: string, bytes: Uint8Array | string) => {
    const path = join(trained.path, name);
    await writeWhole(path, bytes);
    written.push(path);
  };
  const shows = trained.spec.kind === "images";
  if (shows && abilities.reconstruct) await write("figures/reconstructions.png", encodePng(await reconstructionFigure(trained, firstExamples(trained, test, 20))));
  if (shows && abilities.sample) await write("figures/samples.png", encodePng(await sampleFigure(trained, 64, 0)));
  if (shows && abilities.encode && abilities.decode) {
    const pairs = { from: firstExamples(trained, test, 6), to: firstExamples(trained, test, 6, 6) };
    await write("figures/interpolation.png", encodePng(await interpolationFigure(trained, pairs, 10)));
  }
  if (shows && abilities.corrupt && abilities.denoise) await write("figures/denoised.png", encodePng((await denoisingFigure(trained, firstExamples(trained, test, 10))).figure));
  await write("figures/loss.svg", await lossCurve(trained));
  if (abilities.decode) await write("decoder.onnx", await exportAbility(trained, "decode"));
  return written;
}
