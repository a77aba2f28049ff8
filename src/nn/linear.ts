/** Layers with a kernel: dense, convolution, transposed convolution, embedding. */
import { add, conv2d, convTranspose2d, gather, matmul, mul, pair, reshape, type ConvTransposeOptions, type PaddingOption, type Shape, type Tensor } from "../tensor/index.js";
import { ShapeError } from "../errors.js";
import { requireDivisible, requireRank, requireWhole, requireWindow } from "./checks.js";
import { convolutionFans, denseFans, glorotUniform, parameter, randomNormal, randomUniform, zeros, type Fans, type Initializer } from "./initializers.js";
import { inferenceMode, layer, type Layer, type Mode, type Module } from "./module.js";
import { shapeOfOutput } from "./shape-of-output.js";
import { spectralNormalization } from "./spectral.js";

export interface KernelOptions {
  /** Applied to the output. Default: none. */
  readonly activation?: (x: Tensor) => Tensor;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default glorotUniform, as in Keras. */
  readonly kernelInitializer?: Initializer;
  /** Default zeros, as in Keras. */
  readonly biasInitializer?: Initializer;
  /** Divide the kernel by its largest singular value (Miyato et al. 2018). Default false. */
  readonly spectral?: boolean;
  /**
   * Learn a kernel drawn from N(0, 1) that is divided by the root of its fan in where it is used, so that all kernels learn at one pace under optimizers such as Adam
   * (equalized learning rate: Karras et al. 2018, section 4.1), and at so many times the learning rate, the bias too; 1 is usual.
   */
  readonly equalized?: number;
}

/** Kernel and bias of a layer, and its module: `apply` makes the output before bias and activation. */
function kernelModule(
  name: string,
  inputShape: Shape,
  kernelShape: Shape,
  fans: Fans,
  outputs: number,
  options: KernelOptions,
  apply: (x: Tensor, kernel: Tensor) => Tensor,
): Module {
  const { activation, useBias = true, equalized, kernelInitializer = equalized ? randomNormal(0, 1 / equalized) : glorotUniform, biasInitializer = zeros, spectral = false } = options;
  const kernel = parameter(`${name}.kernel`, kernelShape, kernelInitializer, fans);
  const used = equalized ? mul(kernel, equalized / Math.sqrt(fans.fanIn)) : kernel;
  const bias = useBias ? parameter(`${name}.bias`, [outputs], biasInitializer, fans) : undefined;
  const normalized = spectral ? spectralNormalization(kernel) : undefined;
  const forward = (x: Tensor, mode: Mode): Tensor => {
    const product = apply(x, normalized ? normalized.apply(mode) : used);
    // [C] against [N, C] or [N, C, H, W]
    const shifted = bias ? add(product, reshape(mul(bias, equalized ?? 1), [outputs, ...new Array<number>(product.rank - 2).fill(1)])) : product;
    return activation ? activation(shifted) : shifted;
  };
  return { parameters: bias ? [kernel, bias] : [kernel], statistics: normalized?.statistics ?? [], outputShape: shapeOfOutput((x) => forward(x, inferenceMode()), inputShape), apply: forward };
}

/** x [batch, in] -> [batch, units]; kernel [in, units] as in Keras. */
export function Dense(units: number, options: KernelOptions = {}): Layer {
  requireWhole("Dense", "units", units);
  return layer("Dense", (name, inputShape) => {
    requireRank(inputShape, 1, "[features]");
    const shape = [inputShape[0], units];
    return kernelModule(name, inputShape, shape, denseFans(shape), units, options, matmul);
  });
}

export interface ConvLayerOptions extends KernelOptions {
  readonly kernelSize: number | readonly [number, number];
  readonly stride?: number | readonly [number, number];
  /** A number, per axis, per side, or Keras' "same" and "valid" (default). */
  readonly padding?: PaddingOption;
  readonly dilation?: number | readonly [number, number];
  readonly groups?: number;
}

/** x [batch, in, height, width] -> [batch, filters, height', width']; kernel [filters, in / groups, height, width] as in PyTorch. */
export function Conv2d(filters: number, options: ConvLayerOptions): Layer {
  requireWhole("Conv2d", "filters", filters);
  requireWindow("Conv2d", options);
  const { kernelSize, groups = 1 } = options;
  return layer("Conv2d", (name, inputShape) => {
    requireRank(inputShape, 3, "[channels, height, width]");
    requireDivisible("channels", inputShape[0], groups);
    requireDivisible("filters", filters, groups);
    const shape = [filters, inputShape[0] / groups, ...pair(kernelSize)];
    return kernelModule(name, inputShape, shape, convolutionFans(shape), filters, options, (x, kernel) => conv2d(x, kernel, options));
  });
}

export interface ConvTransposeLayerOptions extends ConvLayerOptions, Pick<ConvTransposeOptions, "outputPadding"> {}

/** x [batch, in, height, width] -> [batch, filters, height', width']; kernel [in, filters / groups, height, width] as in PyTorch. */
export function ConvTranspose2d(filters: number, options: ConvTransposeLayerOptions): Layer {
  requireWhole("ConvTranspose2d", "filters", filters);
  requireWindow("ConvTranspose2d", options);
  const { kernelSize, groups = 1 } = options;
  return layer("ConvTranspose2d", (name, inputShape) => {
    requireRank(inputShape, 3, "[channels, height, width]");
    requireDivisible("channels", inputShape[0], groups);
    requireDivisible("filters", filters, groups);
    const shape = [inputShape[0], filters / groups, ...pair(kernelSize)];
    return kernelModule(name, inputShape, shape, convolutionFans(shape), filters, options, (x, kernel) => convTranspose2d(x, kernel, options));
  });
}

/** int32 indices [batch, ...] -> rows [batch, ..., size] of a table [vocabulary, size]. */
export function Embedding(vocabulary: number, size: number, { initializer = randomUniform() }: { readonly initializer?: Initializer } = {}): Layer {
  requireWhole("Embedding", "vocabulary", vocabulary);
  requireWhole("Embedding", "size", size);
  return layer("Embedding", (name, inputShape) => {
    const table = parameter(`${name}.table`, [vocabulary, size], initializer, { fanIn: vocabulary, fanOut: size });
    const lookUp = (indices: Tensor): Tensor => {
      if (indices.dtype === "int32") return gather(table, indices);
      throw new ShapeError(`needs int32 indices, but gets ${indices.dtype}`, 'Use input(name, shape, "int32"), or cast(x, "int32").');
    };
    return { parameters: [table], statistics: [], outputShape: [...inputShape, size], apply: lookUp };
  });
}
