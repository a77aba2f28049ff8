/** Vector quantization with a codebook that follows the means of what it stands for (van den Oord et al. 2017, appendix A.1). */
import { constantOf, parameter, randomUniform } from "../nn/initializers.js";
import { add, cast, div, gather, greater, less, matmul, maximum, mul, noise, ones, reshape, scatterAdd, square, sub, sum, transpose, variable, where, type Tensor, type Variable } from "../tensor/index.js";
import { argMax } from "./categorical.js";

export interface Codebook {
  readonly variables: readonly Variable[];
  /** The nearest code of each vector: [n, size] -> int32 [n] (equation 1). */
  readonly nearest: (vectors: Tensor) => Tensor;
  /** int32 [...] -> [..., size]. */
  readonly lookUp: (codes: Tensor) => Tensor;
  /** The codebook after it has seen vectors [n, size] that were given these codes, int32 [n]. */
  readonly learn: (vectors: Tensor, codes: Tensor) => ReadonlyMap<Variable, Tensor>;
}

export interface CodebookOptions {
  /** Number of codes, K in the paper. */
  readonly count: number;
  /** Length of a code, D. */
  readonly size: number;
  /** Share of the old means that is kept at each step, gamma. */
  readonly decay: number;
  /** Codes that stand for less than this share of what they would if all were equal start again, from vectors drawn from the batch; 0 for never. */
  readonly restart: number;
}

export function codebook(name: string, { count, size, decay, restart }: CodebookOptions): Codebook {
  const codes = parameter(`${name}.codes`, [count, size], randomUniform(-1, 1), { fanIn: size, fanOut: count });
  // Nothing has been seen yet: with restarts, all codes are first taken from the first batch.
  const counts = variable(`${name}.counts`, [count]);
  const sums = parameter(`${name}.sums`, [count, size], constantOf(0), { fanIn: size, fanOut: count });
  const average = (old: Tensor, now: Tensor): Tensor => add(mul(decay, old), mul(1 - decay, now));

  return {
    variables: [codes, counts, sums],
    // |z - e|^2 without |z|^2, which is the same for all codes.
    nearest: (vectors) => argMax(sub(mul(2, matmul(vectors, transpose(codes))), sum(square(codes), 1))),
    lookUp: (indices) => gather(codes, indices),
    learn(vectors, indices) {
      const seen = vectors.shape[0];
      const newCounts = average(counts, scatterAdd(ones([seen]), indices, count));
      const newSums = average(sums, scatterAdd(vectors, indices, count));
      const column = (x: Tensor) => reshape(x, [count, 1]);
      const means = where(column(greater(newCounts, 0)), div(newSums, maximum(column(newCounts), 1e-12)), codes);
      if (restart === 0) return new Map([[counts, newCounts], [sums, newSums], [codes, means]]);
      const unused = less(newCounts, (restart * seen) / count);
      const drawn = gather(vectors, cast(mul(noise.uniform([count]), seen), "int32"));
      return new Map([
        [counts, where(unused, seen / count, newCounts)],
        [sums, where(column(unused), mul(drawn, seen / count), newSums)],
        [codes, where(column(unused), drawn, means)],
      ]);
    },
  };
}

/** exp of the entropy of how often codes are used: the number of codes, if all were used alike. */
export const perplexity = (usage: ArrayLike<number>): number => Math.exp(-Array.from(usage).reduce((sum, p) => (p > 0 ? sum + p * Math.log(p) : sum), 0));
