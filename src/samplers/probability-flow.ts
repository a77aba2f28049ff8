/** The probability flow upwards, from examples to noise, and how it changes densities: Song et al., "Score-Based Generative Modeling through Stochastic Differential Equations" (2021), appendix D.2. */
import { add, div, gradients, log, mul, sub, sum, type Tensor } from "../tensor/index.js";
import type { Denoise, Level } from "./sampler.js";

export interface FlowStep {
  /** [batch, ...shape], at the level `from`. */
  readonly x: Tensor;
  readonly denoise: Denoise;
  readonly from: Level<Tensor>;
  /** Noisier. */
  readonly to: Level<Tensor>;
  /** Of x's shape: 1 or -1, each as often (Hutchinson's estimate of a trace has the least variance with them). */
  readonly probe: Tensor;
}

/**
 * A step of Heun's method along dx/d sigma = (x - D(x; sigma)) / sigma. `growth` [batch] estimates the integral of the flow's divergence over the step: log p(x at `from`) = log p(x at `to`) + growth (their
 * equation 39). The divergence is the trace of the Jacobian J, and probeᵀ J probe is expected to be it (equation 40). It falls as 1 / sigma where noise is all that there is, and is therefore
 * integrated over log sigma.
 */
export function flowStep({ x, denoise, from, to, probe }: FlowStep): { readonly x: Tensor; readonly growth: Tensor } {
  const flow = (at: Tensor, level: Level<Tensor>) => {
    const noise = sub(at, denoise(at, level));
    const [product] = gradients(sum(mul(noise, probe)), [at]);
    return { velocity: div(noise, level.sigma), trace: sum(mul(product, probe), at.shape.map((_, axis) => axis).slice(1)) };
  };
  const width = sub(to.sigma, from.sigma);
  const begun = flow(x, from);
  const ended = flow(add(x, mul(width, begun.velocity)), to);
  return {
    x: add(x, mul(mul(0.5, width), add(begun.velocity, ended.velocity))),
    growth: mul(mul(0.5, log(div(to.sigma, from.sigma))), add(begun.trace, ended.trace)),
  };
}
