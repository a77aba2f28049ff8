/** Translating between two kinds of images: how far translations, all together, are from the kind that they should pass for. Nothing has to be paired. */
import { frechetDistance, normalOf } from "../analysis/metrics/frechet.js";
import { batchOf, takeExamples } from "../data/batches.js";
import type { Examples, ImageSpec, PairSpec, Splits } from "../data/dataset.js";
import { DataError, UsageError } from "../errors.js";
import { sizeOf } from "../tensor/index.js";
import type { Trained } from "./abilities.js";
import { featuresFor, featuresOf } from "./features.js";
import { halvesOf, sourceShape, translate, type TranslateOptions } from "./translate.js";

export interface KindDistances {
  /** Share of the test images that the classifier whose features are compared takes for what they are, source or target. */
  readonly accuracy: number;
  /** Test examples that each distance is of. */
  readonly count: number;
  /** Fréchet distances to training images of the kind that is wanted: of translations, of what was translated, and of test images of that kind, the floor. */
  readonly translated: number;
  readonly untouched: number;
  readonly floor: number;
}

export interface KindRequest extends TranslateOptions {
  /** Test examples that are translated and compared, the first ones. Distances of fewer are larger, those of the floor too: compare those of as many. Default 10,000, or all where there are fewer. */
  readonly examples?: number | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Pairs that are looked at of each part, at most. */
const MOST = 10_000;
/** Test examples that there have to be: fewer say nothing about a distribution. */
export const LEAST_COMPARED = 20;

/**
 * Fréchet distances (Heusel et al. 2017, equation 6) between features of a classifier that tells sources from targets, trained for the purpose and kept in the cache folder. A
 * UsageError where neither kind is grey and they have other channels, a DataError where there are fewer than twenty test examples.
 */
export async function kindDistances(trained: Trained, data: Splits, { back = false, diffusion, seed, batchSize, examples = MOST, ...request }: KindRequest = {}): Promise<KindDistances> {
  sourceShape(trained, { back });
  const [train, validation, test] = [data.train, data.validation, data.test].map((part) => takeExamples(part, MOST));
  const compared = takeExamples(test, examples);
  if (compared.count < LEAST_COMPARED) throw new DataError(`Distances of ${compared.count} test examples say nothing`, `There have to be ${LEAST_COMPARED} or more.`);
  // The classifier is the same however many are compared.
  const features = await featuresFor(trained.engine, { train: bothKinds(train), validation: bothKinds(validation), test: bothKinds(test) }, request);
  const distributionOf = async (images: Examples) => normalOf(await featuresOf(features, images));

  const [from, to] = back ? (["target", "source"] as const) : (["source", "target"] as const);
  const { range: [low, high] } = trained.model.accepts;
  const [known, real, untouched] = [kindOf(train, to), kindOf(compared, to), kindOf(compared, from)];
  const made = await translate(trained, halvesOf(floatsOf(compared, [low, high]), pairSpecOf(compared))[from], { back, diffusion, seed, batchSize });
  const translated = inColour(imagesOf(made.map((value) => (value - low) / (high - low)), pairSpecOf(compared), to, compared.count), real.spec.shape[0]);
  const wanted = await distributionOf(known);
  const distance = async (images: Examples): Promise<number> => frechetDistance(wanted, await distributionOf(images));
  return { accuracy: features.classifier?.accuracy ?? 0, count: compared.count, translated: await distance(translated), untouched: await distance(untouched), floor: await distance(real) };
}

type Kind = "source" | "target";
interface Images extends Examples {
  readonly values: Float32Array;
  readonly spec: ImageSpec;
}

function pairSpecOf({ spec }: Examples): PairSpec {
  if (spec.kind !== "pairs") throw new UsageError(`The data are ${spec.kind}, not pairs of images`, "Use the data that the run was trained on.");
  return spec;
}

const floatsOf = (examples: Examples, range: readonly [0 | -1, 1]): Float32Array => batchOf(examples, Uint32Array.from({ length: examples.count }, (_, i) => i), range);

function imagesOf(values: Float32Array, { shape: [channels, height, width], source }: PairSpec, kind: Kind, count: number): Images {
  return { spec: { kind: "images", shape: [kind === "source" ? source : channels - source, height, width] }, count, values };
}

/** One half of each pair, in [0, 1], with as many channels as the other has: grey images get three that are the same. */
function kindOf(pairs: Examples, kind: Kind): Images {
  const spec = pairSpecOf(pairs);
  return inColour(imagesOf(halvesOf(floatsOf(pairs, [0, 1]), spec)[kind], spec, kind, pairs.count), Math.max(spec.source, spec.shape[0] - spec.source));
}

function inColour(images: Images, channels: number): Images {
  const { spec: { shape: [own, height, width] }, count, values } = images;
  if (own === channels) return images;
  if (own !== 1) throw new UsageError(`Images of ${own} channels cannot be compared with those of ${channels}`, "One of both kinds has to be grey, or both have as many.");
  const area = height * width;
  const repeated = new Float32Array(count * channels * area);
  for (let i = 0; i < count * channels; i++) repeated.set(values.subarray(Math.floor(i / channels) * area, (Math.floor(i / channels) + 1) * area), i * area);
  return { spec: { kind: "images", shape: [channels, height, width] }, count, values: repeated };
}

/** All sources and all targets, labelled as such. */
function bothKinds(pairs: Examples): Images {
  const [sources, targets] = [kindOf(pairs, "source"), kindOf(pairs, "target")];
  const width = sizeOf(sources.spec.shape);
  const values = new Float32Array(2 * pairs.count * width);
  values.set(sources.values);
  values.set(targets.values, pairs.count * width);
  return { spec: { ...sources.spec, classes: ["source", "target"] }, count: 2 * pairs.count, values, labels: Uint8Array.from({ length: 2 * pairs.count }, (_, i) => (i < pairs.count ? 0 : 1)) };
}
