/** How probable a diffusion model finds 8-bit images. */
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import type { Diffusion } from "../models/model.js";
import { flowStep, HALF_BIN, levelsOf, logBinProbability, termOf, variationalBound, type Denoise, type Level, type StepVariance, type Varied } from "../samplers/index.js";
import { add, broadcastTo, cast, clip, constant, exp, gather, input, minimum, mul, noise, reshape, sizeOf, square, sub, sum, variable, type Program, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { withExecutables } from "./executables.js";
import { feedsOf, type Rows } from "./rows.js";

export interface DiffusionLikelihood extends Rows {
  readonly diffusion: Diffusion;
  /** Of one example, with values in [-1, 1]. */
  readonly shape: Shape;
  /** For each example: terms of the bound that are looked at, or steps along the flow. */
  readonly steps: number;
  /** Of the bound: how much a step back leaves open. Default "learned" of a model that learns it, else "large". */
  readonly variance?: StepVariance | undefined;
  /** Called after each batch with the number of examples done. */
  readonly onBatch?: ((done: number) => void) | undefined;
}

const EXAMPLES_AT_ONCE = 32;
const batchOf = ({ count, batchSize = EXAMPLES_AT_ONCE }: Rows): number => Math.max(1, Math.min(count, batchSize));
const perExample = (x: Tensor): Tensor => sum(x, x.shape.map((_, axis) => axis).slice(1));
const scalarsOf = (scalars: Readonly<Record<string, number>>): Record<string, Float32Array> => Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)]));

/** x and, of a conditional model, the labels of a batch; and the denoisers that are told them. */
function examplesOf({ diffusion: { denoise, denoiseAndVary, classes }, shape }: DiffusionLikelihood, batch: number) {
  const x = input("x", [batch, ...shape]);
  const labels = classes === undefined ? undefined : input("labels", [batch], "int32");
  const denoiseAs: Denoise = (noisy, level) => denoise(noisy, level, labels);
  const told: Readonly<Record<string, Tensor>> = labels ? { labels } : {};
  const vary = denoiseAndVary && ((noisy: Tensor, level: Level<Tensor>): Varied => denoiseAndVary(noisy, level, labels));
  return { x, told, denoise: denoiseAs, vary };
}

/** Runs `estimate` on batch after batch; what it gives for each row of a batch is put one after the other. */
async function inBatches(rows: DiffusionLikelihood, estimate: (firstRow: number, out: Float64Array) => Promise<void>): Promise<Float64Array> {
  const [result, batch] = [new Float64Array(rows.count), batchOf(rows)];
  for (let first = 0; first < rows.count; first += batch) {
    const out = result.subarray(first, first + batch);
    await estimate(first, out);
    rows.onBatch?.(first + out.length);
  }
  return result;
}

/**
 * Estimates of the variational bound of log p(x) in nats for each of `count` examples, of a model of T steps. The terms between the ends are cut into `steps` runs of neighbours, of which one each, drawn
 * for each example by itself, stands for its run; with T - 1 or more, all are looked at. All have new noise. Example i's estimate depends on the seed and on i alone. D is cut to [-1, 1], as in sampling.
 */
