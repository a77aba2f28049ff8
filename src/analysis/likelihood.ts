/** log p(x) of examples by importance sampling, with more samples than memory holds at once. */
import type { Engine } from "../engines/engine.js";
import type { Abilities } from "../models/model.js";
import type { Program } from "../tensor/index.js";
import { feedsOf, type Rows } from "./rows.js";

export interface LikelihoodRows extends Rows {
  /** Importance samples for each example, at least; each run draws at most 50. */
  readonly samples: number;
  /** Called after each batch with the number of examples done. */
  readonly onBatch?: ((done: number) => void) | undefined;
}

/** Samples of one run: 50 of 20 examples are a batch of 1,000 for the decoder. */
const SAMPLES_AT_ONCE = 50;
const EXAMPLES_AT_ONCE = 20;

/** How samples are cut into runs of equal size, rounded up. */
export function samplingRuns(samples: number): { readonly runs: number; readonly each: number } {
  const runs = Math.ceil(samples / SAMPLES_AT_ONCE);
  return { runs, each: Math.ceil(samples / runs) };
}

/**
 * The estimate log((1/S) sum of w) of log p(x) in nats for each of `count` examples, with w the importance weights of S samples (Burda et
 * al. 2016, equation 8): a lower bound in expectation, tighter with more samples. Example i's depends on the seed and on i alone.
 */
export async function logLikelihoods(engine: Engine, ability: NonNullable<Abilities["logLikelihood"]>, rows: LikelihoodRows): Promise<Float64Array> {
  const { count, seed = 0 } = rows;
  const { runs, each } = samplingRuns(rows.samples);
  const batch = Math.max(1, Math.min(count, rows.batchSize ?? EXAMPLES_AT_ONCE));
  const program: Program = ability(batch, each);
  const executable = await engine.compile(program);
  try {
    const result = new Float64Array(count);
    for (let first = 0; first < count; first += batch) {
      const feeds = feedsOf(program, rows, first);
      const means = result.subarray(first, first + batch).fill(-Infinity);
      for (let step = 0; step < runs; step++) {
        const { logLikelihood } = await executable.run(feeds, { seed, step, firstRow: first });
        means.forEach((sum, i) => (means[i] = logAddExp(sum, logLikelihood[i])));
      }
      means.forEach((sum, i) => (means[i] = sum - Math.log(runs)));
      rows.onBatch?.(first + means.length);
    }
    return result;
  } finally {
    await executable.dispose();
  }
}

/** log(exp(a) + exp(b)). */
export function logAddExp(a: number, b: number): number {
  const [large, small] = a > b ? [a, b] : [b, a];
  return small === -Infinity ? large : large + Math.log1p(Math.exp(small - large));
}
