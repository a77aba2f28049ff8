/** Pooling and upsampling over the last two axes of [N, C, H, W]. */
import { ShapeError } from "../../errors.js";
import { requireFloat } from "../checks.js";
import { formatShape } from "../shape.js";
import { apply, constant, type Op, type Shape, type Tensor } from "../tensor.js";
import { conv2d, conv2dInputGradient, convolvedSize, geometryOf, pair, type Geometry, type PaddingOption } from "./convolution.js";
import { div, equal, full, maximum, where } from "./elementwise.js";
import { broadcastTo, concat, pad, reshape, slice, sum } from "./movement.js";

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

/** Low enough to lose against any activation, and finite so that no gradient becomes NaN. */
const LOWEST = -3.4e38;

/** What each place of the window sees, in row-major order: a strided view of the padded input, one value for each window. */
function windowViews(x: Tensor, { kernel, geometry }: PoolAttributes): Tensor[] {
  const [height, width] = convolvedSize(x.shape.slice(2), kernel, geometry);
  const [sy, sx] = geometry.strides;
  const padded = pad(x, [[0, 0], [0, 0], ...geometry.padding], LOWEST);
  const place = (row: number, column: number) =>
    slice(padded, [0, 0, row, column], [x.shape[0], x.shape[1], row + (height - 1) * sy + 1, column + (width - 1) * sx + 1], [1, 1, sy, sx]);
  return Array.from({ length: kernel[0] * kernel[1] }, (_, i) => place(Math.floor(i / kernel[1]), i % kernel[1]));
}

/** Each channel of each image as an image of its own, for convolutions that treat all channels alike: [N, C, H, W] -> [N C, 1, H, W]. */
const separated = (x: Tensor): Tensor => reshape(x, [x.shape[0] * x.shape[1], 1, ...x.shape.slice(2)]);

/** Gradient for x of maxPool, given that for and the values of y = maxPool(x): inputs g, x, y. */
export const maxPoolGradientOp: Op<"maxPoolGradient", PoolAttributes> = {
  name: "maxPoolGradient",
  shape(inputs) {
    requireFloat("maxPoolGradient", inputs);
    return { shape: inputs[1].shape, dtype: "float32" };
  },
  define([g, x, y], attributes) {
    const { kernel, geometry } = attributes;
    const places = kernel[0] * kernel[1];
    // Place by place, in row-major order: the first that holds the window's maximum takes the gradient and leaves none.
    let left = g;
    const taken = windowViews(x, attributes).map((view) => {
      const isMaximum = equal(view, y);
      const here = where(isMaximum, left, 0);
      left = where(isMaximum, 0, left);
      return separated(here);
    });
    // Each place's values go back to where it saw them: a kernel for each that is 1 there. Padding falls away, overlapping windows add up.
    const kernels = Array.from({ length: places ** 2 }, (_, i) => (i % (places + 1) === 0 ? 1 : 0));
    return reshape(conv2dInputGradient(concat(taken, 1), constant(kernels, [places, 1, ...kernel]), x.shape.slice(2), geometry), x.shape);
  },
};

export const maxPoolOp: Op<"maxPool", PoolAttributes> = {
  name: "maxPool",
  shape: ([x], attributes) => poolShape("maxPool", x, attributes),
  define: ([x], attributes) => windowViews(x, attributes).reduce(maximum),
  gradient: (g, y, [x], attributes) => [apply(maxPoolGradientOp, [g, x, y], attributes)],
};

/** Largest value of each window; the first of tied values, in row-major order of the window, gets the gradient. */
export const maxPool = (x: Tensor, kernel: number | readonly [number, number], options: PoolOptions = {}): Tensor =>
  apply(maxPoolOp, [x], poolAttributes("maxPool", x, kernel, options));

/** Sums of each channel's windows, as a convolution: its kernel and geometry. */
const summing = (channels: number, { kernel, geometry }: PoolAttributes): [kernel: Tensor, geometry: Geometry] => [
  constant(new Float64Array(channels * kernel[0] * kernel[1]).fill(1), [channels, 1, ...kernel]),
  { ...geometry, groups: channels },
];

/** How many real values each window over an image of `size` has, [1, 1, OH, OW]. */
const counts = (size: Shape, attributes: PoolAttributes): Tensor => conv2d(full([1, 1, ...size], 1), ...summing(1, attributes));

/** Gradient for x of averagePool, given that for its output; `size` is x's height and width. */
export const averagePoolGradientOp: Op<"averagePoolGradient", PoolAttributes & { readonly size: Shape }> = {
  name: "averagePoolGradient",
  shape([g], { size }) {
    requireImage("averagePoolGradient", g);
    return { shape: [g.shape[0], g.shape[1], ...size], dtype: "float32" };
  },
  define([g], { size, ...attributes }) {
    const { kernel, geometry } = attributes;
    // Windows that tile the image: each pixel is in one.
    const isTiling = size.every((n, axis) => n === g.shape[2 + axis] * kernel[axis] && geometry.strides[axis] === kernel[axis] && geometry.padding[axis].every((n) => n === 0));
    if (isTiling) return upsampleNearest(div(g, kernel[0] * kernel[1]), kernel);
    const [window, channelwise] = summing(g.shape[1], attributes);
    return conv2dInputGradient(div(g, counts(size, attributes)), window, size, channelwise);
  },
  gradient: (g, _output, _inputs, { size: _size, ...attributes }) => [apply(averagePoolOp, [g], attributes)],
};

export const averagePoolOp: Op<"averagePool", PoolAttributes> = {
  name: "averagePool",
  shape: ([x], attributes) => poolShape("averagePool", x, attributes),
  define: ([x], attributes) => div(conv2d(x, ...summing(x.shape[1], attributes)), counts(x.shape.slice(2), attributes)),
  gradient: (g, _output, [x], attributes) => [apply(averagePoolGradientOp, [g], { ...attributes, size: x.shape.slice(2) })],
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
