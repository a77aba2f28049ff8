/** The modulated convolution of Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (2020), section 2.2. */
import { conv2d, div, matmul, mul, reshape, sqrt, square, sum, add, transpose, type Tensor, type Variable } from "../tensor/index.js";
import { convolutionFans, constantOf, parameter, randomNormal } from "./initializers.js";
import { Dense } from "./linear.js";
import { inferenceMode } from "./module.js";

export interface ModulatedConvolution {
  readonly parameters: readonly Variable[];
  /** x [batch, in, height, width], w [batch, styleSize] -> [batch, filters, height, width]. */
  readonly apply: (x: Tensor, w: Tensor) => Tensor;
}

export interface ModulationOptions {
  readonly styleSize: number;
  /** Odd; the image keeps its size. */
  readonly kernelSize: number;
  /** Give each output map of an example the variance 1 that it would have for inputs of variance 1 (their equation 3). Default true. */
  readonly demodulate?: boolean;
}

/**
 * A convolution whose input maps each example scales by a style of its own, an affine function of w. The kernels modulated so, w'_ijk = s_i w_ijk (equation 1), and
 * demodulated by 1 / sqrt(sum_ik w'_ijk^2 + epsilon) (equations 2 and 3), are never made: scaling what goes in by s_i and what comes out by that factor is the same, and
 * leaves one kernel to all examples. Kernel and style learn at an equalized rate; styles start around 1.
 */
export function modulatedConvolution(name: string, channels: number, filters: number, { styleSize, kernelSize, demodulate = true }: ModulationOptions): ModulatedConvolution {
  const shape = [filters, channels, kernelSize, kernelSize];
  const fans = convolutionFans(shape);
  const learned = parameter(`${name}.kernel`, shape, randomNormal(0, 1), fans);
  const kernel = mul(learned, 1 / Math.sqrt(fans.fanIn));
  const affine = Dense(channels, { equalized: 1, biasInitializer: constantOf(1) })(`${name}.style`, [styleSize]);
  const perMap = (x: Tensor): Tensor => reshape(x, [...x.shape, 1, 1]);
  return {
    parameters: [learned, ...affine.parameters],
    apply(x, w) {
      const style = affine.apply(w, inferenceMode());
      const y = conv2d(mul(x, perMap(style)), kernel, { padding: "same" });
      if (!demodulate) return y;
      const energy = matmul(square(style), transpose(sum(square(kernel), [2, 3])));
      return div(y, perMap(sqrt(add(energy, 1e-8))));
    },
  };
}
