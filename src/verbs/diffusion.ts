/** Sampling from a diffusion model: which sampler, how many steps, how strongly the class is asked for. */
import { sampleByDiffusion, type DiffusionSampling } from "../analysis/diffusion-sampling.js";
import { runRows } from "../analysis/rows.js";
import type { DataSpec } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import type { BuiltModel, Model } from "../models/model.js";
import { findSampler, guided, guidedVaried, levelsOf, type Spacing } from "../samplers/index.js";
import { clip, input, type Tensor } from "../tensor/index.js";

export interface DiffusionSettings {
  /** Name of a sampler. Default "dpm-solver"; of a distilled model "consistency". */
  readonly sampler?: string | undefined;
  /** Evaluations of the network go with it. Default 20; of a distilled model 2. */
  readonly steps?: number | undefined;
  /** Of the levels that are visited. Default: the sampler's, where it has one ("karras" of those of second order), else the model's own. */
  readonly spacing?: Spacing | undefined;
  /** Of a conditional model: 1 samples what it has learned of the class, more makes samples clearer and more alike (Ho & Salimans 2022). Default 1. */
  readonly guidance?: number | undefined;
  /** The sampler's own options, such as { eta: 0.5 }. */
  readonly samplerOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Told after each step; `read` gives the examples of the batch as they are, with what noise is left. */
  readonly onStep?: ((done: number, steps: number, read: () => Promise<Float32Array>) => void | Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the examples are to be. */
interface Wanted extends DiffusionSettings {
  /** Of a conditional model. */
  readonly labels?: ArrayLike<number> | undefined;
  /** Of a model that translates: what each example is made of, in the model's range. */
  readonly source?: ArrayLike<number> | undefined;
  /** Examples at once. Default 64. */
  readonly batchSize?: number | undefined;
}
interface DiffusionRequest extends Wanted {
  readonly count: number;
  readonly seed: number;
}

/** What is sampled from; the shape of `Trained`. */
export interface DiffusionRun {
  readonly model: Model;
  readonly built: BuiltModel;
  readonly spec: DataSpec;
  readonly engine: Engine;
}

/** `count` new examples, one after the other, in the model's range. A UsageError where the settings do not fit the model. */
export async function sampleDiffusion(run: DiffusionRun, { count, seed, ...settings }: DiffusionRequest): Promise<Float32Array> {
  return sampleByDiffusion(run.engine, { ...samplingOf(run, settings), count, seed });
}

/** What a sampler is to do with the model: all but how many, and from where. A conditional model is told the labels, or no class where there are none. A UsageError where the settings do not fit the model. */
export function samplingOf({ model, built: { diffusion }, spec }: Omit<DiffusionRun, "engine">, settings: Wanted): Omit<DiffusionSampling, "count"> {
  if (!diffusion) throw new UsageError(`"${model.name}" is no diffusion model`, "Use morphogen models to see which are.");
  const { classes, unconditional = true, schedule, translates, jumps, latent } = diffusion;
  const { sampler = jumps?.sampler ?? "dpm-solver", steps = jumps?.steps ?? 20, guidance = 1, samplerOptions = {}, labels, source, batchSize, onStep, signal } = settings;
  if (translates && !source) throw new UsageError(`The model "${model.name}" makes one image of another, and none was given`, "Use morphogen translate, or the library's translate.");
  if (guidance !== 1 && classes === undefined) throw new UsageError(`The model "${model.name}" was not told classes, so there is nothing to guide it to`, "Train it with --conditional, or leave --guidance out.");
  if (guidance !== 1 && !labels) throw new UsageError("Guidance leads to a class, and none is given", "Say which class (--class), or leave --guidance out.");
  if (guidance !== 1 && jumps) throw new UsageError(`The model "${model.name}" was distilled, and has learned the guidance that its teacher was given`, "Leave --guidance out, or distill with another: morphogen distill RUN --guidance 2.");
  if (!unconditional && (guidance !== 1 || !labels)) throw new UsageError(`The model "${model.name}" was told the class of every example, so that ${labels ? "guidance has nothing to lead away from" : "it has to be told here too"}`, labels ? "Leave --guidance out, or train with --unknown 0.1." : "Say which class (--class), or train with --unknown 0.1.");
  const chosen = findSampler(sampler);
  const spacing = settings.spacing ?? chosen.spacing ?? diffusion.spacing;
  if (chosen.jumps && !jumps) throw new UsageError(`${chosen.title} is for distilled models, and "${model.name}" is none`, "Leave --sampler out, or distill the run: morphogen distill RUN.");
  if (jumps && sampler !== jumps.sampler) throw new UsageError(`The model "${model.name}" goes from noise to examples at once, which ${chosen.title} has no use for`, `Use the sampler ${jumps.sampler}, or leave it out.`);
  const options = chosen.options.safeParse(samplerOptions);
  if (!options.success) {
    const [{ path, message }] = options.error.issues;
    throw new UsageError(`${chosen.title}: ${path.join(".") || "options"}: ${message}`, `It takes: ${Object.keys(chosen.options.shape).join(", ") || "no options"}.`);
  }
  const [low, high] = model.accepts.range;
  const pixels = spec.kind === "images" || spec.kind === "pairs" ? (x0: Tensor) => clip(x0, low, high) : (x0: Tensor) => x0;
  const seen = latent?.limit ?? pixels;
  const asked = classes === undefined ? diffusion.denoise : guided(diffusion.denoise, { none: classes, weight: guidance });
  const varied = diffusion.denoiseAndVary && (classes === undefined ? diffusion.denoiseAndVary : guidedVaried(diffusion.denoiseAndVary, { none: classes, weight: guidance }));
  return {
    shape: translates?.target ?? latent?.shape ?? spec.shape,
    ...(latent && { decode: latent.decode }),
    // Where an x0 beyond black or white is expected, it is black or white; a coding beyond all others is like the farthest.
    denoise: (x, level, ...told) => seen(asked(x, level, ...told)),
    denoiseAndVary: varied && ((x, level, given) => {
      const { x0, share } = varied(x, level, given);
      return { x0: seen(x0), share };
    }),
    sampler: chosen,
    options: options.data,
    levels: jumps ? jumps.levels(steps, spacing) : levelsOf(schedule, steps, spacing),
    timeOf: schedule.timeOf,
    ...(classes !== undefined && { labels }),
    ...(translates && source && { source: { shape: translates.source, values: source } }),
    ...(batchSize !== undefined && { batchSize }),
    ...(onStep && { onStep }),
    signal,
  };
}

/** Examples [n, ...] in the model's range as its samplers have them: of a model of codings, encoded. */
export async function asSampled({ built: { diffusion }, spec, engine }: DiffusionRun, values: Float32Array, count: number): Promise<Float32Array> {
  const latent = diffusion?.latent;
  if (!latent) return values;
  return runRows(engine, (batch) => {
    const x = input("x", [batch, ...spec.shape]);
    return { inputs: { x }, outputs: { codings: latent.encode(x) } };
  }, { count, values });
}

/** The way back: `count` examples of what a sampler has. */
export async function asExamples({ built: { diffusion }, engine }: DiffusionRun, values: Float32Array, count: number): Promise<Float32Array> {
  const latent = diffusion?.latent;
  if (!latent) return values;
  return runRows(engine, (batch) => {
    const codings = input("codings", [batch, ...latent.shape]);
    return { inputs: { codings }, outputs: { examples: latent.decode(codings) } };
  }, { count, values });
}

/** A UsageError for a model of codings, which says nothing of single pixels. */
export function requirePixels({ model, built: { diffusion } }: Pick<DiffusionRun, "model" | "built">, wanted: string): void {
  if (diffusion?.latent) throw new UsageError(`The model "${model.name}" knows codings of whole examples, not their pixels, which ${wanted} needs`, "Use a run of diffusion, edm or flow-matching.");
}

/** A UsageError for a model that goes from noise to examples at once, and so has no probability flow for what is wanted. */
export function requireFlow({ model, built: { diffusion } }: Pick<DiffusionRun, "model" | "built">, wanted: string): void {
  if (diffusion?.jumps) throw new UsageError(`The model "${model.name}" goes from noise to examples at once, not along a probability flow, which ${wanted} needs`, "Use the run that taught it.");
}