export async function boundsOfLogLikelihood(engine: Engine, rows: DiffusionLikelihood): Promise<Float64Array> {
  const { shape, diffusion, seed = 0, values } = rows;
  if (!values) throw new UsageError("There are no examples to find the likelihood of");
  const bound = variationalBound(diffusion.schedule);
  const terms = bound.weights.length;
  const runs = Math.min(rows.steps, terms);
  const batch = batchOf(rows);
  const { x, told, denoise, vary } = examplesOf(rows, batch);
  const variance = rows.variance ?? (vary ? "learned" : "large");
  if (variance === "learned" && !vary) throw new UsageError("The model has learned no variances", "Train the model diffusion with --variance learned, or use the variance small or large.");
  // D, and where the variance lies between the small one and the large one.
  const predict = (noisy: Tensor, level: Level<Tensor>) => {
    const { x0, share } = variance === "learned" && vary ? vary(noisy, level) : { x0: denoise(noisy, level), share: constant(variance === "large" ? 1 : 0) };
    return { denoised: clip(x0, -1, 1), place: share };
  };
  const [from, count] = [input("from", []), input("count", [])];

  // Of the steps 2 .. T: which one, for each example.
  const last = sub(add(from, count), 1);
  const index = cast(minimum(add(from, mul(count, noise.uniform([batch]))), last), "int32");
  const sigma = gather(constant(bound.sigmas.subarray(1)), index);
  const noisy = (deviation: Tensor): Tensor => add(x, mul(deviation, noise.normal(x.shape)));
  const across = (numbers: Tensor): Tensor => reshape(numbers, [batch, ...shape.map(() => 1)]);
  const between = predict(noisy(across(sigma)), { sigma, time: add(cast(index, "float32"), 2) });
  const [weight, logRatio] = [bound.weights, bound.logRatios].map((values) => across(gather(constant(values), index)));
  const term = perExample(termOf(square(sub(x, between.denoised)), { weight, logRatio, place: between.place }));

  const firstSigma = constant(bound.sigmas[0]);
  const first = predict(noisy(firstSigma), { sigma: firstSigma, time: constant(1) });
  const { small, large } = bound.decoder;
  const logVar = variance === "learned" ? add(small, mul(large - small, first.place)) : constant(small);
  const decoded = perExample(logBinProbability(x, first.denoised, exp(mul(0.5, logVar))));

  const ofDecoder: Program = { inputs: { x, ...told }, outputs: { decoded } };
  const size = sizeOf(shape);
  return withExecutables(engine, [{ inputs: { x, from, count, ...told }, outputs: { term } }, ofDecoder], ([termProgram, end]) =>
    inBatches(rows, async (firstRow, out) => {
      const feeds = feedsOf(ofDecoder, rows, firstRow);
      const decoder = await end.run(feeds, { seed, step: 0, firstRow });
      out.forEach((_, i) => (out[i] = decoder.decoded[i] - bound.prior(Array.from({ length: size }, (_, j) => values[(firstRow + i) * size + j]))));
      for (let run = 0; run < runs; run++) {
        const [start, next] = [run, run + 1].map((edge) => Math.floor((edge * terms) / runs));
        const drawn = await termProgram.run({ ...feeds, ...scalarsOf({ from: start, count: next - start }) }, { seed, step: run + 1, firstRow });
        out.forEach((_, i) => (out[i] -= (next - start) * drawn.term[i]));
      }
    }),
  );
}

/**
 * Estimates of log p(x) in nats for each of `count` examples by the probability flow from the least noise to the most, in `steps` steps of Heun's method, with Hutchinson's estimate of the divergence (Song et al.
 * 2021, appendix D.2). Pixels become real numbers by noise within their bin (uniform dequantization), so that a density becomes the probability of a bin: a bound in expectation. Example i's
 * depends on the seed and on i alone.
 */
export async function logLikelihoodsByFlow(engine: Engine, rows: DiffusionLikelihood): Promise<Float64Array> {
  const { shape, diffusion: { schedule }, seed = 0 } = rows;
  const levels = levelsOf(schedule, rows.steps + 1, "karras").reverse();
  const batch = batchOf(rows);
  const { x, told, denoise } = examplesOf(rows, batch);
  const [state, grown]: readonly Variable[] = [variable("flow.x", x.shape), variable("flow.growth", [batch])];
  const level = (name: string) => ({ sigma: input(`${name}Sigma`, []), time: input(`${name}Time`, []) });
  const [from, to] = [level("from"), level("to")];
  const probe = sub(mul(2, noise.bernoulli(x.shape, 0.5)), 1);
  const step = flowStep({ x: state, denoise, from, to, probe });
  const programs: readonly Program[] = [
    { inputs: { x }, outputs: {}, updates: new Map<Variable, Tensor>([[state, add(x, mul(2 * HALF_BIN, sub(noise.uniform(x.shape), 0.5)))], [grown, broadcastTo(constant(0), [batch])]]) },
    { inputs: { fromSigma: from.sigma, fromTime: from.time, toSigma: to.sigma, toTime: to.time, ...told }, outputs: {}, updates: new Map<Variable, Tensor>([[state, step.x], [grown, add(grown, step.growth)]]) },
    { outputs: { squares: perExample(square(state)), growth: grown } },
  ];
  const [size, { sigma: last }] = [sizeOf(shape), levels[levels.length - 1]];
  return withExecutables(engine, programs, ([begin, climb, end]) =>
    inBatches(rows, async (firstRow, out) => {
      const { x: examples, ...labels } = feedsOf({ inputs: { x, ...told }, outputs: {} }, rows, firstRow);
      await begin.run({ x: examples }, { seed, firstRow });
      for (let i = 0; i + 1 < levels.length; i++) {
        const scalars = { fromSigma: levels[i].sigma, fromTime: levels[i].time, toSigma: levels[i + 1].sigma, toTime: levels[i + 1].time };
        await climb.run({ ...scalarsOf(scalars), ...labels }, { seed, step: i + 1, firstRow });
      }
      const { squares, growth } = await end.run({});
      // The density of N(0, sigma²) of the last level; then that of the example, times the size of its bins.
      out.forEach((_, i) => (out[i] = growth[i] - squares[i] / (2 * last ** 2) - size * (Math.log(2 * Math.PI * last ** 2) / 2 - Math.log(2 * HALF_BIN))));
    }),
  );
}
