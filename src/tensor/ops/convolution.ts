/**
 * The three convolutions, NCHW. Each is bilinear, and the gradients of each are the other two, so they are closed
 * under differentiation of any order.
 */
import { ShapeError } from "../../errors.js";
import { requireFloat } from "../checks.js";
import { formatShape } from "../shape.js";
import { apply, type Op, type Shape, type Tensor } from "../tensor.js";
import type { Padding } from "./movement.js";

export interface Geometry {
  readonly strides: readonly [number, number];
  /** [[top, bottom], [left, right]] */
  readonly padding: Padding;
  readonly dilations: readonly [number, number];
  readonly groups: number;
}

/** Height and width of an image [batch, channels, height, width] or a kernel [out, in / groups, height, width]. */
function spatial(op: string, shape: Shape): Shape {
  if (shape.length === 4) return shape.slice(2);
  throw new ShapeError(`${op}: ${formatShape(shape)} needs rank 4`, "Images are [batch, channels, height, width], kernels [out, in / groups, height, width].");
}

const outputSize = (size: number, kernel: number, axis: number, { strides, padding, dilations }: Geometry): number =>
  Math.floor((size + padding[axis][0] + padding[axis][1] - dilations[axis] * (kernel - 1) - 1) / strides[axis]) + 1;

/** Output size of a convolution along both axes. */
export const convolvedSize = (size: Shape, kernel: Shape, geometry: Geometry): number[] =>
  size.map((n, axis) => outputSize(n, kernel[axis], axis, geometry));

function check(op: string, x: Shape, kernel: Shape, geometry: Geometry): Shape {
  const { groups } = geometry;
  const fail = (reason: string, hint?: string): never => {
    throw new ShapeError(`${op}: input ${formatShape(x)} and kernel ${formatShape(kernel)}${groups > 1 ? ` in ${groups} groups` : ""}: ${reason}`, hint);
  };
  if (x[1] !== kernel[1] * groups) fail(`the input has ${x[1]} channels, the kernel expects ${kernel[1] * groups}`);
  if (kernel[0] % groups !== 0) fail(`${kernel[0]} output channels do not divide into ${groups} groups`);
  const size = convolvedSize(spatial(op, x), spatial(op, kernel), geometry);
  if (size.some((n) => n < 1)) fail(`the output would be ${size.join(" x ")}`, "The kernel is larger than the padded input; pad more or use a smaller kernel.");
  return [x[0], kernel[0], ...size];
}

export const conv2dOp: Op<"conv2d", Geometry> = {
  name: "conv2d",
  shape([x, kernel], geometry) {
    requireFloat("conv2d", [x, kernel]);
    return { shape: check("conv2d", x.shape, kernel.shape, geometry), dtype: "float32" };
  },
  gradient: (g, _output, [x, kernel], geometry) => [
    conv2dInputGradient(g, kernel, spatial("conv2d", x.shape), geometry),
    conv2dKernelGradient(x, g, spatial("conv2d", kernel.shape), geometry),
  ],
};

export const conv2dInputGradientOp: Op<"conv2dInputGradient", Geometry & { readonly size: Shape }> = {
  name: "conv2dInputGradient",
  shape([dy, kernel], { size, ...geometry }) {
    requireFloat("conv2dInputGradient", [dy, kernel]);
    const shape = [dy.shape[0], (kernel.shape[1] ?? 0) * geometry.groups, ...size];
    const expected = check("conv2dInputGradient", shape, kernel.shape, geometry);
    if (dy.rank !== 4 || dy.shape.some((n, i) => n !== expected[i]))
      throw new ShapeError(`conv2dInputGradient: ${formatShape(dy.shape)} is not the output ${formatShape(expected)} of a convolution of ${formatShape(shape)} with kernel ${formatShape(kernel.shape)}`);
    return { shape, dtype: "float32" };
  },
  gradient: (g, _output, [dy, kernel], { size: _size, ...geometry }) => [
    conv2d(g, kernel, geometry),
    conv2dKernelGradient(g, dy, spatial("conv2dInputGradient", kernel.shape), geometry),
  ],
};

export const conv2dKernelGradientOp: Op<"conv2dKernelGradient", Geometry & { readonly size: Shape }> = {
  name: "conv2dKernelGradient",
  shape([x, dy], { size, ...geometry }) {
    requireFloat("conv2dKernelGradient", [x, dy]);
    const shape = [dy.shape[1], x.shape[1] / geometry.groups, ...size];
    const expected = check("conv2dKernelGradient", x.shape, shape, geometry);
    if (dy.rank !== 4 || dy.shape.some((n, i) => n !== expected[i]))
      throw new ShapeError(`conv2dKernelGradient: ${formatShape(dy.shape)} is not the output ${formatShape(expected)} of a convolution of ${formatShape(x.shape)} with kernel ${formatShape(shape)}`);
    return { shape, dtype: "float32" };
  },
  gradient: (g, _output, [x, dy], { size: _size, ...geometry }) => [
    conv2dInputGradient(dy, g, spatial("conv2dKernelGradient", x.shape), geometry),
    conv2d(x, g, geometry),
  ],
};

/** Kernel gradient of a convolution: x [N, C, H, W], dy [N, K, OH, OW] -> [K, C / groups, ...size]. */
export const conv2dKernelGradient = (x: Tensor, dy: Tensor, size: Shape, geometry: Geometry): Tensor =>
  apply(conv2dKernelGradientOp, [x, dy], { ...geometry, size });

/** Input gradient of a convolution: dy [N, K, OH, OW], kernel [K, C / groups, kh, kw] -> [N, C, ...size]. */
export const conv2dInputGradient = (dy: Tensor, kernel: Tensor, size: Shape, geometry: Geometry): Tensor =>
  apply(conv2dInputGradientOp, [dy, kernel], { ...geometry, size });

