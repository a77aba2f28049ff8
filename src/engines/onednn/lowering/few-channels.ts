/**
 * Convolutions with very few output channels. The library's kernels compute 16 channels at a time, so that one channel costs
 * as much as sixteen. Here each pixel's products with all taps of the kernel are one matrix product, and the taps are then
 * added where they belong (as in im2col, the other way round).
 */
import { sizeOf, stridesOf, type Geometry, type Shape, type Tensor } from "../../../tensor/index.js";
import { reshaped, type Builder } from "../builder.js";
import { args } from "../operations.js";
import type { Value } from "../plan.js";
import type { Context } from "./context.js";
import { columnSums } from "./matmul.js";

type Sized = Geometry & { readonly size: Shape };

const FEW = 4;
const MANY = 16;

export const isFew = (few: number, many: number, { groups }: Geometry): boolean => groups === 1 && few <= FEW && many >= MANY;

export const isDense = ({ strides }: Geometry): boolean => strides.every((stride) => stride === 1);

/** A tap of the kernel: where it reads the input, and which outputs it reaches. */
interface Tap {
  readonly index: number;
  readonly outFrom: readonly number[];
  readonly inFrom: readonly number[];
  readonly count: readonly number[];
}

/** The taps of a window [kh, kw], with the outputs whose input lies inside of the image. */
export function tapsOf(kernel: Shape, input: Shape, output: Shape, { strides, padding, dilations }: Geometry): Tap[] {
  const taps = Array.from({ length: sizeOf(kernel) }, (_, index): Tap => {
    const place = [Math.floor(index / kernel[1]), index % kernel[1]];
    const shift = place.map((at, axis) => at * dilations[axis] - padding[axis][0]);
    const outFrom = shift.map((d, axis) => Math.max(0, Math.ceil(-d / strides[axis])));
    const outTo = shift.map((d, axis) => Math.min(output[axis] - 1, Math.floor((input[axis] - 1 - d) / strides[axis])));
    return { index, outFrom, inFrom: shift.map((d, axis) => outFrom[axis] * strides[axis] + d), count: outTo.map((to, axis) => to - outFrom[axis] + 1) };
  });
  return taps.filter(({ count }) => count.every((n) => n > 0));
}

/** Pixels [batch, height, width] of one channel or tap, in memory that holds more. */
interface Pixels {
  readonly value: Value;
  readonly offset: number;
  readonly strides: readonly [batch: number, row: number, column: number];
}

function move(builder: Builder, title: string, from: Pixels, to: Pixels, batch: number, [rows, columns]: readonly number[], isAdded: boolean): void {
  const view = ({ value, offset, strides }: Pixels): Value => ({ ...value, offset: value.offset + offset, desc: builder.scope.strided([batch, rows, columns], strides) });
  const [source, sink] = [view(from), view(to)];
  const primitive = builder.scope.reorder(source.desc, sink.desc, isAdded ? [{ kind: "sum", scale: 1 }] : []);
  builder.primitive(title, primitive, [[args.src, source]], [[args.dst, sink]]);
}

/** [batch, height, width, channels, taps] next to each other. */
const unfolded = (value: Value, [height, width]: Shape, columns: number, from: readonly number[], column: number): Pixels => ({
  value,
  offset: (from[0] * width + from[1]) * columns + column,
  strides: [height * width * columns, width * columns, columns],
});

const channel = (value: Value, [, channels, height, width]: Shape, index: number, from: readonly number[], strides: readonly number[] = [1, 1]): Pixels => ({
  value,
  offset: index * height * width + from[0] * width + from[1],
  strides: [channels * height * width, strides[0] * width, strides[1]],
});

function product(builder: Builder, title: string, a: Value, b: Value, shape: Shape, inner: number): Value {
  const target = builder.fresh(builder.scope.plain(shape));
  const primitive = builder.scope.primitive("matmul", [a.desc, b.desc, null, target.desc]);
  if (!primitive) throw builder.scope.lacking(title, a.desc.shape, b.desc.shape);
  builder.primitive(title, primitive, [[args.src, a], [args.weights, b]], [[args.dst, target]], 2 * sizeOf(shape) * inner);
  return target;
}

/** A kernel [few, many, kh, kw] as a matrix [many, few * taps]. */
function kernelMatrix(builder: Builder, kernel: Tensor): Value {
  const [few, many, ...taps] = kernel.shape;
  const plain = builder.plain(kernel);
  const length = sizeOf(taps);
  if (few === 1) return reshaped(builder, plain, [many, length]);
  const moved = builder.fresh(builder.scope.plain([many, few, length]));
  builder.copy("reorder", { ...plain, desc: builder.scope.strided([many, few, length], [length, many * length, 1]) }, moved);
  return reshaped(builder, moved, [many, few * length]);
}

