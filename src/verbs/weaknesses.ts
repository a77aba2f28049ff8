/**
 * Where a classifier fails: plausible images that it gets wrong, or is unsure of, found in the space of a generator's codings. Like Zhao, Dua & Singh, "Generating Natural Adversarial Examples" (2018), it tries
 * codings around others, so that the classifier needs no gradients.
 */
import { climb, drawCodings, firstApart } from "../analysis/latent-search.js";
import { nearestPoints } from "../analysis/metrics/memorization.js";
import { batchOf } from "../data/batches.js";
import { UsageError } from "../errors.js";
import { codingSize, decode, isConditional, labelsInTurn, requireAbility, type Trained } from "./abilities.js";
import { toUnitRange } from "./draws.js";
import { examinerFor, usualOf, type ExaminerRequest, type Usual } from "./examiner.js";
import { featuresOf } from "./features.js";
import { CERTAIN, confusionsIn, inTurns, isPlausible, isWeakness, severity, type Confusion, type Verdict, type WeaknessName } from "./verdicts.js";

export interface WeaknessesRequest extends ExaminerRequest {
  /** Images of random codings. Default 5,000. */
  readonly samples?: number | undefined;
  /** How many of them the search sets out from. Default 60. */
  readonly starts?: number | undefined;
  /** Steps of the search. Default 20. */
  readonly generations?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
}

export interface Weaknesses {
  readonly lookFor: WeaknessName;
  /** What the classifier is called. */
  readonly classifier: string;
  /** Its classes: those of the data, or numbers where these are not as many. */
  readonly classes: readonly string[];
  /** Among real test images. */
  readonly usual: Usual;
  /** Among images of random codings. */
  readonly random: Tally;
  /** Among those that the search set out from. */
  readonly starts: Tally;
  /** Where it came to; of several that are nearly the same, one. */
  readonly found: Tally;
  /** Images that the search looked at. */
  readonly searched: number;
  /** Those of `found`, the worst of each kind first. */
  readonly findings: readonly Finding[];
  /** Their images in [0, 1], one after the other. */
  readonly images: Float32Array;
  /** The training images that they are most like, likewise. */
  readonly nearest: Float32Array;
}

export interface Tally {
  readonly count: number;
  /** Like the real images. */
  readonly plausible: number;
  /** Plausible, and the classifier fails. */
  readonly weaknesses: number;
  /** Of these: its answer is more probable than 0.9 to it. */
  readonly confident: number;
  /** What it takes for what among the weaknesses. */
  readonly confusions: readonly Confusion[];
}

export interface Finding extends Verdict {
  /** [size]. */
  readonly coding: Float32Array;
  /** Whether it is plausible, and the classifier fails. */
  readonly counts: boolean;
  /** The class that was asked for, of a conditional model. */
  readonly asked?: number;
  /** The training example with the nearest features, and its class where it has one. */
  readonly nearest: { readonly index: number; readonly label?: number };
}

/** Codings tried about each one in a step of the search. */
const CHILDREN = 8;
/** Images in memory at once. */
const PIECE = 2_500;

