/** Samples of every row beside real images, each with its distance to them. */
import { batchOf } from "../src/data/batches.js";
import type { Examples } from "../src/data/dataset.js";
import { labelledGridSvg, rastersOf, type LabelledRow } from "../src/figures/labelled-grid.js";
import { requireImages, sample } from "../src/verbs/abilities.js";
import { openTrained } from "../src/verbs/open.js";

const SHOWN = 12;

export interface PicturedRun {
  readonly title: string;
  /** Run folder. */
  readonly path: string;
  /** Fréchet distance of its samples, that of real images beside it. */
  readonly frechet: number;
  readonly floor: number;
}

/** The first samples of each run, not chosen, and the first real images, as SVG. */
export async function samplesSvg(runs: readonly PicturedRun[], { tests, epochs }: { readonly tests: Examples; readonly epochs: number }): Promise<string> {
  const rows: LabelledRow[] = [];
  for (const { title, path, frechet } of runs) {
    const trained = await openTrained(path);
    const { shape } = requireImages(trained);
    const images = rastersOf(await sample(trained, { count: SHOWN }), { shape, range: trained.model.accepts.range });
    rows.push({ label: `${title}: FID ${frechet.toFixed(1)}`, images: images.map((raster) => ({ raster })) });
    await trained.dispose();
  }
  const real = batchOf(tests, Array.from({ length: SHOWN }, (_, i) => i), [0, 1]);
  rows.push({ label: `real images: FID ${runs[0].floor.toFixed(1)}`, images: rastersOf(real, { shape: [1, 28, 28] }).map((raster) => ({ raster, framed: true })) });
  return labelledGridSvg(rows, { title: "Clothes that do not exist", subtitle: `The first ${SHOWN} samples of each model after ${epochs} epochs of Fashion-MNIST; below, real ones` });
}
