/** The contract between a model and everything that trains, samples, exports or shows it. */
import type { z } from "zod";
import type { DataKind, DataSpec, PixelRange } from "../data/dataset.js";
import type { Program, Tensor, Variable } from "../tensor/index.js";

export interface Model<Schema extends z.ZodObject = z.ZodObject> {
  /** As on the command line. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  readonly paper: { readonly authors: string; readonly title: string; readonly year: number; readonly url: string };
  /** Every option with its default and a description: the command line's flags and the docs are made from it. */
  readonly options: Schema;
  readonly accepts: { readonly kinds: readonly DataKind[]; readonly range: PixelRange };
  /** What its loss is and in which unit, for the axis of a figure. */
  readonly lossLabel: string;
  /** What its author would train it with. */
  readonly recipe: Recipe;
  build(options: z.output<Schema>, spec: DataSpec): BuiltModel;
}

export type Recipe = Readonly<{
  optimizer: "sgd" | "rmsprop" | "adam" | "adamw" | "nadam";
  learningRate: number;
  batchSize: number;
  epochs: number;
}>;

export interface BuiltModel {
  /** Parameters and running statistics: what a checkpoint of the model holds. */
  readonly variables: readonly Variable[];
  /** Trained in turn on each batch: one phase for an autoencoder, two for a GAN. */
  readonly phases: readonly Phase[];
  /** Metrics on a batch of examples; the first named is what early stopping and "best" watch, smaller is better. */
  validation(batch: number): Program<"x">;
  readonly abilities: Abilities;
}

export interface Phase {
  readonly name: string;
  /** What this phase trains. */
  readonly parameters: readonly Variable[];
  objective(batch: number): Objective;
}

export interface Objective {
  /** `x`: examples [batch, ...shape]; `labels`: int32 [batch] where the model uses them. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Scalar, averaged over the batch. */
  readonly loss: Tensor;
  /** Scalars worth logging beside the loss. */
  readonly metrics: Readonly<Record<string, Tensor>>;
  /** New values of running statistics. */
  readonly updates: ReadonlyMap<Variable, Tensor>;
}

/** What a trained model can do: each makes a Program for a batch of the given size. Images are in the model's range. */
export interface Abilities {
  /** x [batch, ...image] -> reconstruction of the same shape. */
  readonly reconstruct?: (batch: number) => Program<"x", "reconstruction">;
  /** x [batch, ...image] -> codings [batch, size]. */
  readonly encode?: (batch: number) => Program<"x", "codings">;
  /** codings [batch, size] -> images [batch, ...image]. */
  readonly decode?: (batch: number) => Program<"codings", "images">;
  /** Noise -> samples [batch, ...image]. */
  readonly sample?: (batch: number) => Program<never, "samples">;
}
export type AbilityName = keyof Abilities;
