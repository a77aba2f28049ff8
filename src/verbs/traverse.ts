/** What each coding says: images decoded while one coding changes and the others stay. */
import { roundToBits } from "../analysis/neighbours.js";
import { alongCoding, codingRanges, evenly, meanVariance, within } from "../analysis/traversal.js";
import { byDescending } from "../analysis/anomaly.js";
import type { Examples } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf } from "../figures/labelled-grid.js";
import { decode, type Trained } from "./abilities.js";
import { encodeExamples, requireExample } from "./codings.js";

export interface TraverseRequest {
  /** Images for each coding; default 7. Codings that are bits have two, 0 and 1. */
  readonly steps?: number;
  /** How far a coding goes to both sides, in its standard deviations over the examples; default 3. */
  readonly range?: number;
  /** Number of the example to start from. Left out: the mean of all codings. */
  readonly index?: number | undefined;
  /** Class that a conditional model is told; default: the example's. */
  readonly label?: number | undefined;
  /** How many codings, those that change the image most; default 10. */
  readonly count?: number;
}

export interface Traversal {
  /** Where all rows start from; undefined for the mean of all codings. */
  readonly index: number | undefined;
  /** Examples whose codings gave the mean, the deviations and the limits. */
  readonly examples: number;
  /** Number of codings of the model. */
  readonly size: number;
  /** Standard deviations from the start, one for each step; undefined for bits. */
  readonly offsets: readonly number[] | undefined;
  /** One for each coding, that which changes the image most first. */
  readonly rows: readonly TraversedCoding[];
}

export interface TraversedCoding {
  /** Number of the coding, from 0. */
  readonly coding: number;
  /** Its standard deviation over the examples. */
  readonly deviation: number;
  /** Variance over the steps, averaged over the image, for values in [0, 1]. */
  readonly change: number;
  /** What the coding is at each step: [steps]. */
  readonly values: readonly number[];
  /** In the model's range: [steps, ...shape]. */
  readonly images: Float32Array;
}

/** Images decoded at once, at most, while all codings are tried. */
const AT_ONCE = 1000;

/**
 * Traverses the codings one after the other (Higgins et al. 2017): `steps` values from -range to range standard deviations around the start, but none outside
 * the range that the coding has over the examples. Sorted by how much the image changes. A UsageError when the model cannot encode and
 * decode, there is no such example, or a conditional model is told no class.
 */
export async function traverse(trained: Trained, examples: Examples, { steps = 7, range = 3, index, label, count = 10 }: TraverseRequest = {}): Promise<Traversal> {
  if (index !== undefined) requireExample(examples, index);
  const codings = await encodeExamples(trained, examples);
  const size = codings.length / examples.count;
  const ranges = codingRanges({ values: codings, size });
  const start = index === undefined ? Float32Array.from(ranges.mean) : codings.slice(index * size, (index + 1) * size);
  const bits = trained.built.codings === "bits";
  const base = bits ? Float32Array.from(roundToBits(start)) : start;
  const offsets = bits ? undefined : evenly(-range, range, steps);
  const values = Array.from(base, (_, coding) => (offsets ? offsets.map((offset) => within(ranges, coding, base[coding] + offset * ranges.deviation[coding])) : [0, 1]));
  const told = label ?? (index === undefined ? undefined : examples.labels?.[index]);
  const decoded = (numbers: readonly number[]) => decodeAlong(trained, base, numbers, values, told);

  const changes = new Float64Array(size);
  const [low, high] = trained.model.accepts.range;
  const each = values[0].length;
  const chunk = Math.max(1, Math.floor(AT_ONCE / each));
  for (let first = 0; first < size; first += chunk) {
    const numbers = Array.from({ length: Math.min(chunk, size - first) }, (_, i) => first + i);
    (await decoded(numbers)).forEach((images, i) => (changes[first + i] = meanVariance(images, each) / (high - low) ** 2));
  }
  const shown = Array.from(byDescending(changes).subarray(0, count));
  const images = await decoded(shown);
  const rows = shown.map((coding, i) => ({ coding, deviation: ranges.deviation[coding], change: changes[coding], values: values[coding], images: images[i] }));
  return { index, examples: examples.count, size, offsets, rows };
}

/** The images of each of these codings' values: [steps, ...shape] for each. */
async function decodeAlong(trained: Trained, base: Float32Array, numbers: readonly number[], values: readonly (readonly number[])[], label: number | undefined): Promise<Float32Array[]> {
  const steps = values[0].length;
  const paths = new Float32Array(numbers.length * steps * base.length);
  numbers.forEach((coding, i) => paths.set(alongCoding(base, coding, values[coding]), i * steps * base.length));
  const images = await decode(trained, paths, label === undefined ? {} : { labels: new Int32Array(numbers.length * steps).fill(label) });
  const width = images.length / numbers.length;
  return numbers.map((_, i) => images.slice(i * width, (i + 1) * width));
}

/** One row for each coding, with its number and its deviation; below each image what the coding is. The start is framed. A UsageError for data that is no images. */
export function traversalSvg({ model: { title, accepts }, spec }: Trained, { index, examples, size, offsets, rows }: Traversal): string {
  if (spec.kind !== "images") throw new UsageError(`A figure shows images; the model was trained on ${spec.kind}`, "traverse gives the values of any data.");
  const options = { shape: spec.shape, range: accepts.range };
  const start = index === undefined ? `the mean coding of ${examples.toLocaleString("en")} examples` : `example ${index}`;
  const order = `${rows.length === size ? `all ${size}` : `${rows.length} of ${size}`} codings, most change first`;
  return labelledGridSvg(
    rows.map(({ coding, deviation, values, images }) => ({
      label: `coding ${coding}${offsets ? `, sd ${deviation.toPrecision(3)}` : ""}`,
      images: rastersOf(images, options).map((raster, i) => ({ raster, ...(offsets ? { caption: values[i].toFixed(2), framed: 2 * i === values.length - 1 } : {}) })),
    })),
    { title: `One coding at a time: ${title.toLowerCase()}`, subtitle: `Around ${start}; ${order}`, headings: offsets ? offsets.map((offset) => `${Number(offset.toFixed(2))} sd`) : ["0", "1"] },
  );
}
