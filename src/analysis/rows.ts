/** Running an ability over any number of rows, in batches of one size. */
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import { sizeOf, type Data, type Program } from "../tensor/index.js";

export interface Rows {
  /** Number of rows wanted. */
  readonly count: number;
  /** Rows that go in, one after the other; none for an ability that starts from noise. */
  readonly values?: ArrayLike<number>;
  /** A class number for each row: int32 [count], for the abilities of a conditional model. */
  readonly labels?: ArrayLike<number>;
  /** Seed of the noise. Row i depends on the seed and on i alone. Default 0. */
  readonly seed?: number;
  /** Rows computed at once. Default 100. */
  readonly batchSize?: number;
}

/** Runs a one-output ability on `count` rows and returns its rows, one after the other. The last batch is filled up and cut. */
export async function runRows(engine: Engine, ability: (batch: number) => Program, rows: Rows): Promise<Float32Array> {
  const { count, seed = 0 } = rows;
  const batch = Math.max(1, Math.min(count, rows.batchSize ?? 100));
  const program = ability(batch);
  const [outputName, output] = onlyEntry(program.outputs);
  const executable = await engine.compile(program);
  try {
    const width = sizeOf(output.shape) / batch;
    const result = new Float32Array(count * width);
    for (let first = 0; first < count; first += batch) {
      const outputs = await executable.run(feedsOf(program, rows, first), { seed, firstRow: first });
      const filled = Math.min(batch, count - first) * width;
      result.set(outputs[outputName].subarray(0, filled), first * width);
    }
    return result;
  } finally {
    await executable.dispose();
  }
}

/** What a program for a batch is given of the rows from `first` on; zeros after the last. */
export function feedsOf({ inputs = {} }: Program, { values, labels }: Rows, first: number): Record<string, Data> {
  const feeds: Record<string, Data> = {};
  for (const [name, { shape }] of Object.entries(inputs)) {
    const given = name === "labels" ? labels : values;
    if (!given) throw new UsageError(`The model wants ${name === "labels" ? "a class for each example" : `"${name}"`}`, name === "labels" ? "Say which class (--class), start from an example that has one (--index), or use data with labels." : undefined);
    const size = sizeOf(shape);
    const start = (first / shape[0]) * size;
    const feed = name === "labels" ? new Int32Array(size) : new Float32Array(size);
    for (let i = 0; i < size && start + i < given.length; i++) feed[i] = given[start + i];
    feeds[name] = feed;
  }
  return feeds;
}

function onlyEntry<T>(record: Readonly<Record<string, T>>): [string, T] {
  const entries = Object.entries(record);
  if (entries.length !== 1) throw new TypeError(`an ability over rows has one output, not ${Object.keys(record).join(", ")}`);
  return entries[0];
}
