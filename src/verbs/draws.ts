/** Many samples, a piece at a time: their features are kept, the samples themselves are too large. */
import type { Examples } from "../data/dataset.js";
import { sizeOf } from "../tensor/index.js";
import { sample, type Trained } from "./abilities.js";
import type { FeaturePoints, Features } from "./features.js";
import type { TrainedRun } from "./open.js";
import { sampleFrom, type PriorName } from "./priors.js";

export interface Draw {
  readonly points: FeaturePoints;
  /** The samples of the first piece in [0, 1], one after the other. */
  readonly examples: Float32Array;
}

export interface DrawRequest {
  readonly count: number;
  readonly prior: PriorName;
  /** Of the first piece. */
  readonly seed: number;
  /** From the seed of a piece to that of the next. */
  readonly stride: number;
  /** For a prior that is fitted first. */
  readonly trainedOn: Examples;
  /** The classes asked for: [count], of a conditional model. */
  readonly labels?: ArrayLike<number> | undefined;
  readonly onProgress: (line: string) => void;
}

/** Values of samples in memory at once: 64 MiB. */
const MOST_VALUES = 2 ** 24;

/** `count` samples; those of labels where these are given. */
export async function drawSamples(trained: Trained & Pick<TrainedRun, "path">, { of, size }: Features, { count, prior, seed, stride, trainedOn, labels, onProgress }: DrawRequest): Promise<Draw> {
  const piece = Math.min(count, Math.max(100, Math.floor(MOST_VALUES / sizeOf(trained.spec.shape))));
  const values = new Float32Array(count * size);
  let examples: Float32Array = new Float32Array(0);
  for (let first = 0; first < count; first += piece) {
    const request = { count: Math.min(piece, count - first), seed: seed + (first / piece) * stride };
    const made = labels
      ? await sample(trained, { ...request, labels: Int32Array.from({ length: request.count }, (_, i) => labels[first + i]) })
      : await sampleFrom(trained, { ...request, prior, examples: async () => trainedOn, onProgress });
    const scaled = toUnitRange(trained, made);
    if (first === 0) examples = scaled;
    values.set((await of(scaled)).values, first * size);
  }
  return { points: { values, size }, examples };
}

/** From the model's range to [0, 1]; pixels beyond it become black or white, as in a picture. */
export function toUnitRange({ model: { accepts: { range: [low, high] } }, spec }: Trained, values: Float32Array): Float32Array {
  const scaled = (value: number): number => (value - low) / (high - low);
  return values.map(spec.kind === "images" ? (value) => Math.min(1, Math.max(0, scaled(value))) : scaled);
}
