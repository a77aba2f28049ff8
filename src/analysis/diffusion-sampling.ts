/** Running a sampler on an engine: the examples stay in it from the first step to the last, a step is one call, and all that goes in is noise and a few scalars. */
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import type { Diffusion } from "../models/model.js";
import { repaint, samplers, visits, withKnown, type ConditionalVaried, type Denoise, type Level, type Sampler, type Scalars } from "../samplers/index.js";
import { add, broadcastTo, constant, input, mul, noise, sizeOf, variable, type Input, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { withExecutables } from "./executables.js";

export interface DiffusionSampling {
  /** Of one example. */
  readonly shape: Shape;
  /** With labels and sources only if there are some. */
  readonly denoise: Diffusion["denoise"];
  /** Of a model that learns variances, for samplers that ask for them. */
  readonly denoiseAndVary?: ConditionalVaried | undefined;
  /** What each is made into at last, where these are codings. Default: nothing. */
  readonly decode?: ((codings: Tensor) => Tensor) | undefined;
  readonly sampler: Sampler;
  /** The sampler's own options, checked. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Levels that are visited, the noisiest first; the other way round with a sampler that adds no noise, to follow the probability flow from examples to noise. */
  readonly levels: readonly Level[];
  readonly timeOf: (sigma: number) => number;
  readonly count: number;
  /** What to begin with, [count, ...shape], and the deviation of the noise that is added to it. Default: zeros, and the sigma of the first level. */
  readonly start?: { readonly values: Float32Array; readonly noise: number };
  /** What is not to change (RePaint), and how often each step is made: values, and 1 where they are known, else 0, [count, ...shape] both. */
  readonly known?: { readonly values: Float32Array; readonly keep: Float32Array; readonly visits: number };
  /** What is left at the last level: the x0 to be expected, decoded where it can be, or x as it is. Default "denoised". */
  readonly result?: "denoised" | "noisy";
  /** Example i depends on the seed, its label and on i alone. Default 0. */
  readonly seed?: number;
  /** A class for each example, of a conditional model. */
  readonly labels?: ArrayLike<number> | undefined;
  /** What each example is made of, one after the other, of a model that translates. */
  readonly source?: { readonly shape: Shape; readonly values: ArrayLike<number> } | undefined;
  /** Examples at once. Default 64. */
  readonly batchSize?: number;
  /** Told after each step, of how many there are for all examples; `read` gives the noisy examples of the batch as they are. */
  readonly onStep?: (done: number, steps: number, read: () => Promise<Float32Array>) => void | Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** `count` examples [count, ...shape], or what they are decoded into, one after the other. A UsageError for labels, sources or values that are not as many, and for a sampler with a memory where steps are repeated. */
export async function sampleByDiffusion(engine: Engine, request: DiffusionSampling): Promise<Float32Array> {
  const { levels, count, start, known, seed = 0, labels, source, batchSize = 64, onStep, signal } = request;
  check(request);
  const batch = Math.max(1, Math.min(count, batchSize));
  const plan = planOf(request);
  const programs = programsOf(request, batch, Object.keys(plan[0]?.scalars ?? {}));
  const width = sizeOf(programs.end.outputs.samples.shape) / batch;
  const results = new Float32Array(count * width);
  const steps = (plan.length + 1) * Math.ceil(count / batch);
  let done = 0;
  return withExecutables(engine, [programs.begin, programs.end, ...(plan.length > 0 ? [programs.step()] : [])], async ([begin, end, step]) => {
    for (let firstRow = 0; firstRow < count; firstRow += batch) {
      const fed = labels ? { labels: Int32Array.from({ length: batch }, (_, i) => labels[Math.min(count - 1, firstRow + i)]) } : {};
      const told = async (): Promise<void> => onStep?.(++done, steps, async () => Float32Array.from(await engine.read(programs.x)));
      const written: [Variable | undefined, ArrayLike<number> | undefined][] = [[start && programs.x, start?.values], [programs.known?.values, known?.values], [programs.known?.keep, known?.keep], [programs.source, source?.values]];
      for (const [variable, values] of written) if (variable) await engine.write(variable, rowsOf(values ?? [], firstRow, variable.shape));
      await begin.run({ sigma: Float32Array.of(start?.noise ?? levels[0].sigma) }, { seed, firstRow });
      for (const [i, { from, to, scalars }] of plan.entries()) {
        signal?.throwIfAborted();
        await step.run({ ...feedsOf({ ...levelScalars("from", from), ...levelScalars("to", to), ...scalars }), ...fed }, { seed, step: i + 1, firstRow });
        await told();
      }
      const { samples } = await end.run({ ...feedsOf(levelScalars("from", levels[levels.length - 1])), ...fed });
      results.set(samples.subarray(0, Math.min(batch, count - firstRow) * width), firstRow * width);
      await told();
    }
    return results;
  });
}

/**
 * Where the probability flow leads examples [count, ...shape] (Song, Meng & Ermon, "Denoising Diffusion Implicit Models", 2021, section 4.3): what sampling from `start: { values, noise: 0 }`
 * with the same levels leads back, the better the more levels there are. The examples themselves are taken for what is at the last level. Of a sampler that adds no noise.
 */
export const invertByDiffusion = (engine: Engine, { levels, ...request }: Omit<DiffusionSampling, "start" | "known" | "result">, values: Float32Array): Promise<Float32Array> =>
  sampleByDiffusion(engine, { ...request, levels: [...levels].reverse(), start: { values, noise: 0 }, result: "noisy" });

function check({ shape, count, sampler, levels, start, known, labels, source }: DiffusionSampling): void {
  if (labels && labels.length !== count) throw new UsageError(`${labels.length} labels for ${count} examples`, "Give a label for each.");
  if (source && source.values.length !== count * sizeOf(source.shape)) throw new UsageError(`${source.values.length / sizeOf(source.shape)} sources for ${count} examples`, "Give a source for each.");
  for (const given of [start?.values, known?.values, known?.keep])
    if (given && given.length !== count * sizeOf(shape)) throw new UsageError(`${given.length} values for ${count} examples of [${shape.join(", ")}]`, `Give ${count * sizeOf(shape)}, one example after the other.`);
  if (known && levels.length < 2) throw new UsageError("From one level of noise alone, what is filled in knows nothing of the rest", "Use at least 2 steps (--steps 2).");
  if (!known || !sampler.memory) return;
  const able = samplers.filter(({ memory }) => !memory).map(({ name }) => name);
  throw new UsageError(`${sampler.title} goes by the step before, but to fill in what is missing steps are repeated`, `Use one of ${able.join(", ")}.`);
}

interface PlannedStep {
  readonly from: Level;
  readonly to: Level;
  readonly scalars: Scalars;
}

const planOf = ({ sampler, options = {}, levels, timeOf, known }: DiffusionSampling): PlannedStep[] =>
  levels.slice(1).flatMap((to, i) => {
    const [from, scalars] = [levels[i], sampler.scalars?.(levels, i, sampler.options.parse(options), timeOf) ?? {}];
    return (known ? visits(from, to, known.visits) : [{}]).map((visit) => ({ from, to, scalars: { ...scalars, ...visit } }));
  });

/** As many rows from `first` on as `shape` has, zeros after the last. */
function rowsOf(values: ArrayLike<number>, first: number, shape: Shape): Float32Array {
  const [size, start] = [sizeOf(shape), (first * sizeOf(shape)) / shape[0]];
  const rows = new Float32Array(size);
  for (let i = 0; i < size && start + i < values.length; i++) rows[i] = values[start + i];
  return rows;
}

const levelScalars = (name: string, { sigma, time }: Level): Scalars => ({ [`${name}Sigma`]: sigma, [`${name}Time`]: time });
const feedsOf = (scalars: Scalars): Record<string, Float32Array> => Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)]));

