/** Codings that are added and subtracted: what makes an example of one class one of another. */
import { classMeans, directionBetween, moved, nearestClasses, type ClassMeans } from "../analysis/directions.js";
import { roundToBits } from "../analysis/neighbours.js";
import { batchOf } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { labelsOf } from "../data/subset.js";
import { DataError, UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf } from "../figures/labelled-grid.js";
import { decode, encode, type Conditions, type Trained } from "./abilities.js";
import { encodeExamples } from "./codings.js";

/** The way from one class to another among a model's codings. */
export interface ClassDirection {
  /** Number of the class that is added. */
  readonly add: number;
  /** And of that which is subtracted. */
  readonly subtract: number;
  /** Mean coding of the one minus that of the other: [size]. */
  readonly direction: Float32Array;
  /** Mean coding of every class. */
  readonly codings: ClassMeans;
  /** Mean example of every class, for values in [0, 1]. */
  readonly examples: ClassMeans;
}

/**
 * The mean coding of class `add` minus that of `subtract` over these examples (Radford et al. 2016, section 6.3.2). A DataError when they have no labels or none of a
 * class, a UsageError when both classes are one or the model has no codings.
 */
export async function classDirection(trained: Trained, known: Examples, { add, subtract }: Pick<ClassDirection, "add" | "subtract">): Promise<ClassDirection> {
  if (add === subtract) throw new UsageError(`Class ${add} minus itself is no direction`, "Add one class, and subtract another.");
  const labels = labelsOf(known);
  const classes = trained.spec.classes?.length ?? 1 + Array.from(labels).reduce((most, label) => Math.max(most, label), 0);
  const codings = classMeans(await encodeExamples(trained, known), labels, classes);
  const { means, size } = classMeans(known.values, labels, classes);
  const white = known.values instanceof Uint8Array ? 255 : 1;
  return { add, subtract, direction: directionBetween(codings, add, subtract), codings, examples: { means: means.map((mean) => mean / white), size } };
}

/**
 * The examples of these numbers, moved along a direction [size] in their codings by each of the strengths and decoded: [indices, strengths, ...shape] in the
 * model's range. Codings that are bits are rounded to them. A conditional model is told the examples' own labels.
 */
export async function moveAlong(trained: Trained, examples: Examples, indices: ArrayLike<number>, direction: Float32Array, strengths: readonly number[]): Promise<Float32Array> {
  const size = direction.length;
  const codings = await encode(trained, batchOf(examples, indices, trained.model.accepts.range), conditionsOf(examples, indices));
  const walks = new Float32Array(indices.length * strengths.length * size);
  for (let i = 0; i < indices.length; i++) walks.set(moved(codings.subarray(i * size, (i + 1) * size), direction, strengths), i * strengths.length * size);
  const each = Array.from({ length: indices.length * strengths.length }, (_, i) => indices[Math.floor(i / strengths.length)]);
  return decode(trained, trained.built.codings === "bits" ? roundToBits(walks) : walks, conditionsOf(examples, each));
}

const conditionsOf = ({ labels }: Examples, indices: ArrayLike<number>): Conditions => (labels ? { labels: Int32Array.from(indices, (i) => labels[i]) } : {});

/** Shares of examples that are nearer to the mean of the class that was added than to that of any other class. */
export interface Nearest {
  /** Among the model's codings, once encoded. */
  readonly codings: number;
  /** Among the examples as they are, pixel by pixel: a judge that knows nothing of the model. */
  readonly pixels: number;
}

export interface Arrivals {
  /** How many examples were moved. */
  readonly count: number;
  /** One for each strength. */
  readonly moved: readonly (Nearest & { readonly strength: number })[];
  /** The same of real examples of the class that is added: as many as the judges know for what they are. */
  readonly real: Nearest;
}

/** Examples of each class that are judged, at most. */
const JUDGED = 1000;

/**
 * Where examples of the class that is subtracted arrive when they are moved: decoded, then judged as what they look like, encoded again and pixel by pixel. Of the
 * examples, the first 1,000 of either class are used. A DataError when there are no labels, or no example of a class.
 */
export async function arrivals(trained: Trained, examples: Examples, way: ClassDirection, strengths: readonly number[]): Promise<Arrivals> {
  const [low, high] = trained.model.accepts.range;
  async function judge(images: Float32Array, indices: readonly number[]): Promise<Nearest> {
    const share = (rows: Float32Array, means: ClassMeans): number => nearestClasses(rows, means).filter((nearest) => nearest === way.add).length / indices.length;
    const codings = await encode(trained, images, conditionsOf(examples, indices));
    return { codings: share(codings, way.codings), pixels: share(images.map((value) => (value - low) / (high - low)), way.examples) };
  }
  const [from, to] = [examplesOfClass(examples, way.subtract, JUDGED), examplesOfClass(examples, way.add, JUDGED)];
  const steps: Arrivals["moved"][number][] = [];
  for (const strength of strengths) steps.push({ strength, ...(await judge(await moveAlong(trained, examples, from, way.direction, [strength]), from)) });
  return { count: from.length, moved: steps, real: await judge(batchOf(examples, to, [low, high]), to) };
}

/** Numbers of the first `count` examples of a class. A DataError when there are no labels, or no example of the class. */
export function examplesOfClass(examples: Examples, wanted: number, count: number): number[] {
  const labels = labelsOf(examples);
  const indices = Array.from({ length: examples.count }, (_, i) => i).filter((i) => labels[i] === wanted).slice(0, count);
  if (indices.length === 0) throw new DataError(`There is no example of class ${wanted}`, "Use more examples, or another class.");
  return indices;
}

/**
 * One row for each of the examples: as it is, then moved by each of the strengths. A UsageError for data that is no images.
 */
export async function arithmeticSvg(trained: Trained, examples: Examples, way: ClassDirection, indices: readonly number[], strengths: readonly number[], subtitle?: string): Promise<string> {
  const { model: { title, accepts: { range } }, spec } = trained;
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the model was trained on ${spec.kind}`, "moveAlong gives the values of any data.");
  const nameOf = (number: number): string => spec.classes?.[number] ?? `class ${number}`;
  const options = { shape: spec.shape, range };
  const originals = rastersOf(batchOf(examples, indices, range), options);
  const walks = rastersOf(await moveAlong(trained, examples, indices, way.direction, strengths), options);
  const rows = indices.map((index, i) => ({
    label: `${index}, ${nameOf(labelsOf(examples)[index])}`,
    images: [originals[i], ...walks.slice(i * strengths.length, (i + 1) * strengths.length)].map((raster, at) => ({ raster, framed: at === 0 })),
  }));
  const headings = ["example", ...strengths.map((strength) => String(Number(strength.toFixed(2))))];
  return labelledGridSvg(rows, { title: `+ ${nameOf(way.add)} - ${nameOf(way.subtract)}: ${title.toLowerCase()}`, headings, ...(subtitle !== undefined && { subtitle }) });
}
