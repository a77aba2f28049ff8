/** Samples of a diffusion model on their way from noise to image. */
import { imageGrid, type Raster } from "../figures/grid.js";
import { requireImages, sample, type Sampling, type Trained } from "./abilities.js";
import { asExamples, samplingOf } from "./diffusion.js";

/** More would not be one batch. */
const MOST = 10;

/**
 * The first samples (at most ten), a row each, at `points` moments from left to right: noisy as they are then, x / sqrt(1 + sigma²), so that all of them can be seen, and decoded where the model learns codings; the last is the sample itself.
 * A UsageError for data that is no images, and models that are no diffusion models.
 */
export async function samplingStrip(trained: Trained, { count, diffusion, ...request }: Omit<Sampling, "truncation">, points = 10): Promise<Raster> {
  const { shape } = requireImages(trained);
  const settings = { ...trained.sampling, ...diffusion };
  const { levels } = samplingOf(trained, { ...settings, guidance: 1 });
  const columns = Math.min(points, levels.length);
  const moments = new Set(Array.from({ length: columns }, (_, i) => Math.round(1 + (i * (levels.length - 1)) / Math.max(1, columns - 1))));
  const [rows, seen] = [Math.min(count, MOST), Array.of<Float32Array>()];
  const samples = await sample(trained, {
    ...request,
    count: rows,
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
