/** A linear model with normal noise, whose log-likelihood and posterior have closed forms: x = w z + noise, z ~ N(0, 1), in two dimensions. */
import { observation } from "../../src/models/observation.js";
import type { Latent, Posterior } from "../../src/models/latent.js";
import { add, broadcastTo, constant, input, matmul, mul, reshape, sum } from "../../src/tensor/index.js";

const [w, variance] = [[0.8, -0.5], 0.3];
const precision = 1 + (w[0] ** 2 + w[1] ** 2) / variance;
const SHAPE = [1, 1, 2];

/** log N(x; 0, w w' + variance I), by the determinant and inverse of a 2 x 2 matrix. */
export function logDensity([a, b]: readonly number[]): number {
  const [s, t, u] = [w[0] ** 2 + variance, w[0] * w[1], w[1] ** 2 + variance];
  const determinant = s * u - t * t;
  return -0.5 * ((u * a * a - 2 * t * a * b + s * b * b) / determinant + Math.log(determinant)) - Math.log(2 * Math.PI);
}

/** The model with its exact posterior, or with one that is `off` by so much in its mean. */
export function linearGaussian(off = 0): Latent {
  const weights = constant(w, [2]);
  return {
    ...observation({ likelihood: "gaussian", variance, binarize: "none" }, SHAPE),
    size: 1,
    parameters: [],
    variables: [],
    examples: (batch) => ({ x: input("x", [batch, ...SHAPE]) }),
    posterior({ x }): Posterior {
      const mean = mul(sum(mul(reshape(x, [x.shape[0], 2]), weights), 1, true), 1 / (variance * precision));
      return { mean: add(mean, off), logVar: broadcastTo(constant(-Math.log(precision)), mean.shape) };
    },
    decode: (z) => reshape(matmul(z, reshape(weights, [1, 2])), [z.shape[0], ...SHAPE]),
  };
}
