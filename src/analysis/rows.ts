/** Running an ability over any number of rows, in batches of one size. */
import type { Engine } from "../engines/engine.js";
import { sizeOf, type Data, type Program } from "../tensor/index.js";

export interface Rows {
  /** Number of rows wanted. */
  readonly count: number;
  /** Rows that go in, one after the other; none for an ability that starts from noise. */
  readonly values?: ArrayLike<number>;
  /** Seed of the noise. Row i depends on the seed and on i alone. Default 0. */
  readonly seed?: number;
  /** Rows computed at once. Default 100. */
  readonly batchSize?: number;
}

/** Runs a one-output ability on `count` rows and returns its rows, one after the other. The last batch is filled up and cut. */
export async function runRows(engine: Engine, ability: (batch: number) => Program, rows: Rows): Promise<Float32Array> {
  const { count, values, seed = 0 } = rows;
  const batch = Math.max(1, Math.min(count, rows.batchSize ?? 100));
  const program = ability(batch);
  const [outputName, output] = onlyEntry(program.outputs);
  const executable = await engine.compile(program);
  try {
    const width = sizeOf(output.shape) / batch;
    const result = new Float32Array(count * width);
    for (let first = 0; first < count; first += batch) {
      const outputs = await executable.run(feedsOf(program, values, first), { seed, firstRow: first });
      const filled = Math.min(batch, count - first) * width;
      result.set(outputs[outputName].subarray(0, filled), first * width);
    }
    return result;
  } finally {
    await executable.dispose();
  }
}

function feedsOf(program: Program, values: ArrayLike<number> | undefined, first: number): Record<string, Data> {
  if (!values || !program.inputs) return {};
  const [name, input] = onlyEntry(program.inputs);
  const size = sizeOf(input.shape);
  const start = (first / input.shape[0]) * size;
  const feed = new Float32Array(size);
  for (let i = 0; i < size && start + i < values.length; i++) feed[i] = values[start + i];
  return { [name]: feed };
}

function onlyEntry<T>(record: Readonly<Record<string, T>>): [string, T] {
  const entries = Object.entries(record);
  if (entries.length !== 1) throw new TypeError(`an ability over rows has one input and one output, not ${Object.keys(record).join(", ")}`);
  return entries[0];
}
