/** Pooling and upsampling over the last two axes of [N, C, H, W]. */
import { ShapeError } from "../../errors.js";
import { requireFloat } from "../checks.js";
import { formatShape } from "../shape.js";
import { apply, constant, type Op, type Tensor } from "../tensor.js";
import { conv2d, convolvedSize, geometryOf, pair, type Geometry, type PaddingOption } from "./convolution.js";
import { div, full, maximum } from "./elementwise.js";
import { broadcastTo, pad, reshape, slice, sum } from "./movement.js";

export interface PoolAttributes {
  readonly kernel: readonly [number, number];
  readonly geometry: Geometry;
}

export interface PoolOptions {
  /** Default: the kernel size. */
  readonly stride?: number | readonly [number, number];
  /** As for conv2d; padded places never win and never count. Default none. */
  readonly padding?: PaddingOption;
}

function requireImage(op: string, x: Tensor): void {
  requireFloat(op, [x]);
  if (x.rank !== 4) throw new ShapeError(`${op}: input ${formatShape(x.shape)} needs rank 4`, "Input is [batch, channels, height, width].");
}

function poolShape(op: string, x: Tensor, { kernel, geometry }: PoolAttributes) {
  requireImage(op, x);
  const size = convolvedSize(x.shape.slice(2), kernel, geometry);
  if (size.some((n) => n < 1)) throw new ShapeError(`${op}: a ${kernel.join(" x ")} window does not fit into ${formatShape(x.shape)}`);
  return { shape: [x.shape[0], x.shape[1], ...size], dtype: "float32" as const };
}

function poolAttributes(op: string, x: Tensor, kernelSize: number | readonly [number, number], { stride, padding = "valid" }: PoolOptions): PoolAttributes {
  requireImage(op, x);
  const kernel = pair(kernelSize);
  return { kernel, geometry: geometryOf(op, { stride: stride ?? kernel, padding }, x.shape.slice(2), kernel) };
}

/** One strided view of the padded input for each place of the window. */
function windowViews(x: Tensor, { kernel, geometry }: PoolAttributes, [height, width]: readonly number[]): Tensor[] {
  const [sy, sx] = geometry.strides;
  const place = (row: number, column: number) =>
    slice(x, [0, 0, row, column], [x.shape[0], x.shape[1], row + (height - 1) * sy + 1, column + (width - 1) * sx + 1], [1, 1, sy, sx]);
  return Array.from({ length: kernel[0] * kernel[1] }, (_, i) => place(Math.floor(i / kernel[1]), i % kernel[1]));
}

/** Low enough to lose against any activation, and finite so that no gradient becomes NaN. */
const LOWEST = -3.4e38;

export const maxPoolOp: Op<"maxPool", PoolAttributes> = {
  name: "maxPool",
  shape: ([x], attributes) => poolShape("maxPool", x, attributes),
  define([x], attributes) {
    const padded = pad(x, [[0, 0], [0, 0], ...attributes.geometry.padding], LOWEST);
    const size = poolShape("maxPool", x, attributes).shape.slice(2);
    return windowViews(padded, attributes, size).reduce(maximum);
  },
};

/** Largest value of each window; the first of tied values gets the gradient. */
export const maxPool = (x: Tensor, kernel: number | readonly [number, number], options: PoolOptions = {}): Tensor =>
  apply(maxPoolOp, [x], poolAttributes("maxPool", x, kernel, options));

export const averagePoolOp: Op<"averagePool", PoolAttributes> = {
  name: "averagePool",
  shape: ([x], attributes) => poolShape("averagePool", x, attributes),
  define([x], { kernel, geometry }) {
    const [n, c, ...size] = x.shape;
    const window = constant(new Float64Array(kernel[0] * kernel[1]).fill(1), [1, 1, ...kernel]);
    const total = conv2d(reshape(x, [n * c, 1, ...size]), window, geometry);
    const places = conv2d(full([1, 1, ...size], 1), window, geometry);
    const average = div(total, places);
    return reshape(average, [n, c, ...average.shape.slice(2)]);
  },
};

/** Mean of the real values in each window; padding does not count (as in Keras; PyTorch: count_include_pad=False). */
export const averagePool = (x: Tensor, kernel: number | readonly [number, number], options: PoolOptions = {}): Tensor =>
  apply(averagePoolOp, [x], poolAttributes("averagePool", x, kernel, options));

export const upsampleNearestGradientOp: Op<"upsampleNearestGradient", { readonly scale: readonly [number, number] }> = {
  name: "upsampleNearestGradient",
  shape([g], { scale }) {
    const [n, c, h, w] = g.shape;
    return { shape: [n, c, h / scale[0], w / scale[1]], dtype: "float32" };
  },
  define([g], { scale }) {
    const [n, c, h, w] = g.shape;
    return sum(reshape(g, [n, c, h / scale[0], scale[0], w / scale[1], scale[1]]), [3, 5]);
  },
  gradient: (g, _output, _inputs, attributes) => [apply(upsampleNearestOp, [g], attributes)],
};

export const upsampleNearestOp: Op<"upsampleNearest", { readonly scale: readonly [number, number] }> = {
  name: "upsampleNearest",
  shape([x], { scale }) {
    requireImage("upsampleNearest", x);
    if (scale.some((n) => !Number.isInteger(n) || n < 1)) throw new ShapeError(`upsampleNearest: scale ${formatShape(scale)} of ${formatShape(x.shape)}`, "Scales are whole numbers from 1.");
    const [n, c, h, w] = x.shape;
    return { shape: [n, c, h * scale[0], w * scale[1]], dtype: "float32" };
  },
  define([x], { scale }) {
    const [n, c, h, w] = x.shape;
    const stretched = broadcastTo(reshape(x, [n, c, h, 1, w, 1]), [n, c, h, scale[0], w, scale[1]]);
    return reshape(stretched, [n, c, h * scale[0], w * scale[1]]);
  },
  gradient: (g, _output, _inputs, attributes) => [apply(upsampleNearestGradientOp, [g], attributes)],
};

/** Repeats each pixel `scale` times down and across. */
export const upsampleNearest = (x: Tensor, scale: number | readonly [number, number]): Tensor =>
  apply(upsampleNearestOp, [x], { scale: pair(scale) });
