/** Guidance: examples that are more typical of their class than the data are, by what the label changes. */
import { add, broadcastTo, concat, constant, mul, split, sub, type Tensor } from "../tensor/index.js";
import type { Level, Varied } from "./sampler.js";

/** D(x; sigma) of a conditional model: x [batch, ...shape], a level for all of them or [batch], labels int32 [batch]. */
export type ConditionalDenoise = (x: Tensor, level: Level<Tensor>, labels?: Tensor) => Tensor;

/** The same of a model that learns variances. */
export type ConditionalVaried = (x: Tensor, level: Level<Tensor>, labels?: Tensor) => Varied;

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
export const guided = (denoise: ConditionalDenoise, guidance: Guidance): ConditionalDenoise => (x, level, labels) => guide((...given) => ({ x0: denoise(...given) }), guidance, x, level, labels).x0;

/** The same beside the variance that the label's alone has. */
export const guidedVaried = (vary: ConditionalVaried, guidance: Guidance): ConditionalVaried => (x, level, labels) => guide(vary, guidance, x, level, labels);

function guide<Found extends { readonly x0: Tensor; readonly share?: Tensor }>(evaluate: (x: Tensor, level: Level<Tensor>, labels: Tensor) => Found, { none, weight }: Guidance, x: Tensor, level: Level<Tensor>, labels?: Tensor): Found {
  const [batch] = x.shape;
  const unlabelled = broadcastTo(constant(none, [], "int32"), [batch]);
  if (!labels) return evaluate(x, level, unlabelled);
  if (weight === 1) return evaluate(x, level, labels);
  const twice = (value: Tensor): Tensor => (value.rank === 0 ? value : concat([value, value], 0));
  const found = evaluate(twice(x), { sigma: twice(level.sigma), time: twice(level.time) }, concat([unlabelled, labels], 0));
  const halves = (both: Tensor): Tensor[] => split(both, [batch, batch], 0);
  const [without, withLabel] = halves(found.x0);
  return { ...found, x0: add(without, mul(weight, sub(withLabel, without))), ...(found.share && { share: halves(found.share)[1] }) };
}
