/** Choosing after training how far the average of the weights reaches back: Karras et al., "Analyzing and Improving the Training Dynamics of Diffusion Models" (2024), section 3. */
import { UsageError } from "../errors.js";
import type { Splits } from "../data/dataset.js";
import { averageOfWidth, evaluator, openRun, replaceAverages, valuesOf, writeAll, type Metrics } from "../training/index.js";
import { evaluate } from "./evaluate.js";
import type { TrainedRun } from "./open.js";

export interface AveragesRequest {
  readonly data: Pick<Splits, "train" | "validation" | "test">;
  /** Shares of the training that an average reaches back, its standard deviation. Default: 0.02 to 0.25. */
  readonly widths?: readonly number[];
  /** So many samples of each are scored too, against as many training examples; default none. */
  readonly samples?: number | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AverageScore {
  /** Left out: the weights as the run has them. */
  readonly width?: number;
  readonly validation: Metrics;
  /** Fréchet distance of the samples that were asked for. */
  readonly frechet?: number;
}

export const usualWidths: readonly number[] = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25];

/**
 * Validates the run's weights and averages of these widths, each made of the snapshots of the training. The run's weights are in its engine again when it is done. A UsageError when the run
 * kept no snapshots, for a width that no average has, and for samples of a model that has none.
 */
export async function scoreAverages(trained: TrainedRun, { data, widths = usualWidths, samples, onProgress = () => undefined, signal }: AveragesRequest): Promise<AverageScore[]> {
  const { built, engine, model, path, config } = trained;
  const own = await valuesOf(engine, built.variables);
  const validator = await evaluator({ model: built, examples: data.validation, range: model.accepts.range, engine, seed: Number(config.training.seed) });
  const scored = async (): Promise<AverageScore> => {
    const { metrics: validation } = await validator.run();
    if (samples === undefined) return { validation };
    const { scores } = await evaluate(trained, { data, samples, draws: 1, onProgress, signal });
    return { validation, ...(scores.frechet && { frechet: scores.frechet.mean }) };
  };
  try {
    const results: AverageScore[] = [];
    for (const width of [undefined, ...widths]) {
      signal?.throwIfAborted();
      if (width !== undefined) {
        const averages = await averageOfWidth(path, width);
        for (const variable of built.variables) {
          const average = averages.get(variable.name);
          if (average) await engine.write(variable, average);
        }
      }
      const score = await scored();
      results.push(width === undefined ? score : { width, ...score });
    }
    return results;
  } finally {
    await validator.dispose();
    await writeAll(engine, own);
  }
}

/** Makes the average of this width what the run is used with from now on. Nothing of its training is changed: it can still be resumed, and another width be chosen. */
export async function useAverage(path: string, width: number): Promise<void> {
  const run = await openRun(path);
  try {
    const averages = await averageOfWidth(path, width);
    if (averages.size === 0) throw new UsageError(`${path} has no averages of width ${width}`);
    await replaceAverages(path, averages);
  } finally {
    await run.release();
  }
}
