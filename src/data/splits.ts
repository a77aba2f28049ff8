/** Dividing examples into those that train, validate and test. */
import { DataError, UsageError } from "../errors.js";
import { shuffledIndices, sliceExamples } from "./batches.js";
import type { Examples, Splits } from "./dataset.js";

export interface Shares {
  /** Share of the examples that is kept for validation, above 0. */
  readonly validation: number;
  /** Share for the test set; 0: the validation examples serve as the test set too. */
  readonly test: number;
  readonly seed: number;
}

/** A UsageError when the shares leave nothing to train on. */
export function requireShares({ validation, test }: Omit<Shares, "seed">): void {
  if (!(validation > 0 && test >= 0 && validation + test < 1))
    throw new UsageError(`validation is ${validation} and test is ${test}`, "Use shares such as 0.1 that leave something to train on; test may be 0.");
}

/** Draws the splits at random, by the seed and the number of examples alone. A DataError when there are too few to divide. */
export function splitExamples(examples: Examples, shares: Shares): Splits {
  const { count } = examples;
  const { order, trained, validated } = divide(count, shares);
  const all = reorder(examples, order);
  const validation = sliceExamples(all, trained, validated);
  return { train: sliceExamples(all, 0, trained), validation, test: validated < count ? sliceExamples(all, validated, count) : validation };
}

/** Numbers of those of `count` examples that `splitExamples` keeps to train. */
export function trainingIndices(count: number, shares: Shares): Uint32Array {
  const { order, trained } = divide(count, shares);
  return order.subarray(0, trained);
}

/** The order that examples are drawn in: first those that train, up to `trained`, then those that validate, up to `validated`. */
function divide(count: number, shares: Shares): { readonly order: Uint32Array; readonly trained: number; readonly validated: number } {
  requireShares(shares);
  const [held, tested] = [shares.validation, shares.test].map((share) => share && Math.max(1, Math.round(count * share)));
  if (held + tested >= count)
    throw new DataError(`Of ${count} examples, ${held} to validate and ${tested} to test on leave none to train on`, "Pass more of them, or smaller shares (--validation, --test).");
  return { order: shuffledIndices(count, shares.seed, 0), trained: count - held - tested, validated: count - tested };
}

function reorder(examples: Examples, order: Uint32Array): Examples {
  const { values, labels } = examples;
  const moved = values instanceof Uint8Array ? new Uint8Array(values.length) : new Float32Array(values.length);
  const width = values.length / examples.count;
  order.forEach((from, to) => moved.set(values.subarray(from * width, (from + 1) * width), to * width));
  return { ...examples, values: moved, ...(labels && { labels: Int32Array.from(order, (from) => labels[from]) }) };
}
