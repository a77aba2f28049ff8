/** The kernel distance between two sets of features: with those of an Inception network, KID. */
import type { Engine } from "../../engines/engine.js";
import { ShapeError, UsageError } from "../../errors.js";
import { add, input, matmul, mul, sum, transpose, type Tensor } from "../../tensor/index.js";
import { countOf, type Points } from "../points.js";

/** Points of one block at most, as in the paper. */
const LARGEST_BLOCK = 1000;
/** Blocks at least: fewer say little about the spread. */
const BLOCKS = 10;

export interface KernelDistance {
  /** Unbiased: 0 on average for two sets of one distribution, and so now and then below. */
  readonly mean: number;
  /** Standard error of the mean, from how the blocks differ. */
  readonly standardError: number;
}

/**
 * The squared maximum mean discrepancy with the kernel (x·y / size + 1)³ (Binkowski et al., "Demystifying MMD GANs", 2018, section 4; Gretton et al. 2012, equation 3), unbiased whatever the
 * number of points: the mean over blocks of at most 1,000 points of either set, and of at most a tenth of them. No point is in two blocks, so that the blocks are independent and tell the standard error. Points
 * are taken in their order, which must be random. A UsageError for fewer than 20 points, a ShapeError when the two sets are of different sizes.
 */
export async function kernelDistance(engine: Engine, a: Points, b: Points): Promise<KernelDistance> {
  const [count, { size }] = [Math.min(countOf(a), countOf(b)), a];
  if (size !== b.size) throw new ShapeError(`Features of ${size} and of ${b.size} values have no distance`, "Use the same features for both.");
  const block = Math.min(LARGEST_BLOCK, Math.floor(count / BLOCKS));
  if (block < 2) throw new UsageError(`${count} points are too few for a kernel distance`, `Use ${2 * BLOCKS} or more of either set.`);
  const [x, y] = [input("x", [block, size]), input("y", [block, size])];
  const kernel = (left: Tensor, right: Tensor): Tensor => {
    const base = add(mul(matmul(left, transpose(right)), 1 / size), 1);
    return mul(mul(base, base), base);
  };
  // Sums of rows, and those of all rows in float64 below: differences of large sums are what is wanted.
  const outputs = { within: add(sum(kernel(x, x), 1), sum(kernel(y, y), 1)), between: sum(kernel(x, y), 1) };
  const executable = await engine.compile({ inputs: { x, y }, outputs });
  try {
    const estimates: number[] = [];
    for (let first = 0; first + block <= count; first += block) {
      const [left, right] = [a, b].map(({ values }) => Float32Array.from(values.subarray(first * size, (first + block) * size)));
      const { within, between } = await executable.run({ x: left, y: right });
      estimates.push((sumOf(within) - withThemselves(left, size) - withThemselves(right, size)) / (block * (block - 1)) - (2 * sumOf(between)) / block ** 2);
    }
    const mean = sumOf(estimates) / estimates.length;
    const variance = sumOf(estimates.map((estimate) => (estimate - mean) ** 2)) / (estimates.length - 1);
    return { mean, standardError: Math.sqrt(variance / estimates.length) };
  } finally {
    await executable.dispose();
  }
}

/** Sum of the kernel of each point with itself. */
function withThemselves(values: Float32Array, size: number): number {
  let total = 0;
  for (let first = 0; first < values.length; first += size) total += (sumOf(values.subarray(first, first + size).map((value) => value ** 2)) / size + 1) ** 3;
  return total;
}

function sumOf(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
