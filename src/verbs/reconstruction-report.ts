/** How well a model rebuilds a part of its data: over all examples, for each class, beside exact PCA. */
import { byDescending } from "../analysis/anomaly.js";
import { shuffledIndices } from "../data/batches.js";
import type { Examples, PartName, Splits } from "../data/dataset.js";
import { DataError } from "../errors.js";
import type { Trained } from "./abilities.js";
import { compareWithPca } from "./pca-comparison.js";
import { reconstructionErrors } from "./reconstruction-errors.js";

/** Errors are mean squared errors of values in [0, 1], whatever range the model works in. */
export interface ReconstructionReport {
  readonly count: number;
  readonly meanSquaredError: number;
  /** Exact PCA with as many codings, fitted to the training examples, its reconstructions limited to [0, 1] as the model's are; or why there is none. */
  readonly pca: { readonly size: number; readonly meanSquaredError: number } | { readonly reason: string };
  /** Those that have examples, in the order of their numbers; left out for data without labels. */
  readonly classes?: readonly ClassError[];
  /** The five with the largest errors, the largest first. */
  readonly worst: readonly ExampleError[];
  /** The five with the smallest, the smallest first. */
  readonly best: readonly ExampleError[];
  /** Of each example, [count]. */
  readonly errors: Float32Array;
}

export interface ClassError {
  readonly name: string;
  readonly count: number;
  readonly meanSquaredError: number;
  /** That of PCA, where it is compared. */
  readonly pcaMeanSquaredError?: number;
}

export interface ExampleError {
  /** Number of the example, from 0. */
  readonly example: number;
  readonly meanSquaredError: number;
}

/** Reconstructs all examples of a part. A UsageError when the model cannot reconstruct, a DataError when the part has no examples. */
export async function reconstructionReport(trained: Trained, splits: Splits, part: PartName): Promise<ReconstructionReport> {
  const examples = splits[part];
  if (examples.count === 0) throw new DataError(`There are no ${part} examples`, "Name another part: train, validation or test.");
  const errors = await reconstructionErrors(trained, examples);
  // A model's reconstructions are limited to its range, and so must those beside them be.
  const compared = await compareWithPca(trained, splits.train, examples, [0, 1]);
  return {
    count: examples.count,
    meanSquaredError: meanOf(errors),
    pca: "errors" in compared ? { size: compared.size, meanSquaredError: compared.errors.mean } : compared,
    ...(examples.labels && { classes: classErrors(examples, examples.labels, errors, "errors" in compared ? compared.errors.perExample : undefined) }),
    worst: firstFive("worst", errors),
    best: firstFive("best", errors),
    errors,
  };
}

function classErrors({ spec: { classes } }: Examples, labels: ArrayLike<number>, errors: Float32Array, ofPca: Float32Array | undefined): ClassError[] {
  const numbers = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  return numbers.map((number) => {
    const isOfClass = (_: number, i: number): boolean => labels[i] === number;
    const own = errors.filter(isOfClass);
    return { name: classes?.[number] ?? String(number), count: own.length, meanSquaredError: meanOf(own), ...(ofPca && { pcaMeanSquaredError: meanOf(ofPca.filter(isOfClass)) }) };
  });
}

const firstFive = (order: Order, errors: Float32Array): ExampleError[] => Array.from(orderedExamples(order, errors).subarray(0, 5), (example) => ({ example, meanSquaredError: errors[example] }));

const meanOf = (values: Float32Array): number => values.reduce((total, value) => total + value, 0) / values.length;

/** Which examples come first: in the order of the data, with the largest error, with the smallest, or drawn by a seed. */
export const orders = ["first", "worst", "best", "random"] as const;
export type Order = (typeof orders)[number];

/** Numbers of all examples in that order; of equal errors that which comes first. */
export function orderedExamples(order: Order, errors: Float32Array, seed = 0): Uint32Array {
  switch (order) {
    case "first":
      return Uint32Array.from(errors.keys());
    case "worst":
      return byDescending(errors);
    case "best":
      return byDescending(errors.map((error) => -error));
    case "random":
      return shuffledIndices(errors.length, seed, 0);
  }
}
