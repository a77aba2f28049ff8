/** The contract between a model and everything that trains, samples, exports or shows it. */
import type { z } from "zod";
import type { DataKind, DataSpec, PixelRange } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import type { ConditionalVaried, Level, NoiseSchedule, Spacing } from "../samplers/index.js";
import type { Program, Shape, Tensor, Variable } from "../tensor/index.js";

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
  /** What is watched, the first metric of validation, and in which unit: for the axis of a figure. */
  readonly lossLabel: string;
  /** What its author would train it with. */
  readonly recipe: Recipe;
  build(options: z.output<Schema>, spec: DataSpec): BuiltModel;
}

export type Recipe = Readonly<{
  optimizer: "sgd" | "rmsprop" | "adam" | "adamw" | "nadam";
  learningRate: number;
  /** Of adam, adamw and nadam, where they are not the optimizer's own. */
  beta1?: number;
  beta2?: number;
  /** Of the moving average of the weights that is used after training; 0: none. */
  averageDecay?: number;
  batchSize: number;
  epochs: number;
}>;

export interface BuiltModel {
  /** Parameters and running statistics: what a checkpoint of the model holds. */
  readonly variables: readonly Variable[];
  /** Trained one after the other: most models have one. */
  readonly stages: readonly Stage[];
  /** Metrics on a batch of examples: scalars, and vectors for `assess` alone. The first named is what early stopping and "best" watch in the last stage, smaller is better. */
  validation(batch: number): Program<"x">;
  /** What more there is to say after a validation, from the means over all examples of all that `validation` puts out, scalars and vectors. */
  readonly assess?: Assess;
  readonly abilities: Abilities;
  /** Of a model whose samples take many steps: what samplers need of it. */
  readonly diffusion?: Diffusion;
  /** Which validated weights are the best: those with the smallest value of the first metric (the default), or the newest, where no metric can tell. */
  readonly best?: "smallest" | "newest";
  /** Shape of a coding whose numbers lie in a grid, [channels, height, width]; `encode` and `decode` have them one after the other. Left out: there is no grid. */
  readonly codingShape?: Shape;
  /** What kind of codings there are. Left out: real numbers; "bits": numbers in [0, 1] that stand for the bit they are nearest to; "normal": `decode` wants those of N(0, I). */
  readonly codings?: "bits" | "normal";
}

export interface Diffusion {
  /** The noise that it was trained with. */
  readonly schedule: NoiseSchedule;
  /** Of the levels between, when nothing else is said. */
  readonly spacing: Spacing;
  /** Classes that it is told; left out: none. */
  readonly classes?: number;
  /** Whether such a model has also learned examples of which it was told no class: what guidance goes away from, and what an example of no known class needs. */
  readonly unconditional?: boolean;
  /** Of a model that makes one image of another: shapes of what it is given and of what it makes. Left out: x has the shape of the data. */
  readonly translates?: { readonly source: Shape; readonly target: Shape };
  /** Of a model that learns the codings of examples: shape of one, the way there and back for batches, and what cuts codings to their range. x has this shape; what is sampled is decoded. */
  readonly latent?: { readonly shape: Shape; readonly encode: (examples: Tensor) => Tensor; readonly decode: (codings: Tensor) => Tensor; readonly limit: (codings: Tensor) => Tensor };
  /**
   * x [batch, ...shape] = x0 + sigma n -> the x0 to be expected. Labels are int32 [batch]; the number of classes stands for none of them. `source` [batch, ...source] is what x0 is made
   * of, for a model that translates.
   */
  readonly denoise: (x: Tensor, level: Level<Tensor>, labels?: Tensor, source?: Tensor) => Tensor;
  /** The same beside the variance of a step down, where the model learns it. */
  readonly denoiseAndVary?: ConditionalVaried;
  /** Of a model whose `denoise` gives an example rather than the mean of all that there may be: the one sampler that it goes with, how many levels it visits when nothing else is said, and which. */
  readonly jumps?: { readonly sampler: string; readonly steps: number; readonly levels: (steps: number, spacing: Spacing) => readonly Level[] };
}

export type Assess = (means: Readonly<Record<string, Float64Array>>) => Assessment;

export interface Assessment {
  /** Numbers that are no means over examples, such as how many codings are used. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Lists worth logging, such as the KL term of each coding. */
  readonly details?: Readonly<Record<string, readonly number[]>>;
  /** What is wrong, with the way out; told when the stage ends with it. */
  readonly warnings?: readonly string[];
}

export interface Stage {
  readonly name: string;
  /** Passes over the training data; left out: as many as the run is told to make. */
  readonly epochs?: number;
  /** Left out: that of the run. */
  readonly learningRate?: number;
  /** What is watched while it lasts. Left out: what the model names. */
  readonly lossLabel?: string;
  /** What the figure of a run shows of it, one panel below the other. Left out: the metric that is watched. */
  readonly panels?: readonly MetricPanel[];
  /** Trained in turn on each batch: one phase for an autoencoder, two for a GAN. No two phases of a model share a name. */
  readonly phases: readonly Phase[];
  /** Metrics while this stage lasts. Left out: those of the model. */
  readonly validation?: (batch: number) => Program<"x">;
  /** That of `validation`, as for a model. */
  readonly assess?: Assess;
  /** What is computed at the end of each epoch. In a stage that learns nothing by gradients, the last batch is as small as it comes, so that every example counts. */
  readonly solve?: Solve;
}

