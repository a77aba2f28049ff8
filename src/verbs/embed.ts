/** Looking at a model's codings in the plane, and measuring how far the picture can be trusted. */
import { embeddingTitles, embedPoints, type EmbeddingMethod, type EmbeddingOptions } from "../analysis/embedding.js";
import { nearestNeighbours, neighbourAccuracy } from "../analysis/neighbours.js";
import type { Points } from "../analysis/points.js";
import { trustworthiness } from "../analysis/trustworthiness.js";
import { batchOf, takeExamples } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { imageGrid } from "../figures/grid.js";
import { scatterSvg } from "../figures/scatter.js";
import { encode, type Trained } from "./abilities.js";

export interface EmbedRequest extends EmbeddingOptions {
  /** Default "tsne". */
  readonly method?: EmbeddingMethod | undefined;
  /** How many of the examples, from the first. Default 5000, or all when there are fewer. */
  readonly count?: number | undefined;
}

export interface Embedding {
  readonly method: EmbeddingMethod;
  readonly examples: Examples;
  /** Numbers in one coding. */
  readonly size: number;
  /** Positions [n, 2]. */
  readonly positions: Float64Array;
  readonly quality: EmbeddingQuality;
}

export interface EmbeddingQuality {
  /** How far the 12 nearest neighbours in the picture are near among the codings, from 0 to 1 (Venna & Kaski 2001). */
  readonly trustworthiness: number;
  /** Share of the examples whose class is the most frequent one among their 10 nearest neighbours, in the picture and among the codings; where there are labels. */
  readonly accuracy?: { readonly embedding: number; readonly codings: number };
}

const TRUSTED_NEIGHBOURS = 12;
const VOTING_NEIGHBOURS = 10;

/** The examples' codings in two dimensions. A UsageError for fewer than 25 examples, or too few for the method. */
export async function embed(trained: Trained, all: Examples, { method = "tsne", count = 5000, ...options }: EmbedRequest = {}): Promise<Embedding> {
  const examples = takeExamples(all, count);
  if (examples.count <= 2 * TRUSTED_NEIGHBOURS) throw new UsageError(`${examples.count} examples are too few for a picture of their neighbours`, `Use ${2 * TRUSTED_NEIGHBOURS + 1} or more.`);
  const { labels } = examples;
  const values = await encode(trained, inModelRange(trained, examples), { ...(labels && { labels }) });
  const codings = { values, size: values.length / examples.count };
  const positions = embedPoints(codings, method, options);
  options.onProgress?.("measuring how far neighbours stayed neighbours");
  return { method, examples, size: codings.size, positions, quality: qualityOf(codings, { values: positions, size: 2 }, labels) };
}

const inModelRange = ({ model }: Trained, examples: Examples): Float32Array => batchOf(examples, Array.from({ length: examples.count }, (_, i) => i), model.accepts.range);

function qualityOf(codings: Points, embedded: Points, labels: Examples["labels"]): EmbeddingQuality {
  const accuracyIn = (points: Points, classes: ArrayLike<number>) => neighbourAccuracy(nearestNeighbours(points, VOTING_NEIGHBOURS), classes);
  return {
    trustworthiness: trustworthiness(codings, embedded, TRUSTED_NEIGHBOURS),
    ...(labels && { accuracy: { embedding: accuracyIn(embedded, labels), codings: accuracyIn(codings, labels) } }),
  };
}

/** The quality in words, on one line. */
export function describeQuality({ quality: { trustworthiness: trust, accuracy } }: Embedding): string {
  const classes = accuracy ? `; k-NN accuracy ${percent(accuracy.embedding)}, among the codings ${percent(accuracy.codings)} (k = ${VOTING_NEIGHBOURS})` : "";
  return `trustworthiness ${trust.toFixed(3)} (k = ${TRUSTED_NEIGHBOURS})${classes}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** A scatter plot as SVG, coloured by class; for images with some of them where there is room. */
export function embeddingSvg({ model }: Trained, embedding: Embedding): string {
  const { method, examples, positions, size } = embedding;
  const { spec, labels } = examples;
  return scatterSvg(positions, {
    title: `${embeddingTitles[method]} of ${examples.count.toLocaleString("en")} codings of ${size} values: ${model.title.toLowerCase()}`,
    subtitle: describeQuality(embedding),
    labels,
    classes: spec.classes,
    thumbnail: spec.kind === "images" ? (i) => imageGrid(batchOf(examples, [i], [0, 1]), { shape: spec.shape, columns: 1, scale: 1, gap: 0 }) : undefined,
  });
}

/** The points as CSV: label (where there is one), x, y. */
export function embeddingCsv({ positions, examples: { labels, count } }: Embedding): string {
  const lines = Array.from({ length: count }, (_, i) => [...(labels ? [labels[i]] : []), ...Array.from(positions.subarray(2 * i, 2 * i + 2), (x) => x.toPrecision(7))].join(","));
  return `${labels ? "label," : ""}x,y\n${lines.join("\n")}\n`;
}
