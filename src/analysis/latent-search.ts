/** Looking for codings of N(0, I) that a score finds high, without gradients and without leaving the places where codings are likely. */
import { fillNormal, fold, keyOf } from "../tensor/index.js";

/** `count` codings drawn from N(0, I), [count, size]; coding i depends on the seed, the stream and on i alone. */
export function drawCodings(count: number, size: number, seed: number, stream = 0): Float32Array {
  const codings = new Float32Array(count * size);
  const key = fold(keyOf(seed), stream);
  for (let i = 0; i < count; i++) fillNormal(codings, key, i, i * size, size);
  return codings;
}

export interface Climb {
  /** Numbers in one coding. */
  readonly size: number;
  /** How often each coding is changed. */
  readonly generations: number;
  /** Changes that are tried each time. */
  readonly children: number;
  readonly seed: number;
  /** Codings [n, size], and for each the number of the start that it comes from -> the higher, the better, [n]. */
  readonly scoresOf: (codings: Float32Array, starts: Int32Array) => Promise<ArrayLike<number>>;
}

/** Share of the change in a first child, and how it grows with each success and shrinks with each failure: about the 1/5 rule of Rechenberg (1973) for this many children. */
const [STEP, GROWTH, SHRINKAGE, LARGEST] = [0.5, 1.2, 0.7, 0.9];

/**
 * Each start [n, size] made better by itself: an evolution strategy of one parent, (1 + children). A child is sqrt(1 - step²) parent + step e with e of N(0, I), the proposal of Cotter et al., "MCMC Methods for
 * Functions" (2013, equation 4.8), which leaves codings of N(0, I) such codings; the best child takes the parent's place if it is better, and the step follows success.
 */
export async function climb(starts: Float32Array, { size, generations, children, seed, scoresOf }: Climb): Promise<Float32Array> {
  const count = starts.length / size;
  const [codings, steps] = [starts.slice(), new Float64Array(count).fill(STEP)];
  const best = Float64Array.from(await scoresOf(codings, Int32Array.from({ length: count }, (_, i) => i)));
  const from = Int32Array.from({ length: count * children }, (_, row) => Math.floor(row / children));
  for (let generation = 1; generation <= generations; generation++) {
    const made = drawCodings(from.length, size, seed, generation).map((change, at) => {
      const parent = from[Math.floor(at / size)];
      return Math.sqrt(1 - steps[parent] ** 2) * codings[parent * size + (at % size)] + steps[parent] * change;
    });
    for (let row = 0; row < from.length; row++) keepLikely(made.subarray(row * size, (row + 1) * size));
    const scores = await scoresOf(made, from);
    for (let i = 0; i < count; i++) {
      let winner = -1;
      for (let row = i * children; row < (i + 1) * children; row++)
        if (scores[row] > best[i]) [best[i], winner] = [scores[row], row];
      if (winner >= 0) codings.set(made.subarray(winner * size, (winner + 1) * size), i * size);
      steps[i] = winner >= 0 ? Math.min(LARGEST, steps[i] * GROWTH) : steps[i] * SHRINKAGE;
    }
  }
  return codings;
}

/** Lengths of more than 99% of the codings of N(0, I) are within this of the root of their size. */
const SPREAD = 2;

/** Makes a coding longer or shorter if nearly none drawn from N(0, I) is as long or as short. */
function keepLikely(coding: Float32Array): void {
  const length = Math.hypot(...coding);
  const usual = Math.sqrt(coding.length);
  const wanted = Math.min(usual + SPREAD, Math.max(usual - SPREAD, length));
  if (wanted !== length && length > 0) coding.forEach((value, k) => (coding[k] = (value * wanted) / length));
}

/** Two draws from N(0, I) are sqrt(2 size) apart, half of them more; codings nearer than this to each other, as a multiple of sqrt(size), count as the same. */
const APART = 0.5;

/** The first `count` of the candidates, numbers of codings [n, size] in the order of preference, of which no two are near each other. */
export function firstApart(codings: Float32Array, size: number, candidates: Iterable<number>, count: number): number[] {
  const chosen: number[] = [];
  const isNear = (i: number, j: number): boolean => {
    let squared = 0;
    for (let k = 0; k < size; k++) squared += (codings[i * size + k] - codings[j * size + k]) ** 2;
    return squared < APART ** 2 * size;
  };
  for (const candidate of candidates) {
    if (chosen.length >= count) break;
    if (!chosen.some((other) => isNear(candidate, other))) chosen.push(candidate);
  }
  return chosen;
}