/** Searches a generator's codings for images at which a classifier fails. A UsageError when the model makes no images of codings of N(0, I), or what is wrong is not known. */
export async function weaknesses(trained: Trained, request: WeaknessesRequest): Promise<Weaknesses> {
  const { data, samples = 5_000, starts = 60, generations = 20, seed = 0, onProgress = () => undefined } = request;
  requireCounts({ samples, starts }, 1);
  requireCounts({ generations }, 0);
  requireGenerator(trained);
  const examiner = await examinerFor(trained.engine, request);
  const { lookFor, classes, features } = examiner;
  const size = codingSize(trained);
  const tally = (verdicts: readonly Verdict[]): Tally => tallyOf(verdicts, lookFor);

  onProgress(`Looking at real test images, then at ${samples.toLocaleString("en")} of random codings.`);
  const usual = await usualOf(examiner, data);
  const drawn = { codings: drawCodings(samples, size, seed), ...(isConditional(trained) && { labels: labelsInTurn(trained, samples) }) };
  const judged = (batch: Batch): Promise<Verdict[]> => inPieces(batch, size, async (piece) => examiner.judge(await imagesOf(trained, piece), piece.labels));
  const verdicts = await judged(drawn);

  const first = firstApart(drawn.codings, size, inTurns(verdicts, classes.length), starts);
  const start = rowsAt(drawn, first, size);
  onProgress(`Searching from ${first.length} of these, ${(first.length * CHILDREN * generations).toLocaleString("en")} images.`);
  const scoresOf = async (codings: Float32Array, from: Int32Array): Promise<number[]> => (await judged({ codings, ...labelsAt(start, from) })).map(severity);
  const end = { ...start, codings: await climb(start.codings, { size, generations, children: CHILDREN, seed, scoresOf }) };
  const ends = await judged(end);

  const last = firstApart(end.codings, size, inTurns(ends, classes.length), starts);
  const found = rowsAt(end, last, size);
  const images = await imagesOf(trained, found);
  const { indices } = await nearestPoints(trained.engine, await features.of(images), await featuresOf(features, data.train));
  return {
    lookFor,
    classifier: examiner.classifier.name,
    classes,
    usual,
    random: tally(verdicts),
    starts: tally(first.map((i) => verdicts[i])),
    found: tally(last.map((i) => ends[i])),
    searched: first.length * (CHILDREN * generations + 1),
    findings: last.map((i, row) => ({
      ...ends[i],
      coding: found.codings.slice(row * size, (row + 1) * size),
      counts: isPlausible(ends[i]) && isWeakness(ends[i], lookFor),
      ...(found.labels && { asked: found.labels[row] }),
      nearest: { index: indices[row], ...(data.train.labels && { label: data.train.labels[indices[row]] }) },
    })),
    images,
    nearest: batchOf(data.train, indices, [0, 1]),
  };
}

function requireCounts(counts: Readonly<Record<string, number>>, least: number): void {
  for (const [name, value] of Object.entries(counts)) if (!(Number.isInteger(value) && value >= least)) throw new UsageError(`${name} is ${value}`, `Use a whole number from ${least}.`);
}

function requireGenerator(trained: Trained): void {
  const { model, spec, built } = trained;
  if (spec.kind !== "images") throw new UsageError(`The model was trained on ${spec.kind}, not on images`, "Train it on images.");
  requireAbility(trained, "decode");
  if (built.codings !== "normal") throw new UsageError(`The codings of "${model.name}" are not drawn from N(0, I), so which are likely is not known`, "Use a GAN, a StyleGAN, a variational or an adversarial autoencoder (morphogen models).");
}

/** Codings [n, size], and of a conditional model the classes asked for, [n]. */
interface Batch {
  readonly codings: Float32Array;
  readonly labels?: Int32Array;
}

const labelsAt = ({ labels }: Batch, rows: ArrayLike<number>): Pick<Batch, "labels"> => (labels ? { labels: Int32Array.from(rows, (i) => labels[i]) } : {});

function rowsAt(batch: Batch, rows: readonly number[], size: number): Batch {
  const codings = new Float32Array(rows.length * size);
  rows.forEach((from, to) => codings.set(batch.codings.subarray(from * size, (from + 1) * size), to * size));
  return { codings, ...labelsAt(batch, rows) };
}

/** In [0, 1]. */
const imagesOf = async (trained: Trained, { codings, ...conditions }: Batch): Promise<Float32Array> => toUnitRange(trained, await decode(trained, codings, conditions));

async function inPieces<Result>({ codings, labels }: Batch, size: number, work: (piece: Batch) => Promise<readonly Result[]>): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first * size < codings.length; first += PIECE)
    results.push(...(await work({ codings: codings.subarray(first * size, (first + PIECE) * size), ...(labels && { labels: labels.subarray(first, first + PIECE) }) })));
  return results;
}

function tallyOf(verdicts: readonly Verdict[], lookFor: WeaknessName): Tally {
  const plausible = verdicts.filter(isPlausible);
  const failures = plausible.filter((verdict) => isWeakness(verdict, lookFor));
  return { count: verdicts.length, plausible: plausible.length, weaknesses: failures.length, confident: failures.filter(({ confidence }) => confidence > CERTAIN).length, confusions: confusionsIn(failures, lookFor) };
}