/** Metrics over the steps that belong beside each other, by the names under which phases and validation log them. */
export interface MetricPanel {
  readonly title: string;
  /** Name of the vertical axis, with its unit. */
  readonly label: string;
  readonly metrics: readonly string[];
}

/** A step on the host, for what has a closed form: eigenvectors, the means of a mixture, a copy from stage to stage. */
export interface Solve {
  readonly reads: readonly Variable[];
  /** New values of variables from those in `reads`, in the same order. */
  compute(values: readonly Float32Array[]): ReadonlyMap<Variable, Float32Array>;
}

export interface Phase {
  readonly name: string;
  /** What this phase trains. */
  readonly parameters: readonly Variable[];
  /** Trained on every n-th batch alone: a critic learns more often than its generator. Default 1. */
  readonly every?: number;
  /** Learning rate as a multiple of the stage's. Default 1. */
  readonly learningRateFactor?: number;
  /** Limits what an update makes of each parameter, as by clipping. */
  readonly constrain?: (updated: Tensor) => Tensor;
  /** Whether the length of all its gradients together is logged, as the metric `<name>GradientNorm`. Default false. */
  readonly gradientNorm?: boolean;
  /** Whether averages of its parameters are kept where the run keeps any. Default true. */
  readonly averaged?: boolean;
  objective(batch: number): Objective;
  /** What takes the place of `objective` on every n-th step of the phase, by the same optimizer: for a term that costs much and changes little from step to step. The phase keeps no averages. */
  readonly lazily?: { readonly every: number; objective(batch: number): Objective };
}

/** The stages of a model whose phases are trained from the first to the last epoch. */
export const oneStage = (...phases: readonly Phase[]): readonly Stage[] => [{ name: phases[0].name, phases }];

/** Number of classes of the data; a UsageError where it has none. */
export function classesOf({ classes }: DataSpec, model: string): number {
  if (!classes) throw new UsageError(`The model "${model}" is told the class of each example, but the data has no classes`, "Put the images of each class into a subfolder of its own, name the column of a table that says the class (--label-column), or the file with the labels of an array (--labels); or use a model without conditions.");
  return classes.length;
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

/**
 * What a trained model can do: each makes a Program for a batch of the given size. Images are in the model's range.
 * A conditional model's programs take one more input, `labels`: int32 [batch].
 */
export interface Abilities {
  /** x [batch, ...image] -> reconstruction of the same shape. */
  readonly reconstruct?: (batch: number) => Program<"x", "reconstruction">;
  /** x [batch, ...image] -> codings [batch, size]. */
  readonly encode?: (batch: number) => Program<"x", "codings">;
  /** codings [batch, size] -> images [batch, ...image]. */
  readonly decode?: (batch: number) => Program<"codings", "images">;
  /** Noise -> samples [batch, ...image]. */
  readonly sample?: (batch: number) => Program<never, "samples">;
  /** The same from codings that are nearer to their mean: 1 leaves them where they are, 0 makes all alike. Samples are better, and differ less. */
  readonly truncate?: (batch: number, psi?: number) => Program<never, "samples">;
  /** Pairs of codings [batch, 2, size] -> images whose first `crossover` styles, those of the coarse layers, are the first coding's, and whose other styles are the second's. Default: half of them. */
  readonly mix?: (batch: number, crossover?: number) => Program<"pairs", "images">;
  /** x [batch, ...image] -> what the model learns to mend: examples spoilt by noise. */
  readonly corrupt?: (batch: number) => Program<"x", "corrupted">;
  /** x [batch, ...image], corrupted -> clean images of the same shape. */
  readonly denoise?: (batch: number) => Program<"x", "denoised">;
  /** x [batch, ...image] = x0 + sigma n, at sigma [batch] and the time [batch] that belongs to it -> the x0 to be expected. A model that translates is given the `source` [batch, ...image] too. */
  readonly denoiser?: (batch: number) => Program<"x" | "sigma" | "time", "denoised">;
  /** x [batch, source channels, height, width] -> what it becomes, [batch, target channels, height, width]. */
  readonly translate?: (batch: number) => Program<"x", "translated">;
  /** The other way: x [batch, target channels, height, width] -> sources of the same size. */
  readonly translateBack?: (batch: number) => Program<"x", "translated">;
  /** x [batch, ...image] -> an estimate of log p(x) in nats, [batch], from so many importance samples for each; exp of it is unbiased. */
  readonly logLikelihood?: (batch: number, samples?: number) => Program<"x", "logLikelihood">;
  /** x [batch, ...image] -> the images of 0 and 1 that the model is about, for `logLikelihood`. */
  readonly binarize?: (batch: number) => Program<"x", "binarized">;
}
export type AbilityName = keyof Abilities;

/** What a model can do: a diffusion model samples or translates too, in many steps. */
export const abilityNames = ({ abilities, diffusion }: Pick<BuiltModel, "abilities" | "diffusion">): string[] => [...Object.keys(abilities), ...(diffusion ? [diffusion.translates ? "translate" : "sample"] : [])];
