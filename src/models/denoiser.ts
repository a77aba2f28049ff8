/**
 * What all diffusion models share: a network F is trained to tell an example from the noise on it, and wrapped into the denoiser D(x; sigma) that samplers ask. Which quantity F predicts, how
 * noisy its examples are and how errors are weighed tells the models apart (Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022, table 1).
 */
import { huber, inferenceMode, meanSquaredError, trainingMode, type Mode } from "../nn/index.js";
import { preconditions, weightings, type Level, type NoiseSchedule, type Prediction, type Spacing, type Varied, type WeightingName } from "../samplers/index.js";
import { add, broadcastTo, cast, concat, constant, div, input, less, mean, mul, noise, reshape, split, stopGradient, sub, where, type Input, type Shape, type Tensor } from "../tensor/index.js";
import type { Network } from "./diffusion-network.js";
import { boundTerms } from "./learned-variance.js";
import { oneStage, type BuiltModel } from "./model.js";

export interface DiffusionDesign {
  /** Of one example; of a pair [source channels + target channels, height, width]. */
  readonly shape: Shape;
  /** Of a model that learns from pairs: how many channels are the source's. The network sees them before those of the noisy target. `residual`: x0 is what to add to the source. */
  readonly pairs?: { readonly source: number; readonly residual: boolean };
  readonly network: Network;
  readonly schedule: NoiseSchedule;
  /** Of the levels that samplers visit when nothing else is said. */
  readonly spacing: Spacing;
  /** What is fed for a batch, and the examples [batch, ...shape] that are made of it. Default: the examples themselves. */
  readonly fed?: (batch: number) => Fed;
  /** What F stands for. */
  readonly prediction: Prediction;
  /** Levels that a batch is trained at, [batch] each. */
  readonly drawLevels: (batch: number) => Level<Tensor>;
  readonly loss: "mse" | "huber";
  readonly weighting: WeightingName;
  /** Standard deviation of the data, sigma_data. */
  readonly deviation: number;
  /** Of a model that learns variances, whose network has twice the channels: the steps that it is trained on. */
  readonly learnedVariance?: { readonly alphasCumprod: Float64Array } | undefined;
  /** Of a model that is told classes: how many, and for which share of the examples it is told none (Ho & Salimans 2022). */
  readonly classes?: { readonly count: number; readonly unknown: number } | undefined;
}

export interface Fed {
  readonly x: Input;
  readonly examples: Tensor;
}

/** What the network is told of the examples. */
interface Told {
  readonly labels?: Tensor | undefined;
  readonly source?: Tensor | undefined;
}

/** Per-example numbers [batch], or one for all, shaped so that they multiply x. */
export const across = (value: Tensor, { rank, shape: [batch] }: Tensor): Tensor => (value.rank === 0 ? value : reshape(value, [batch, ...new Array<number>(rank - 1).fill(1)]));

/** lambda of Nichol & Dhariwal 2021, equation 16. */
const BOUND_WEIGHT = 1e-3;

type Classes = NonNullable<DiffusionDesign["classes"]>;

/** Some labels replaced by the number of classes, which says none. */
export const forgotten = (labels: Tensor | undefined, classes: Classes | undefined): Tensor | undefined =>
  labels && classes && classes.unknown > 0 ? where(less(noise.uniform(labels.shape), classes.unknown), cast(broadcastTo(constant(classes.count), labels.shape), "int32"), labels) : labels;

/** What samplers are told of the classes. */
export const toldClasses = ({ count, unknown }: Classes) => ({ classes: count, unconditional: unknown > 0 });

interface Errors {
  readonly loss: Tensor;
  /** L_vlb in bits per value, without L_T, which nothing can change; of a model that learns variances. */
  readonly bound?: Tensor;
}

const phaseLoss = ({ loss, ...metrics }: Errors) => ({ loss, metrics });

