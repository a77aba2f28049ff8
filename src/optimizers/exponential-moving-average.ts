import { add, div, minimum, mul, sub, variable, Variable, type Tensor } from "../tensor/index.js";
import { requireShares } from "./checks.js";

export interface WeightAverages {
  /** The average of each parameter; it starts at the parameter's own first values. */
  readonly averages: ReadonlyMap<Variable, Variable>;
  /** New values of the averages, to be joined with the updates they were made from. */
  readonly updates: ReadonlyMap<Variable, Tensor>;
}

/**
 * Exponential moving average of the parameters that `updates` trains: average = d average + (1 - d) new value, with
 * d = min(decay, (1 + t) / (10 + t)) so that early values are soon forgotten (as in TensorFlow). `name` tells apart the
 * step counters of two groups of parameters. `decay` in [0, 1); 0.999 is usual.
 */
export function exponentialMovingAverage(parameters: readonly Variable[], updates: ReadonlyMap<Variable, Tensor>, decay: number, name = "weights"): WeightAverages {
  requireShares("exponentialMovingAverage", { decay });
  const step = variable(`average.step.${name}`, []);
  const keep = minimum(decay, div(add(1, step), add(10, step)));
  const averages = new Map(parameters.map((p) => [p, new Variable(`average.${p.name}`, { shape: p.shape, dtype: p.dtype }, p.initial)]));
  const next = [...averages].map(([p, average]): [Variable, Tensor] => [average, add(average, mul(sub(updates.get(p) ?? p, average), sub(1, keep)))]);
  return { averages, updates: new Map([[step, add(step, 1)], ...next]) };
}
