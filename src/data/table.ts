/** Rows of numbers as examples: each column scaled to [0, 1], and back. */
import { DataError } from "../errors.js";
import type { Column, Examples, PixelRange } from "./dataset.js";
import type { ReadHooks } from "./file-options.js";

export interface Table {
  /** What the columns are called. */
  readonly names: readonly string[];
  /** [rows, columns]; NaN in rows that could not be read. */
  readonly values: Float32Array | Float64Array;
  /** One class number for each example. */
  readonly labels?: ArrayLike<number> | undefined;
  readonly classes?: readonly string[] | undefined;
}

/**
 * Vectors, or with a `window` series of so many rows each, one after the other without overlap; rows left over at the end are told of
 * and not used, nor are examples with a row that could not be read. Each column is scaled so that its least and its greatest value among the
 * examples that train become 0 and 1, those of others may lie outside; a column that never changes there becomes 0. A DataError when there are
 * too few rows or not as many labels.
 */
export function tableExamples({ names, values, labels, classes }: Table, window?: number, { onProgress, trains }: ReadHooks = {}): Examples {
  const features = names.length;
  const length = features * (window ?? 1);
  const whole = Math.floor(values.length / length);
  if (whole === 0) throw new DataError(`${values.length / features} rows are too few${window === undefined ? "" : ` for one series of ${window}`}`, window === undefined ? undefined : "Choose a smaller --window.");
  const rest = (values.length % length) / features;
  if (rest > 0) onProgress?.(`the last ${rest} rows do not make a whole series of ${window} and are not used`);
  if (labels && labels.length !== whole) throw new DataError(`There are ${whole} examples, but ${labels.length} labels`, "Give one class for each example.");

  const used = Array.from({ length: whole }, (_, i) => i).filter((i) => !values.subarray(i * length, (i + 1) * length).some(Number.isNaN));
  const rowsOf = (examples: readonly number[]) => examples.flatMap((i) => Array.from({ length: window ?? 1 }, (_, row) => (i * length) / features + row));
  const rows = rowsOf(used);
  const trained = trains ? rowsOf(Array.from(trains(used.length), (i) => used[i])) : rows;
  const columns = names.map((name, column) => ({ name, ...extremes(trained.map((row) => values[row * features + column])) }));
  const scaled = new Float32Array(rows.length * features);
  rows.forEach((row, to) =>
    columns.forEach(({ minimum, maximum }, column) => {
      scaled[to * features + column] = maximum > minimum ? (values[row * features + column] - minimum) / (maximum - minimum) : 0;
    }),
  );
  const shared = { columns, ...(classes && { classes }) };
  return {
    spec: window === undefined ? { kind: "vectors", shape: [features], ...shared } : { kind: "series", shape: [window, features], ...shared },
    count: used.length,
    values: scaled,
    ...(labels && { labels: Int32Array.from(used, (i) => labels[i]) }),
  };
}

function extremes(values: readonly number[]): Pick<Column, "minimum" | "maximum"> {
  let [minimum, maximum] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return { minimum, maximum };
}

/** Values [rows, columns] of a model's range in the units that the columns had. */
export const inOriginalUnits = (values: Float32Array, columns: readonly Column[], [low, high]: PixelRange): Float64Array =>
  Float64Array.from(values, (value, i) => {
    const { minimum, maximum } = columns[i % columns.length];
    return minimum + ((value - low) / (high - low)) * (maximum - minimum);
  });
