/** p(x|z) around what a decoder gives, Bernoulli or normal, and which images it is about: grey ones, or binarised. */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { binaryCrossEntropyWithLogits } from "../nn/index.js";
import { add, cast, clip, greater, less, mul, noise, reshape, sigmoid, sizeOf, square, sub, sum, type Shape, type Tensor } from "../tensor/index.js";

export const observationOptions = {
  likelihood: z.enum(["bernoulli", "gaussian"]).default("bernoulli").describe("p(x|z): Bernoulli suits grey pixels in [0, 1], Gaussian any; both train on the same images"),
  variance: z.number().positive().default(0.5).describe("variance of the Gaussian likelihood; 0.5 makes the loss squared error + KL"),
  binarize: z.enum(["none", "stochastic", "threshold"]).default("none").describe("model black and white images: each pixel drawn with its grey as the probability at every use, or white above 0.5"),
};

export interface Observation {
  /** x [batch, ...image] in [0, 1] -> what is modelled of it, in training and validation. */
  readonly observed: (x: Tensor) => Tensor;
  /** The same without noise, for what looks at one given example. */
  readonly likeliest: (x: Tensor) => Tensor;
  readonly binary: boolean;
  /** -log p(x|z) in nats, [batch, samples], of x [batch, ...image] and the decoder's output [batch * samples, ...image]. */
  readonly negativeLogLikelihood: (x: Tensor, output: Tensor) => Tensor;
  /** The mean of p(x|z). */
  readonly mean: (output: Tensor) => Tensor;
  /** That mean, kept in the range of pixels. */
  readonly images: (output: Tensor) => Tensor;
}

/** The likelihood of Kingma & Welling 2014, appendix C.1 (Bernoulli) and C.2 (normal, of one variance). */
export function observation({ likelihood, variance, binarize }: z.output<z.ZodObject<typeof observationOptions>>, shape: Shape): Observation {
  if (binarize !== "none" && likelihood === "gaussian") throw new UsageError(`binarize is ${binarize}, but the likelihood is gaussian`, "Black and white pixels are Bernoulli: leave --likelihood out.");
  const pixels = sizeOf(shape);
  const likeliest = (x: Tensor): Tensor => (binarize === "none" ? x : cast(greater(x, 0.5), "float32"));
  const mean = (output: Tensor): Tensor => (likelihood === "bernoulli" ? sigmoid(output) : output);
  return {
    // The dynamic binarisation of Salakhutdinov & Murray 2008.
    observed: (x) => (binarize === "stochastic" ? cast(less(noise.uniform(x.shape), x), "float32") : likeliest(x)),
    likeliest,
    binary: binarize !== "none",
    negativeLogLikelihood(x, output) {
      const target = reshape(x, [x.shape[0], 1, pixels]);
      const prediction = reshape(output, [x.shape[0], output.shape[0] / x.shape[0], pixels]);
      if (likelihood === "bernoulli") return sum(binaryCrossEntropyWithLogits(prediction, target, "none"), 2);
      const squaredError = sum(square(sub(prediction, target)), 2);
      return add(mul(squaredError, 1 / (2 * variance)), (pixels / 2) * Math.log(2 * Math.PI * variance));
    },
    mean,
    images: (output) => (likelihood === "bernoulli" ? mean(output) : clip(output, 0, 1)),
  };
}