/** `begin` puts noise into x, or adds it to what was written there; `step` takes it to the next level, `end` gives what is left when all noise is taken away. */
function programsOf({ shape, denoise, denoiseAndVary, decode = (x0) => x0, sampler, labels, ...given }: DiffusionSampling, batch: number, names: readonly string[]) {
  const state = [batch, ...shape];
  const x = variable("sampling.x", state);
  const known = given.known && { values: variable("sampling.known", state), keep: variable("sampling.keep", state) };
  const memory: Readonly<Record<string, Variable>> = Object.fromEntries((sampler.memory ?? []).map((name) => [name, variable(`sampling.${name}`, state)]));
  const zeros = broadcastTo(constant(0), state);
  const classes = labels && input("labels", [batch], "int32");
  // Written once for a batch, and then there for all its steps.
  const source = given.source && variable("sampling.source", [batch, ...given.source.shape]);
  const denoiseAs: Denoise = (noisy, level) => denoise(noisy, level, classes, source);
  const varyAs = denoiseAndVary && ((noisy: Tensor, level: Level<Tensor>) => denoiseAndVary(noisy, level, classes));

  const scalar = (name: string): Input => input(name, []);
  const levelInputs = (name: string) => {
    const [sigma, time] = [scalar(`${name}Sigma`), scalar(`${name}Time`)];
    return { level: { sigma, time }, inputs: { [sigma.name]: sigma, [time.name]: time } };
  };
  const [from, to, scalars] = [levelInputs("from"), levelInputs("to"), Object.fromEntries(names.map((name) => [name, scalar(name)]))];
  const stepped = () => (known ? repaint(sampler, known) : sampler).step({ x, denoise: denoiseAs, denoiseAndVary: varyAs, from: from.level, to: to.level, scalars, memory, noise: () => noise.normal(state) });
  const sigma = scalar("sigma");
  const noisy = mul(sigma, noise.normal(state));
  const labelInputs: Record<string, Tensor> = classes ? { labels: classes } : {};
  const expected = (): Tensor => {
    const denoised = denoiseAs(x, from.level);
    return decode(known ? withKnown(denoised, known) : denoised);
  };
  return {
    x,
    known,
    source,
    begin: { inputs: { sigma }, outputs: {}, updates: new Map<Variable, Tensor>([[x, given.start ? add(x, noisy) : noisy], ...Object.values(memory).map((kept): [Variable, Tensor] => [kept, zeros])]) },
    step: () => {
      const next = stepped();
      return {
        inputs: { ...from.inputs, ...to.inputs, ...scalars, ...labelInputs },
        outputs: {},
        updates: new Map<Variable, Tensor>([[x, next.x], ...Object.entries(memory).map(([name, kept]): [Variable, Tensor] => [kept, next.memory?.[name] ?? kept])]),
      };
    },
    end: { inputs: { ...from.inputs, ...labelInputs }, outputs: { samples: given.result === "noisy" ? x : expected() } },
  };
}
