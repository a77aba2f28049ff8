/** A restricted Boltzmann machine small enough to sum over all of its states: what the model's formulas must agree with. */
import type { UnitName } from "../../../src/models/boltzmann-machine.js";

export interface Weights {
  /** [visible][hidden] */
  readonly kernel: readonly (readonly number[])[];
  readonly visibleBias: readonly number[];
  readonly hiddenBias: readonly number[];
}

/** All states of so many binary units. */
export const binaryStates = (units: number): number[][] => Array.from({ length: 2 ** units }, (_, state) => Array.from({ length: units }, (_, i) => (state >> i) & 1));

export function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((total, value) => total + Math.exp(value - largest), 0));
}

/** E(v, h): -b u for binary units, (u - b)^2 / 2 for Gaussian ones, and -v W h. */
export function energy({ kernel, visibleBias, hiddenBias }: Weights, v: readonly number[], h: readonly number[], { visibleUnits = "binary", hiddenUnits = "binary" }: { readonly visibleUnits?: UnitName; readonly hiddenUnits?: UnitName } = {}): number {
  const own = (units: readonly number[], bias: readonly number[], kind: UnitName) => units.reduce((total, unit, i) => total + (kind === "binary" ? -bias[i] * unit : (unit - bias[i]) ** 2 / 2), 0);
  const between = v.reduce((total, unit, i) => total + h.reduce((inner, other, j) => inner + unit * kernel[i][j] * other, 0), 0);
  return own(v, visibleBias, visibleUnits) + own(h, hiddenBias, hiddenUnits) - between;
}

/** p(h = 1 | v) of binary hidden units. */
export const hiddenMeans = ({ kernel, hiddenBias }: Weights, v: readonly number[]): number[] =>
  hiddenBias.map((bias, j) => 1 / (1 + Math.exp(-v.reduce((total, unit, i) => total + unit * kernel[i][j], bias))));

/** p(v) of each binary state, in the order of `binaryStates`, by summing over everything. */
export function probabilities(weights: Weights): number[] {
  const { visibleBias, hiddenBias } = weights;
  const logs = binaryStates(visibleBias.length).map((v) => logSumExp(binaryStates(hiddenBias.length).map((h) => -energy(weights, v, h))));
  const logZ = logSumExp(logs);
  return logs.map((log) => Math.exp(log - logZ));
}