/** What a user may say: one number for both axes, padding as a number, per axis, per side, or by Keras' names. */
export interface ConvOptions {
  /** Default 1. */
  readonly stride?: number | readonly [number, number];
  /** Zeros around the input: a number, [vertical, horizontal], [[top, bottom], [left, right]], "same" or "valid" (default, none). */
  readonly padding?: PaddingOption;
  /** Default 1. */
  readonly dilation?: number | readonly [number, number];
  /** Default 1. */
  readonly groups?: number;
}
export type PaddingOption = number | readonly [number, number] | Padding | "same" | "valid";

export const pair = (value: number | readonly [number, number] = 1): readonly [number, number] => (typeof value === "number" ? [value, value] : value);

/** Padding per side. "same" is Keras': the output has ceil(size / stride), an odd pixel goes to the bottom and right. */
export function resolvePadding(padding: PaddingOption, size: Shape, kernel: Shape, strides: readonly number[], dilations: readonly number[]): Padding {
  if (padding === "valid") return [[0, 0], [0, 0]];
  if (padding === "same")
    return size.map((n, axis) => {
      const total = Math.max((Math.ceil(n / strides[axis]) - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1 - n, 0);
      return [Math.floor(total / 2), Math.ceil(total / 2)] as const;
    });
  if (typeof padding === "number") return [[padding, padding], [padding, padding]];
  return padding.map((side) => (typeof side === "number" ? ([side, side] as const) : side));
}

/** What a user said about a window of size `kernel` over an image of `size`, checked and written out per side. */
export function geometryOf(op: string, options: ConvOptions, size: Shape, kernel: Shape): Geometry {
  const [strides, dilations, groups] = [pair(options.stride), pair(options.dilation), options.groups ?? 1];
  const padding = resolvePadding(options.padding ?? "valid", size, kernel, strides, dilations);
  const positive = [...kernel, ...strides, ...dilations, groups].every((n) => Number.isInteger(n) && n >= 1);
  if (!positive || padding.length !== 2 || padding.flat().some((n) => !Number.isInteger(n) || n < 0))
    throw new ShapeError(`${op}: kernel size ${formatShape(kernel)}, stride ${formatShape(strides)}, dilation ${formatShape(dilations)}, groups ${groups}, padding ${JSON.stringify(padding)}`, "Sizes, strides, dilations and groups are whole numbers from 1, padding from 0.");
  return { strides, padding, dilations, groups };
}

const isGeometry = (options: ConvOptions | Geometry): options is Geometry => "strides" in options;

/** Cross-correlation of x [N, C, H, W] with kernel [K, C / groups, kh, kw] -> [N, K, OH, OW]. */
export function conv2d(x: Tensor, kernel: Tensor, options: ConvOptions | Geometry = {}): Tensor {
  return apply(conv2dOp, [x, kernel], isGeometry(options) ? options : geometryOf("conv2d", options, spatial("conv2d", x.shape), spatial("conv2d", kernel.shape)));
}

export interface ConvTransposeOptions extends ConvOptions {
  /** Extra size at the bottom and right, as in PyTorch; smaller than the stride. Default 0. */
  readonly outputPadding?: number | readonly [number, number];
}

/**
 * Transposed convolution of x [N, K, H, W] with kernel [K, C / groups, kh, kw] -> [N, C, OH, OW].
 * With numeric padding p the size is (H - 1) stride - 2 p + dilation (kh - 1) + outputPadding + 1, as in PyTorch;
 * "same" gives H * stride and "valid" H * stride + max(kh - stride, 0), as in Keras.
 */
export function convTranspose2d(x: Tensor, kernel: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const [strides, dilations, extra] = [pair(options.stride), pair(options.dilation), pair(options.outputPadding ?? 0)];
  const [inSize, kernelSize] = [spatial("convTranspose2d", x.shape), spatial("convTranspose2d", kernel.shape)];
  const reach = kernelSize.map((k, axis) => dilations[axis] * (k - 1) + 1);
  const { padding = "valid" } = options;
  const fail = (reason: string, hint?: string): never => {
    throw new ShapeError(`convTranspose2d: input ${formatShape(x.shape)} and kernel ${formatShape(kernel.shape)}: ${reason}`, hint);
  };
  if (x.shape[1] !== kernel.shape[0]) fail(`the input has ${x.shape[1]} channels, the kernel expects ${kernel.shape[0]}`, "The kernel is [in, out / groups, height, width].");
  if (extra.some((n, axis) => !Number.isInteger(n) || n < 0 || (n > 0 && n >= strides[axis])))
    fail(`outputPadding ${formatShape(extra)} must be smaller than stride ${formatShape(strides)}`);
  if (padding === "same" && extra.some((n) => n > 0)) fail(`outputPadding ${formatShape(extra)} with padding "same"`, "\"same\" fixes the size to input times stride; use numeric padding.");
  const named = padding === "same" || padding === "valid";
  const sides = named ? undefined : resolvePadding(padding, inSize, kernelSize, strides, dilations);
  const size = inSize.map((n, axis) => {
    if (sides) return (n - 1) * strides[axis] - sides[axis][0] - sides[axis][1] + reach[axis] + extra[axis];
    return n * strides[axis] + (padding === "valid" ? Math.max(reach[axis] - strides[axis], 0) : 0) + extra[axis];
  });
  return conv2dInputGradient(x, kernel, size, geometryOf("convTranspose2d", { ...options, padding: sides ?? padding }, size, kernelSize));
}
