/** Examples that a model rebuilds worse than nearly all it is meant for. */
import { byDescending, quantile } from "../analysis/anomaly.js";
import type { Examples } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { requireAbility, type Trained } from "./abilities.js";
import { labelledReconstructions } from "./labelled-reconstructions.js";
import { reconstructionErrors } from "./reconstruction-errors.js";

export interface Anomalies {
  /** Reconstruction error of each example, for values in [0, 1]: the higher, the more unusual. */
  readonly scores: Float32Array;
  /** Scores above it count as anomalies. */
  readonly threshold: number;
  /** Numbers of the examples above it, the most unusual first. */
  readonly above: Uint32Array;
}

/** A UsageError for a model whose reconstructions do not tell what is unusual: it makes none, or brings back whatever it is given. */
export function requireTellingErrors(trained: Pick<Trained, "model" | "built">): void {
  if (trained.built.diffusion)
    throw new UsageError(`The model "${trained.model.name}" rebuilds examples by way of noise: the error says how finely that way was gone, not how unusual an example is`, "Use a run of an autoencoder, such as: morphogen train stacked");
  requireAbility(trained, "reconstruct");
}

/**
 * Scores examples by their reconstruction error (Japkowicz et al. 1995, "A novelty detection approach to classification"). The threshold is the
 * error that a share `share` (default 0.99) of `normal` does not exceed: examples that the model was not trained on, such as the validation split. Errors as of
 * `requireTellingErrors`.
 */
export async function anomalies(trained: Trained, examples: Examples, normal: Examples, share = 0.99): Promise<Anomalies> {
  requireTellingErrors(trained);
  const threshold = quantile(await reconstructionErrors(trained, normal), share);
  const scores = await reconstructionErrors(trained, examples);
  return { scores, threshold, above: byDescending(scores).filter((i) => scores[i] > threshold) };
}

/** One line for each example: its number, its label where there is one, its score, and 1 where that is above the threshold. */
export function anomaliesCsv({ labels }: Examples, { scores, threshold }: Anomalies): string {
  const lines = Array.from(scores, (score, i) => [i, ...(labels ? [labels[i]] : []), score.toPrecision(7), score > threshold ? 1 : 0].join(","));
  return `example,${labels ? "label," : ""}score,anomalous\n${lines.join("\n")}\n`;
}

/** The `count` highest scores as SVG, ten to a row: each example over its reconstruction, with its class, number and score. A UsageError for data that is no images. */
export function anomaliesSvg(trained: Trained, examples: Examples, { scores, threshold, above }: Anomalies, count = 20): Promise<string> {
  const subtitle = `${above.length} of ${scores.length.toLocaleString("en")} have a mean squared error above ${threshold.toFixed(4)}; below each are its number and its error`;
  return labelledReconstructions(trained, examples, byDescending(scores).subarray(0, count), scores, { title: `Rebuilt worst: ${trained.model.title.toLowerCase()}`, subtitle });
}
