/**
 * Noise is a leaf of the graph that the host fills before each run: a function of (seed, step, which noise of the
 * program, row, element) and of nothing else. So every engine sees the same noise, a resumed run goes on exactly
 * where it stopped, and row i of a batch is the same whatever the batch size.
 */
import { UsageError } from "../errors.js";
import { requireSizes } from "./checks.js";
import { fill } from "./fill.js";
import { sizeOf } from "./shape.js";
import { apply, type Op, type Shape, type Tensor } from "./tensor.js";
import { fold, keyOf } from "./threefry.js";

export type Distribution = { readonly kind: "normal" } | { readonly kind: "uniform" } | { readonly kind: "bernoulli"; readonly probability: number };

interface NoiseAttributes {
  readonly shape: Shape;
  readonly distribution: Distribution;
}

export const noiseOp: Op<"noise", NoiseAttributes> = {
  name: "noise",
  shape(_, { shape }) {
    requireSizes("noise", shape);
    return { shape, dtype: "float32" };
  },
};

const sample = (shape: Shape, distribution: Distribution): Tensor => apply(noiseOp, [], { shape, distribution });

export const noise = {
  /** Standard normal. The first axis counts rows: row i does not depend on how many there are. */
  normal: (shape: Shape): Tensor => sample(shape, { kind: "normal" }),
  /** Uniform in [0, 1). */
  uniform: (shape: Shape): Tensor => sample(shape, { kind: "uniform" }),
  /**
   * 1 with the given probability, else 0. The probability counts in steps of 2^-16: it is rounded to the nearest, but only 0 gives
   * zeros alone and only 1 ones alone. Throws when it is not from 0 to 1.
   */
  bernoulli(shape: Shape, probability: number): Tensor {
    if (!(probability >= 0 && probability <= 1)) throw new UsageError(`noise.bernoulli: probability is ${probability}`, "Use a number from 0 to 1.");
    return sample(shape, { kind: "bernoulli", probability });
  },
};

/** Where in the noise a run stands. */
export interface NoiseState {
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Training step, 0 for sampling: a whole number from 0. Default 0. */
  readonly step?: number;
  /** Number of the batch's first row, so that sample i can be made in any batch. Default 0. */
  readonly firstRow?: number;
}

const isNoise = (tensor: Tensor): tensor is Tensor & { readonly attributes: NoiseAttributes } => tensor.op === noiseOp;

/** Fills `out` with the values of a noise leaf, the `stream`-th of its program. */
export function fillNoise(leaf: Tensor, stream: number, state: NoiseState, out: Float32Array | Float64Array): void {
  if (!isNoise(leaf)) throw new TypeError(`${leaf.op.name} is not noise`);
  const { shape, distribution } = leaf.attributes;
  const key = fold(keyOf(state.seed), state.step ?? 0, stream);
  const count = shape[0] ?? 1;
  fill(out, distribution, key, { first: state.firstRow ?? 0, count, length: sizeOf(shape) / count });
}
