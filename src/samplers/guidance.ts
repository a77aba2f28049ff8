/** Guidance: examples that are more typical of their class than the data are, by what the label changes. */
import { add, broadcastTo, concat, constant, mul, split, sub, type Tensor } from "../tensor/index.js";
import type { Level } from "./sampler.js";

/** D(x; sigma) of a conditional model: x [batch, ...shape], a level for all of them, labels int32 [batch]. */
export type ConditionalDenoise = (x: Tensor, level: Level<Tensor>, labels?: Tensor) => Tensor;

export interface Guidance {
  /** The label that says "of no class", which the model has seen in training too. */
  readonly none: number;
  /** How far to go from the denoised x of no class (0) to that of the label (1), and beyond. */
  readonly weight: number;
}

/**
 * Classifier-free guidance (Ho & Salimans, "Classifier-Free Diffusion Guidance", 2022, equation 6): D_none + weight (D_label - D_none). `weight` is 1 + w of the paper, which
 * says it of the predicted noise; that is the same, since both are as far from x. Both are evaluated in one batch of twice the size; with weight 1 the label's alone is
 * evaluated, and without labels that of no class.
 */
export const guided = (denoise: ConditionalDenoise, { none, weight }: Guidance): ConditionalDenoise => (x, level, labels) => {
  const [batch] = x.shape;
  const unlabelled = broadcastTo(constant(none, [], "int32"), [batch]);
  if (!labels) return denoise(x, level, unlabelled);
  if (weight === 1) return denoise(x, level, labels);
  const [without, withLabel] = split(denoise(concat([x, x], 0), level, concat([unlabelled, labels], 0)), [batch, batch], 0);
  return add(without, mul(weight, sub(withLabel, without)));
};
