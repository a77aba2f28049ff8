/** The codings of a diffusion model: the noise that its probability flow leads an example to, and from which it leads back (Song, Meng & Ermon, "Denoising Diffusion Implicit Models", 2021, sections 4.3 and 5.3). */
import { invertByDiffusion, sampleByDiffusion, type DiffusionSampling } from "../analysis/diffusion-sampling.js";
import { UsageError } from "../errors.js";
import { samplers } from "../samplers/index.js";
import { sizeOf } from "../tensor/index.js";
import { asSampled, requireFlow, samplingOf, type DiffusionRun, type DiffusionSettings } from "./diffusion.js";

export interface InversionSettings {
  /** What a conditional model is told of each example; left out: no class. */
  readonly labels?: ArrayLike<number> | undefined;
  /** The same both ways. Default sampler "dpm-solver", default steps 50. */
  readonly diffusion?: DiffusionSettings | undefined;
}

function flowOf(run: DiffusionRun, values: Float32Array, { labels, diffusion = {} }: InversionSettings): DiffusionSampling {
  requireFlow(run, "finding the noise that leads to an example");
  const { steps = 50 } = diffusion;
  const sampling = samplingOf(run, { ...diffusion, steps, labels });
  const { sampler, options = {} } = sampling;
  if (!sampler.follows(sampler.options.parse(options))) {
    const able = samplers.filter((each) => each.follows(each.options.parse({}))).map(({ name }) => name);
    throw new UsageError(`To find the noise that leads to an example none may be added on the way, which ${[sampler.name, ...Object.keys(diffusion.samplerOptions ?? {})].join(" with ")} would`, `Use one of ${able.join(", ")}, without options.`);
  }
  return { ...sampling, count: values.length / sizeOf(sampling.shape) };
}

/** Codings [n, ...] of examples [n, ...shape] in the model's range: x at the noisiest level, which has the shape of an example, or of what the model learns in its place. A UsageError for a sampler that adds noise, and a model without a probability flow. */
export async function invert(run: DiffusionRun, values: Float32Array, settings: InversionSettings = {}): Promise<Float32Array> {
  const begin = await asSampled(run, values, values.length / sizeOf(run.spec.shape));
  return invertByDiffusion(run.engine, flowOf(run, begin, settings), begin);
}

/** Examples of codings, the nearer to those that were inverted the more steps are made. */
export async function fromCodings(run: DiffusionRun, codings: Float32Array, settings: InversionSettings = {}): Promise<Float32Array> {
  return sampleByDiffusion(run.engine, { ...flowOf(run, codings, settings), start: { values: codings, noise: 0 } });
}
