import { batchOf, gatherLabels } from "../data/batches.js";
import type { Examples, PixelRange } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import type { Assess, Assessment, BuiltModel } from "../models/model.js";
import { sizeOf, type Program } from "../tensor/index.js";

export interface Evaluation {
  readonly model: Pick<BuiltModel, "validation" | "assess">;
  readonly examples: Examples;
  readonly range: PixelRange;
  readonly engine: Engine;
  readonly seed: number;
  readonly batchSize?: number;
}

/** Evaluates the model's validation metrics on examples; can be called again as the weights change. */
export interface Evaluator {
  run(): Promise<Required<Assessment>>;
  dispose(): Promise<void>;
}

/** Beyond any training step, so that validation draws noise of its own, the same at every epoch. */
const VALIDATION_STEP = 2 ** 32 - 1;

/** Metrics are means over all examples: the last, smaller batch has a program of its own and counts by its size. */
export async function evaluator({ model, examples, range, engine, seed, batchSize = 500 }: Evaluation): Promise<Evaluator> {
  const size = Math.min(batchSize, examples.count);
  const rest = examples.count % size;
  const assess: Assess = model.assess ?? (() => ({}));
  const program: Program = model.validation(size);
  const whole = await engine.compile(program);
  const last = rest > 0 ? await engine.compile(model.validation(rest)) : undefined;
  const indices = Uint32Array.from({ length: examples.count }, (_, i) => i);
  return {
    async run() {
      const totals = new Map(Object.entries(program.outputs).map(([name, { shape }]) => [name, new Float64Array(sizeOf(shape))]));
      for (let first = 0; first < examples.count; first += size) {
        const batch = indices.subarray(first, first + size);
        const executable = batch.length === size ? whole : last!;
        // Row numbers count on from batch to batch, so that no two examples share their noise.
        const labels = new Int32Array(batch.length);
        gatherLabels(examples, batch, labels);
        const feeds = { x: batchOf(examples, batch, range), ...(program.inputs && "labels" in program.inputs && { labels }) };
        const outputs = await executable.run(feeds, { seed, step: VALIDATION_STEP, firstRow: first });
        for (const [name, total] of totals) total.forEach((_, i) => (total[i] += (outputs[name][i] * batch.length) / examples.count));
      }
      const scalars = [...totals].filter(([name]) => program.outputs[name].rank === 0).map(([name, [value]]) => [name, value] as const);
      const { metrics, details = {}, warnings = [] } = assess(Object.fromEntries(totals));
      return { metrics: { ...Object.fromEntries(scalars), ...metrics }, details, warnings };
    },
    async dispose() {
      await whole.dispose();
      await last?.dispose();
    },
  };
}
