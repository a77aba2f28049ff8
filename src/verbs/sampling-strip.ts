/** Samples of a diffusion model on their way from noise to image. */
import type { ImageSpec } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { imageGrid, type Raster } from "../figures/grid.js";
import { labelsInTurn, requireImages, sample, type Sampling, type Trained } from "./abilities.js";
import { asExamples, samplingOf } from "./diffusion.js";

/** More would not be one batch. */
const MOST = 10;

/** A UsageError for data that is no images, and models that are no diffusion models: these have no way to show. */
export function requireStrip(trained: Trained): ImageSpec {
  if (!trained.built.diffusion) throw new UsageError(`"${trained.model.name}" is no diffusion model: its samples come at once, and not on a way from noise`, "Leave --strip out.");
  return requireImages(trained);
}

/**
 * The first samples (at most ten), a row each, at `points` moments from left to right: noisy as they are then, x / sqrt(1 + sigma²), so that all of them can be seen, and decoded where the model learns codings; the last is the sample itself.
 * Errors as of `requireStrip`.
 */
export async function samplingStrip(trained: Trained, { count, seed, labels: given, diffusion }: Omit<Sampling, "truncation">, points = 10): Promise<Raster> {
  const { shape } = requireStrip(trained);
  const rows = Math.min(count, MOST);
  const labels = given ? Int32Array.from({ length: rows }, (_, i) => given[i]) : labelsInTurn(trained, rows);
  const settings = { ...trained.sampling, ...diffusion };
  const { levels } = samplingOf(trained, { ...settings, labels });
  const columns = Math.min(points, levels.length);
  const moments = new Set(Array.from({ length: columns }, (_, i) => Math.round(1 + (i * (levels.length - 1)) / Math.max(1, columns - 1))));
  const seen: Float32Array[] = [];
  const samples = await sample(trained, {
    count: rows,
    labels,
    ...(seed !== undefined && { seed }),
    diffusion: {
      ...settings,
      async onStep(done, steps, read) {
        await settings.onStep?.(done, steps, read);
        if (done < steps && moments.has(done)) seen.push(await asExamples(trained, (await read()).map((value) => value / Math.hypot(1, levels[done].sigma)), rows));
      },
    },
  });
  const size = samples.length / rows;
  const strip = new Float32Array(columns * samples.length);
  for (let row = 0; row < rows; row++) for (const [column, values] of [...seen, samples].entries()) strip.set(values.subarray(row * size, (row + 1) * size), (row * columns + column) * size);
  return imageGrid(strip, { shape, range: trained.model.accepts.range, columns });
}