/** x [N, C, H, W], stride 1, to few channels. */
export function convolveToFew({ builder, node, inputs: [x, kernel] }: Context, geometry: Geometry): void {
  const [batch, channels, ...size] = x.shape;
  const width = kernel.shape[0] * sizeOf(kernel.shape.slice(2));
  const pixels = batch * sizeOf(size);
  const source = { ...builder.inLayout(x, "channelsLast"), desc: builder.scope.plain([pixels, channels]) };
  const products = product(builder, "conv2d: taps", source, kernelMatrix(builder, kernel), [pixels, width], channels);
  const target = builder.fresh(builder.desc(node.shape, "plain"));
  builder.host("fill", [], target, (_, output) => output.fill(0));
  const taps = tapsOf(kernel.shape.slice(2), size, node.shape.slice(2), geometry);
  const count = sizeOf(kernel.shape.slice(2));
  for (let filter = 0; filter < kernel.shape[0]; filter++)
    for (const { index, inFrom, outFrom, count: reached } of taps)
      move(builder, "conv2d: sum of taps", unfolded(products, size, width, inFrom, filter * count + index), channel(target, node.shape, filter, outFrom), batch, reached, true);
  builder.define(node, target);
}

/** dy [N, K, OH, OW] back to an input of few channels. */
export function inputGradientToFew({ builder, node, inputs: [dy, kernel] }: Context, { size, ...geometry }: Sized): void {
  const [batch, filters, ...outSize] = dy.shape;
  const [, few, ...window] = kernel.shape;
  const [count, pixels] = [sizeOf(window), batch * sizeOf(outSize)];
  const source = { ...builder.inLayout(dy, "channelsLast"), desc: builder.scope.plain([pixels, filters]) };
  const matrix = reshaped(builder, builder.plain(kernel), [filters, few * count]);
  const products = product(builder, "conv2dInputGradient: taps", source, matrix, [pixels, few * count], filters);
  // Room for whole strides: the library wants each row of a view to end before the next begins.
  const room = [batch, few, ...size.map((n, axis) => Math.ceil(n / geometry.strides[axis]) * geometry.strides[axis])];
  const target = builder.fresh(builder.desc(room, "plain"));
  builder.host("fill", [], target, (_, output) => output.fill(0));
  for (let c = 0; c < few; c++)
    for (const { index, inFrom, outFrom, count: reached } of tapsOf(window, size, outSize, geometry))
      move(builder, "conv2dInputGradient: sum of taps", unfolded(products, outSize, few * count, outFrom, c * count + index), channel(target, room, c, inFrom, geometry.strides), batch, reached, true);
  builder.define(node, { ...target, desc: builder.scope.strided(node.shape, stridesOf(room)) });
}

/** Kernel gradient for few filters and stride 1: x against dy, one shifted copy of it for each tap. */
export function kernelGradientOfFew({ builder, node, inputs: [x, dy] }: Context, { size, ...geometry }: Sized): void {
  const [batch, channels, ...inSize] = x.shape;
  const [, few, ...outSize] = dy.shape;
  const [count, pixels] = [sizeOf(size), sizeOf(inSize)];
  const shifts = [batch, few * count, ...inSize];
  // Places that no output reaches stay zero from the beginning.
  const spread = builder.kept(builder.scope.plain(shifts), "float32");
  const gradient = builder.plain(dy);
  for (let filter = 0; filter < few; filter++)
    for (const { index, inFrom, outFrom, count: reached } of tapsOf(size, inSize, outSize, geometry))
      move(builder, "conv2dKernelGradient: taps", channel(gradient, dy.shape, filter, outFrom), channel(spread, shifts, filter * count + index, inFrom), batch, reached, false);
  const images = { ...builder.inLayout(x, "channelsLast"), desc: builder.scope.plain([batch, pixels, channels]) };
  const products = product(builder, "conv2dKernelGradient: products", reshaped(builder, spread, [batch, few * count, pixels]), images, [batch, few * count, channels], pixels);
  const total = columnSums(builder, "conv2dKernelGradient: sum", products, batch, few * count * channels);
  // [few, taps, channels] seen as [few, channels, taps]
  builder.define(node, { ...total, desc: builder.scope.strided(node.shape, [count * channels, 1, size[1] * channels, channels]) });
}
