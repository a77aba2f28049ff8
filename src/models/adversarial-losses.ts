/** What the two networks of a GAN minimize, from the discriminator's logits [batch, 1] of real and of made examples. */
import { add, maximum, mean, mul, neg, softplus, square, sub, type Tensor } from "../tensor/index.js";

export interface AdversarialLoss {
  /** Smoothing takes the place of certainty about real examples (Salimans et al. 2016, section 3.4): 0, or the share by which their target is below 1. */
  readonly discriminator: (real: Tensor, made: Tensor, smoothing: number) => Tensor;
  readonly generator: (made: Tensor) => Tensor;
  /** Whether real examples have a target that can be smoothed. */
  readonly smooths: boolean;
  /** Logits above it say "real". */
  readonly threshold: number;
}

/** -t log s(x) - (1 - t) log(1 - s(x)), averaged: softplus(x) - t x. */
const crossEntropy = (logits: Tensor, target: number): Tensor => mean(sub(softplus(logits), mul(target, logits)));
const hinge = (margin: Tensor): Tensor => mean(maximum(sub(1, margin), 0));

const classify = (real: Tensor, made: Tensor, smoothing: number): Tensor => add(crossEntropy(real, 1 - smoothing), crossEntropy(made, 0));

export const adversarialLosses = {
  /** Goodfellow et al. 2014, algorithm 1 with the generator's objective of section 3: maximize log D(G(z)). */
  "non-saturating": { discriminator: classify, generator: (made) => crossEntropy(made, 1), smooths: true, threshold: 0 },
  /** Goodfellow et al. 2014, equation 1: minimize log(1 - D(G(z))), whose gradient vanishes where D is sure. */
  minimax: { discriminator: classify, generator: (made) => neg(crossEntropy(made, 0)), smooths: true, threshold: 0 },
  /** Mao et al. 2017, equation 9: targets 1 and 0, and 1 for the generator. */
  "least-squares": {
    discriminator: (real, made, smoothing) => mul(0.5, add(mean(square(sub(real, 1 - smoothing))), mean(square(made)))),
    generator: (made) => mul(0.5, mean(square(sub(made, 1)))),
    smooths: true,
    threshold: 0.5,
  },
  /** Lim & Ye 2017; Miyato et al. 2018, equations 16 and 17. */
  hinge: { discriminator: (real, made) => add(hinge(real), hinge(neg(made))), generator: (made) => neg(mean(made)), smooths: false, threshold: 0 },
  /** Arjovsky et al. 2017, equation 2: wants a discriminator that is Lipschitz, by clipping, a gradient penalty or spectral normalization. */
  wasserstein: { discriminator: (real, made) => sub(mean(made), mean(real)), generator: (made) => neg(mean(made)), smooths: false, threshold: 0 },
} as const satisfies Readonly<Record<string, AdversarialLoss>>;
export type AdversarialLossName = keyof typeof adversarialLosses;