export function diffusionModel(design: DiffusionDesign): BuiltModel {
  const { shape, pairs, network, schedule, spacing, prediction, deviation, learnedVariance, classes, fed = itself } = design;
  function itself(batch: number): Fed {
    const x = input("x", [batch, ...shape]);
    return { x, examples: x };
  }
  const boundOf = learnedVariance && boundTerms(learnedVariance.alphasCumprod);
  const labelsOf = (batch: number): { readonly labels?: Tensor } => (classes ? { labels: input("labels", [batch], "int32") } : {});
  const [channels, ...size] = shape;
  const translates = pairs && { source: [pairs.source, ...size], target: [channels - pairs.source, ...size] };
  const example = translates?.target ?? shape;

  /** Of examples as they are fed, x0 and the image that it is made of. */
  function halves(x: Tensor): { readonly x0: Tensor; readonly source?: Tensor } {
    if (!pairs) return { x0: x };
    const [source, target] = split(x, [pairs.source, channels - pairs.source], 1);
    return { x0: pairs.residual ? sub(target, source) : target, source };
  }

  /** F beside what belongs to it: D = skip x + out F. The second half of the channels says where between -1 and 1 the variance lies (the authors' code; equation 15 has 0 to 1). */
  function evaluate(x: Tensor, { sigma, time }: Level<Tensor>, mode: Mode, { labels, source }: Told) {
    const { skip, out, in: scale } = preconditions[prediction](sigma, deviation);
    const times = time.rank === 0 ? broadcastTo(time, [x.shape[0]]) : time;
    const scaled = mul(x, across(scale, x));
    const answer = network.apply(source ? concat([source, scaled], 1) : scaled, times, mode, labels);
    const [value, place] = boundOf ? split(answer, [x.shape[1], x.shape[1]], 1) : [answer, constant(-1)];
    const share = mul(0.5, add(1, place));
    return { skip: across(skip, x), out: across(out, x), value, share };
  }

  function denoiseAndVary(x: Tensor, level: Level<Tensor>, labels?: Tensor, source?: Tensor): Varied {
    const base = pairs?.residual ? source : undefined;
    const noisy = base ? sub(x, base) : x;
    const { skip, out, value, share } = evaluate(noisy, level, inferenceMode(), { labels, source });
    const denoised = add(mul(skip, noisy), mul(out, value));
    return { x0: base ? add(base, denoised) : denoised, share };
  }
  const denoise = (x: Tensor, level: Level<Tensor>, labels?: Tensor, source?: Tensor): Tensor => denoiseAndVary(x, level, labels, source).x0;

  /** Mean over the batch of the weighed error of F, and of what else is learned. */
  function errorOf(examples: Tensor, labels: Tensor | undefined, mode: Mode): Errors {
    const { x0: x, source } = halves(examples);
    const level = design.drawLevels(x.shape[0]);
    const noisy = add(x, mul(across(level.sigma, x), noise.normal(x.shape)));
    const { skip, out, value, share } = evaluate(noisy, level, mode, { labels, source });
    const target = div(sub(x, mul(skip, noisy)), out);
    const errors = design.loss === "huber" ? huber(value, target, 1, "none") : meanSquaredError(value, target, "none");
    const simple = design.weighting === "none" ? mean(errors) : mean(mul(across(weightings[design.weighting](level.sigma, prediction, { sigmaData: deviation }), x), errors));
    if (!boundOf || !learnedVariance) return { loss: simple };
    const expected = stopGradient(add(mul(skip, noisy), mul(out, value)));
    const bound = mul(learnedVariance.alphasCumprod.length, mean(boundOf({ x0: x, expected, share, time: level.time })));
    return { loss: add(simple, mul(BOUND_WEIGHT, bound)), bound };
  }

  return {
    variables: [...network.parameters, ...network.statistics],
    stages: oneStage({
      name: "denoiser",
      parameters: network.parameters,
      objective(batch) {
        const [{ x, examples }, { labels }, mode] = [fed(batch), labelsOf(batch), trainingMode()];
        return { inputs: { x, ...(labels && { labels }) }, ...phaseLoss(errorOf(examples, forgotten(labels, classes), mode)), updates: mode.updates };
      },
    }),
    validation(batch) {
      const [{ x, examples }, { labels }] = [fed(batch), labelsOf(batch)];
      return { inputs: { x, ...(labels && { labels }) }, outputs: { ...errorOf(examples, labels, inferenceMode()) } };
    },
    diffusion: { schedule, spacing, denoise, ...(boundOf && { denoiseAndVary }), ...(classes && toldClasses(classes)), ...(translates && { translates }) },
    abilities: {
      denoiser(batch) {
        const [x, sigma, time, { labels }] = [input("x", [batch, ...example]), input("sigma", [batch]), input("time", [batch]), labelsOf(batch)];
        const source = translates && input("source", [batch, ...translates.source]);
        return { inputs: { x, sigma, time, ...(labels && { labels }), ...(source && { source }) }, outputs: { denoised: denoise(x, { sigma, time }, labels, source) } };
      },
    },
  };
}
