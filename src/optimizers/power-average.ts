/**
 * Averages of the weights by a power function of the step, which can be turned into one another after training: Karras et al., "Analyzing and Improving the Training Dynamics of Diffusion
 * Models" (2024), section 3. What is kept is theta_gamma(t) = (gamma + 1) / t^(gamma + 1) times the integral of tau^gamma theta(tau) up to t (equation 2).
 */
import { Matrix, solve } from "ml-matrix";
import { UsageError } from "../errors.js";
import { add, div, exp, log, maximum, mul, sub, variable, type Tensor, type Variable } from "../tensor/index.js";

/** An average as it was after `step` steps: its width, the standard deviation of the steps that it weighs as a share of the training. */
export interface PowerAverage {
  readonly step: number;
  readonly width: number;
}

/** The widest average there is: gamma = 0, all steps alike. */
export const WIDEST = 1 / Math.sqrt(12);

/**
 * The gamma of a width in (0, 0.2887]: the positive root of gamma^3 + 7 gamma^2 + (16 - width^-2) gamma + 12 - width^-2, which follows from equation 123 of the paper (appendix C.1).
 * A UsageError for other widths.
 */
export function gammaOf(width: number): number {
  if (!(width > 0 && width <= WIDEST + 1e-9)) throw new UsageError(`An average cannot have the width ${width}`, "Use a number above 0 and up to 0.28: the share of the training that it reaches back.");
  const target = width ** -2;
  // (gamma + 2)^2 (gamma + 3) / (gamma + 1) = width^-2, whose left side grows with gamma from 12 on.
  let [low, high] = [0, target];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (((middle + 2) ** 2 * (middle + 3)) / (middle + 1) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface PowerAverages {
  /** For each width the average of each parameter. It is 0 before the first step. */
  readonly averages: ReadonlyMap<number, ReadonlyMap<Variable, Variable>>;
  /** New values of the averages, to be joined with the updates they were made from. */
  readonly updates: ReadonlyMap<Variable, Tensor>;
}

/** The name of the variable that holds an average of a parameter. */
export const powerAverageName = (parameter: string, width: number): string => `average-${width}.${parameter}`;

/** Averages of the parameters that `updates` trains, of each width: after step t, b average + (1 - b) new value with b = (1 - 1/t)^(gamma + 1) (algorithm 1). `name` tells apart the counters of two groups. */
export function powerFunctionAverages(parameters: readonly Variable[], updates: ReadonlyMap<Variable, Tensor>, widths: readonly number[], name = "weights"): PowerAverages {
  const step = variable(`average-step.${name}`, []);
  const next = add(step, 1);
  const all: [Variable, Tensor][] = [[step, next]];
  const averages = new Map<number, Map<Variable, Variable>>();
  for (const width of widths) {
    // The first step keeps nothing; a logarithm of 0 is no number to go on with.
    const keep = exp(mul(gammaOf(width) + 1, log(maximum(sub(1, div(1, next)), 1e-30))));
    const kept = new Map(parameters.map((p) => [p, variable(powerAverageName(p.name, width), p.shape)]));
    for (const [p, average] of kept) all.push([average, add(average, mul(sub(updates.get(p) ?? p, average), sub(1, keep)))]);
    averages.set(width, kept);
  }
  return { averages, updates: new Map(all) };
}

/** The inner product of the weights that two averages give to the steps (algorithm 3): the integral of their product. */
function innerProduct(a: PowerAverage, b: PowerAverage): number {
  const [gammaA, gammaB] = [gammaOf(a.width), gammaOf(b.width)];
  const ratio = (a.step / b.step) ** (a.step < b.step ? gammaB : -gammaA);
  return ((gammaA + 1) * (gammaB + 1) * ratio) / ((gammaA + gammaB + 1) * Math.max(a.step, b.step));
}

/**
 * What to multiply averages by, so that their sum is as near as can be to another average (algorithm 3): least squares between the weights that they give to the steps of the training. One
 * number for each of `known`.
 */
export function powerAverageCoefficients(known: readonly PowerAverage[], wanted: PowerAverage): number[] {
  const products = new Matrix(known.map((a) => known.map((b) => innerProduct(a, b))));
  // Near averages of near steps are nearly the same: a pseudo-inverse bears it.
  return solve(products, Matrix.columnVector(known.map((a) => innerProduct(a, wanted))), true).to1DArray();
}
