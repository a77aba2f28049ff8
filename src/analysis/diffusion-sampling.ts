/** Running a sampler on an engine: the examples stay in it from the first step to the last, a step is one call, and all that goes in is noise and a few scalars. */
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import type { ConditionalDenoise, Denoise, Level, Sampler, Scalars } from "../samplers/index.js";
import { broadcastTo, constant, input, mul, noise, sizeOf, variable, type Input, type Shape, type Tensor, type Variable } from "../tensor/index.js";

export interface DiffusionSampling {
  /** Of one example. */
  readonly shape: Shape;
  /** With labels only if there are some. */
  readonly denoise: ConditionalDenoise;
  readonly sampler: Sampler;
  /** The sampler's own options, checked. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Levels that are visited, the noisiest first. */
  readonly levels: readonly Level[];
  readonly timeOf: (sigma: number) => number;
  readonly count: number;
  /** Example i depends on the seed, its label and on i alone. Default 0. */
  readonly seed?: number;
  /** A class for each example, of a conditional model. */
  readonly labels?: ArrayLike<number> | undefined;
  /** Examples at once. Default 64. */
  readonly batchSize?: number;
  /** Told after each step, of how many there are for all examples; `read` gives the noisy examples of the batch as they are. */
  readonly onStep?: (done: number, steps: number, read: () => Promise<Float32Array>) => void | Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** `count` examples [count, ...shape], one after the other. A UsageError for labels that are not as many. */
export async function sampleByDiffusion(engine: Engine, request: DiffusionSampling): Promise<Float32Array> {
  const { shape, sampler, options = {}, levels, timeOf, count, seed = 0, labels, batchSize = 64, onStep, signal } = request;
  if (labels && labels.length !== count) throw new UsageError(`${labels.length} labels for ${count} examples`, "Give a label for each.");
  const batch = Math.max(1, Math.min(count, batchSize));
  const plans = levels.slice(1).map((_, i): Scalars => sampler.scalars?.(levels, i, sampler.options.parse(options), timeOf) ?? {});
  const programs = programsOf(request, batch, Object.keys(plans[0] ?? {}));
  const [begin, step, end] = [await engine.compile(programs.begin), await engine.compile(programs.step), await engine.compile(programs.end)];
  const [width, results] = [sizeOf(shape), new Float32Array(count * sizeOf(shape))];
  const steps = levels.length * Math.ceil(count / batch);
  let done = 0;
  try {
    for (let firstRow = 0; firstRow < count; firstRow += batch) {
      const fed = labels ? { labels: Int32Array.from({ length: batch }, (_, i) => labels[Math.min(count - 1, firstRow + i)]) } : {};
      const told = async (): Promise<void> => onStep?.(++done, steps, async () => Float32Array.from(await engine.read(programs.x)));
      await begin.run({ sigma: Float32Array.of(levels[0].sigma) }, { seed, firstRow });
      for (const [i, scalars] of plans.entries()) {
        signal?.throwIfAborted();
        await step.run({ ...feedsOf({ ...levelScalars("from", levels[i]), ...levelScalars("to", levels[i + 1]), ...scalars }), ...fed }, { seed, step: i + 1, firstRow });
        await told();
      }
      const { samples } = await end.run({ ...feedsOf(levelScalars("from", levels[levels.length - 1])), ...fed });
      results.set(samples.subarray(0, Math.min(batch, count - firstRow) * width), firstRow * width);
      await told();
    }
    return results;
  } finally {
    for (const executable of [begin, step, end]) await executable.dispose();
  }
}

const levelScalars = (name: string, { sigma, time }: Level): Scalars => ({ [`${name}Sigma`]: sigma, [`${name}Time`]: time });
const feedsOf = (scalars: Scalars): Record<string, Float32Array> => Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)]));

/** `begin` fills x with noise, `step` takes it one level down, `end` gives what is left when all noise is taken away. */
function programsOf({ shape, denoise, sampler, labels }: DiffusionSampling, batch: number, names: readonly string[]) {
  const state = [batch, ...shape];
  const x = variable("sampling.x", state);
  const memory: Readonly<Record<string, Variable>> = Object.fromEntries((sampler.memory ?? []).map((name) => [name, variable(`sampling.${name}`, state)]));
  const zeros = broadcastTo(constant(0), state);
  const classes = labels && input("labels", [batch], "int32");
  const denoiseAs: Denoise = (noisy, level) => denoise(noisy, level, classes);

  const scalar = (name: string): Input => input(name, []);
  const levelInputs = (name: string) => {
    const [sigma, time] = [scalar(`${name}Sigma`), scalar(`${name}Time`)];
    return { level: { sigma, time }, inputs: { [sigma.name]: sigma, [time.name]: time } };
  };
  const [from, to, scalars] = [levelInputs("from"), levelInputs("to"), Object.fromEntries(names.map((name) => [name, scalar(name)]))];
  const stepped = sampler.step({ x, denoise: denoiseAs, from: from.level, to: to.level, scalars, memory, noise: () => noise.normal(state) });
  const sigma = scalar("sigma");
  const labelInputs: Record<string, Tensor> = classes ? { labels: classes } : {};
  return {
    x,
    begin: { inputs: { sigma }, outputs: {}, updates: new Map<Variable, Tensor>([[x, mul(sigma, noise.normal(state))], ...Object.values(memory).map((kept): [Variable, Tensor] => [kept, zeros])]) },
    step: {
      inputs: { ...from.inputs, ...to.inputs, ...scalars, ...labelInputs },
      outputs: {},
      updates: new Map<Variable, Tensor>([[x, stepped.x], ...Object.entries(memory).map(([name, kept]): [Variable, Tensor] => [kept, stepped.memory?.[name] ?? kept])]),
    },
    end: { inputs: { ...from.inputs, ...labelInputs }, outputs: { samples: denoiseAs(x, from.level) } },
  };
}
