/** Samples of every row beside real images, each with its distance to them. */
import { batchOf } from "../src/data/batches.js";
import type { Examples } from "../src/data/dataset.js";
import { labelledGridSvg, rastersOf, type LabelledRow } from "../src/figures/labelled-grid.js";
import { requireImages, sample } from "../src/verbs/abilities.js";
import type { Evaluation } from "../src/verbs/evaluate.js";
import { openTrained } from "../src/verbs/open.js";

const SHOWN = 12;

export interface PicturedRun {
  readonly title: string;
  /** Run folder. */
  readonly path: string;
  readonly epochs: number;
  /** Of its samples, and beside them of real images. */
  readonly scores: Evaluation["scores"];
}

/** The first samples of each run, not chosen, and the first real images, as SVG. */
export async function samplesSvg(runs: readonly PicturedRun[], tests: Examples): Promise<string> {
  const rows: LabelledRow[] = [];
  for (const { title, path, epochs, scores } of runs) {
    const trained = await openTrained(path);
    const { shape } = requireImages(trained);
    const images = rastersOf(await sample(trained, { count: SHOWN }), { shape, range: trained.model.accepts.range });
    rows.push({ label: `${title}, ${epochs} epochs\n${numbersOf(scores, "mean")}`, images: images.map((raster) => ({ raster })) });
    await trained.dispose();
  }
  const real = batchOf(tests, Array.from({ length: SHOWN }, (_, i) => i), [0, 1]);
  rows.push({ label: `real images\n${numbersOf(runs[0].scores, "floor")}`, images: rastersOf(real, { shape: [1, 28, 28] }).map((raster) => ({ raster, framed: true })) });
  return labelledGridSvg(rows, { title: "Clothes that do not exist", subtitle: `The first ${SHOWN} samples of each model, trained on Fashion-MNIST; below, real ones` });
}

function numbersOf({ frechet, precision, recall }: PicturedRun["scores"], of: "mean" | "floor"): string {
  if (!frechet || !precision || !recall) return "";
  return `FID ${frechet[of].toFixed(1)}, precision ${(100 * precision[of]).toFixed(0)}%, recall ${(100 * recall[of]).toFixed(0)}%`;
}
