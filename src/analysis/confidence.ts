/** How far a mean of a few repetitions can be trusted. */

export interface Interval {
  readonly mean: number;
  /** Half the width of the 95% confidence interval; undefined when one value says nothing about the spread. */
  readonly margin: number | undefined;
}

/** The 97.5% quantiles of Student's t for 1, 2, 3, ... degrees of freedom, as in any table of them. */
const QUANTILES = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314,
  2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];

/** The 97.5% quantile of Student's t; beyond the table by its expansion around the normal's (Abramowitz & Stegun 26.7.5), off by less than 1e-4. */
export function studentQuantile(degrees: number): number {
  const z = 1.959964;
  return QUANTILES[degrees - 1] ?? z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
}

/** Mean of independent values and its 95% interval by Student's t. */
export function confidenceInterval(values: readonly number[]): Interval {
  const n = values.length;
  const mean = values.reduce((total, value) => total + value, 0) / n;
  if (n < 2) return { mean, margin: undefined };
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / (n - 1);
  return { mean, margin: studentQuantile(n - 1) * Math.sqrt(variance / n) };
}
