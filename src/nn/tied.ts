/** Layers that run another layer's kernel backwards: the decoder of an autoencoder with tied weights. The kernel stays the other layer's parameter. */
import { add, conv2dInputGradient, geometryOf, matmul, reshape, transpose, type ConvOptions, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { requireRank } from "./checks.js";
import { zeros, parameter, type Fans, type Initializer } from "./initializers.js";
import { layer, type Layer, type Module } from "./module.js";
import { shapeOfOutput } from "./shape-of-output.js";

export interface TiedOptions {
  /** Applied to the output. Default: none. */
  readonly activation?: (x: Tensor) => Tensor;
  /** Of the bias, the layer's only parameter. Default zeros, as in Keras. */
  readonly biasInitializer?: Initializer;
}

/** A module whose only parameter is its bias, one number for each of `outputs` along the axis after the batch. */
function tiedModule(name: string, inputShape: Shape, outputs: number, fans: Fans, { activation, biasInitializer = zeros }: TiedOptions, apply: (x: Tensor) => Tensor): Module {
  const bias = parameter(`${name}.bias`, [outputs], biasInitializer, fans);
  const forward = (x: Tensor): Tensor => {
    const product = apply(x);
    const shifted = add(product, reshape(bias, [outputs, ...new Array<number>(product.rank - 2).fill(1)]));
    return activation ? activation(shifted) : shifted;
  };
  return { parameters: [bias], statistics: [], outputShape: shapeOfOutput(forward, inputShape), apply: forward };
}

/** x [batch, units] -> [batch, in] by the transpose of a Dense layer's kernel [in, units], plus a bias. */
export const DenseTranspose = (kernel: Variable, options: TiedOptions = {}): Layer =>
  layer("DenseTranspose", (name, inputShape) => {
    requireRank(inputShape, 1, "[features]");
    const [outputs, units] = kernel.shape;
    return tiedModule(name, inputShape, outputs, { fanIn: units, fanOut: outputs }, options, (x) => matmul(x, transpose(kernel)));
  });

export interface TiedConvolutionOptions extends TiedOptions, ConvOptions {
  /** Height and width of what the convolution took, which this layer gives back. */
  readonly size: readonly [number, number];
}

/**
 * x [batch, filters, height', width'] -> [batch, in, ...size] by the transpose of a Conv2d layer with this kernel [filters, in / groups, height, width]
 * and these options, plus a bias. The transpose knows the size that the convolution took: odd ones come back whole.
 */
export const Conv2dTranspose = (kernel: Variable, options: TiedConvolutionOptions): Layer =>
  layer("Conv2dTranspose", (name, inputShape) => {
    requireRank(inputShape, 3, "[filters, height, width]");
    const [filters, channels, ...window] = kernel.shape;
    const geometry = geometryOf("Conv2dTranspose", options, options.size, window);
    const outputs = channels * geometry.groups;
    const area = window[0] * window[1];
    return tiedModule(name, inputShape, outputs, { fanIn: filters * area, fanOut: outputs * area }, options, (x) => conv2dInputGradient(x, kernel, options.size, geometry));
  });
