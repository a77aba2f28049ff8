import { batchOf, gatherLabels } from "../data/batches.js";
import type { Examples, PixelRange } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import type { BuiltModel } from "../models/model.js";
import type { Metrics } from "./events.js";

export interface Evaluation {
  readonly model: Pick<BuiltModel, "validation">;
  readonly examples: Examples;
  readonly range: PixelRange;
  readonly engine: Engine;
  readonly seed: number;
  readonly batchSize?: number;
}

/** Evaluates the model's validation metrics on examples; can be called again as the weights change. */
export interface Evaluator {
  run(): Promise<Metrics>;
  dispose(): Promise<void>;
}

/** Beyond any training step, so that validation draws noise of its own, the same at every epoch. */
const VALIDATION_STEP = 2 ** 32 - 1;

/** Metrics are means over all examples: the last, smaller batch has a program of its own and counts by its size. */
export async function evaluator({ model, examples, range, engine, seed, batchSize = 500 }: Evaluation): Promise<Evaluator> {
  const size = Math.min(batchSize, examples.count);
  const rest = examples.count % size;
  const program = model.validation(size);
  const whole = await engine.compile(program);
  const last = rest > 0 ? await engine.compile(model.validation(rest)) : undefined;
  const indices = Uint32Array.from({ length: examples.count }, (_, i) => i);
  return {
    async run() {
      const totals = new Map<string, number>();
      for (let first = 0; first < examples.count; first += size) {
        const batch = indices.subarray(first, first + size);
        const executable = batch.length === size ? whole : last!;
        // Row numbers count on from batch to batch, so that no two examples share their noise.
        const labels = new Int32Array(batch.length);
        gatherLabels(examples, batch, labels);
        const feeds = { x: batchOf(examples, batch, range), ...(program.inputs && "labels" in program.inputs && { labels }) };
        const outputs = await executable.run(feeds, { seed, step: VALIDATION_STEP, firstRow: first });
        for (const [name, [value]] of Object.entries(outputs)) totals.set(name, (totals.get(name) ?? 0) + (value * batch.length) / examples.count);
      }
      return Object.fromEntries(totals);
    },
    async dispose() {
      await whole.dispose();
      await last?.dispose();
    },
  };
}
