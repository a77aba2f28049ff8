/**
 * What a sampler is: how to go, level by level, from noise to an example, with any denoiser D(x; sigma). Samplers know nothing of networks or of training.
 *
 * All of them speak of x = x0 + sigma n, an example with noise on top of it (the coordinates of Karras et al., "Elucidating the Design Space of Diffusion-Based Generative
 * Models", 2022). A model that scales its examples down as they get noisier, as DDPM does (sqrt(alphasCumprod) x0 + sqrt(1 - alphasCumprod) n), has sigma =
 * sqrt((1 - alphasCumprod) / alphasCumprod), and divides by sqrt(alphasCumprod) to come here; then the papers' formulas are those below with alpha = 1.
 */
import type { z } from "zod";
import type { Tensor } from "../tensor/index.js";
import type { Spacing } from "./noise-schedules.js";

/** How noisy an example is: numbers on the host, scalars in a program. */
export interface Level<Value = number> {
  /** Standard deviation of the noise on x0. */
  readonly sigma: Value;
  /** The same in the unit that the network is told. */
  readonly time: Value;
}

/** x [batch, ...shape] at a level -> the x0 to be expected there, of the same shape. */
export type Denoise = (x: Tensor, level: Level<Tensor>) => Tensor;

/** What a model that learns variances finds besides, of x's shape too. */
export interface Varied {
  readonly x0: Tensor;
  /** Where the variance of a step down lies, in logs: 0 for the posterior's, 1 for the forward step's. */
  readonly share: Tensor;
}

/** Numbers of one step, computed in float64 on the host. */
export type Scalars = Readonly<Record<string, number>>;

export interface Step {
  /** [batch, ...shape], at the level `from`. */
  readonly x: Tensor;
  readonly denoise: Denoise;
  /** Of a model that learns variances. */
  readonly denoiseAndVary?: ((x: Tensor, level: Level<Tensor>) => Varied) | undefined;
  readonly from: Level<Tensor>;
  readonly to: Level<Tensor>;
  /** What `scalars` gave for this step. */
  readonly scalars: Readonly<Record<string, Tensor>>;
  /** What the step before remembered, of x's shape each; zeros at first. */
  readonly memory: Readonly<Record<string, Tensor>>;
  /** New standard normal noise of x's shape. */
  readonly noise: () => Tensor;
}

export interface Stepped {
  /** At the level `to`. */
  readonly x: Tensor;
  readonly memory?: Readonly<Record<string, Tensor>>;
}

export interface Sampler<Options extends z.ZodObject = z.ZodObject> {
  /** As on the command line. */
  readonly name: string;
  readonly title: string;
  readonly paper: { readonly authors: string; readonly title: string; readonly year: number; readonly url: string };
  readonly options: Options;
  /** Evaluations of the denoiser in a step. */
  readonly evaluations: number;
  /** Only for a denoiser that gives an example rather than the mean of all that there may be, as of a distilled model. */
  readonly jumps?: true;
  /** How its levels should lie, whatever the model's do, when nothing else is said. */
  readonly spacing?: Spacing;
  /** Whether it follows the probability flow with these options, which leads from noise to an example and back: no noise is added on the way. */
  follows(options: z.output<Options>): boolean;
  /** What a step leaves to the next one. */
  readonly memory?: readonly string[];
  /** The scalars of the step from levels[index] to levels[index + 1]: sigmas fall, and all are above 0. */
  scalars?(levels: readonly Level[], index: number, options: z.output<Options>, timeOf: (sigma: number) => number): Scalars;
  /** One step. After the last level the denoised x is the sample, whatever the sampler. */
  step(step: Step): Stepped;
}

/** Half of the log of the signal-to-noise ratio: the time of the exponential integrators. */
export const lambdaOf = ({ sigma }: Level): number => -Math.log(sigma);
