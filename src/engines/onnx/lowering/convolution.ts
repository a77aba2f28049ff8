/** The three convolutions in the forms that ONNX Runtime computes fastest when the kernel is not a constant. */
import { sizeOf, type Geometry, type Shape, type Tensor } from "../../../tensor/index.js";
import type { AttributeValue, GraphBuilder } from "../graph.js";
import type { Context } from "./context.js";
import { pads } from "./movement.js";

type Sized = Geometry & { readonly size: Shape };

/** A value of the graph and its shape. */
interface Value {
  readonly name: string;
  readonly shape: Shape;
}
const valueOf = (name: string, { shape }: Tensor): Value => ({ name, shape });

const window = ({ strides, padding, dilations, groups }: Geometry): Record<string, AttributeValue> => ({
  strides,
  pads: pads(padding),
  dilations,
  group: { int: groups },
});

export const conv2d = ({ graph, inputs }: Context, geometry: Geometry): string => graph.node("Conv", inputs, window(geometry));

export const conv2dInputGradient = ({ graph, node, inputs: [dy, kernel] }: Context, attributes: Sized): string =>
  inputGradient(graph, valueOf(dy, node.inputs[0]), valueOf(kernel, node.inputs[1]), attributes);

/** Without strides the gradient is a convolution with the mirrored kernel, which is several times faster than ConvTranspose. */
function inputGradient(graph: GraphBuilder, dy: Value, kernel: Value, { size, ...geometry }: Sized): string {
  const { strides, padding, dilations } = geometry;
  const reach = dilations.map((dilation, axis) => dilation * (kernel.shape[2 + axis] - 1));
  const mirrored = padding.map(([before, after], axis) => [reach[axis] - before, reach[axis] - after] as const);
  if (strides.every((stride) => stride === 1) && mirrored.flat().every((n) => n >= 0))
    return graph.node("Conv", [dy.name, mirror(graph, kernel, geometry.groups)], window({ ...geometry, padding: mirrored }));
  // Pixels that the strided convolution never reached.
  const rest = size.map((n, axis) => n - ((dy.shape[2 + axis] - 1) * strides[axis] + reach[axis] + 1 - padding[axis][0] - padding[axis][1]));
  return graph.node("ConvTranspose", [dy.name, kernel.name], { ...window(geometry), output_padding: rest });
}

/** Kernel [K, C / G, kh, kw] -> [C, K / G, kh, kw], turned by half a circle. */
function mirror(graph: GraphBuilder, { name, shape: [filters, channels, ...taps] }: Value, groups: number): string {
  const [last, beyondFirst] = [-1, -(2 ** 31)];
  const turned = graph.node("Slice", [name, graph.ints([last, last]), graph.ints([beyondFirst, beyondFirst]), graph.ints([2, 3]), graph.ints([-1, -1])]);
  const grouped = graph.node("Reshape", [turned, graph.ints([groups, filters / groups, channels, ...taps])]);
  const swapped = graph.node("Transpose", [grouped], { perm: [0, 2, 1, 3, 4] });
  return graph.node("Reshape", [swapped, graph.ints([groups * channels, filters / groups, ...taps])]);
}

/** Most values that are unfolded at once (8 MB, so that they stay in the cache); a larger batch is worked off in pieces. */
const UNFOLDED_LIMIT = 2 ** 21;

/**
 * The kernel's gradient as a matrix product for each image, summed over the images: dy against x unfolded (im2col), or x
 * against dy unfolded the other way, whichever unfolds to less.
 */
export function conv2dKernelGradient({ graph, node, inputs }: Context, { size, ...geometry }: Sized): string {
  const [x, dy] = node.inputs.map((tensor, i) => valueOf(inputs[i], tensor));
  const { groups } = geometry;
  const [[batch, channels, height, width], [, filters, outHeight, outWidth]] = [x.shape, dy.shape];
  const taps = sizeOf(size);
  const [unfoldedX, unfoldedDy] = [channels * taps * outHeight * outWidth, filters * taps * height * width];
  const small = Math.min(unfoldedX, unfoldedDy);

  const positions = unfoldedX === small ? outHeight * outWidth : height * width;

  /** Groups of rows against each other: [n, a, P] and [n, b, P] -> [G, a / G, b / G], summed over n and P. */
  const products = (n: number, a: string, rowsA: number, b: string, rowsB: number): string => {
    const grouped = (name: string, rows: number) => graph.node("Reshape", [name, graph.shape([n, groups, rows / groups, positions])]);
    const transposed = graph.node("Transpose", [grouped(b, rowsB)], { perm: [0, 1, 3, 2] });
    return graph.node("ReduceSum", [graph.node("MatMul", [grouped(a, rowsA), transposed]), graph.ints([0])], { keepdims: { int: 0 } });
  };
  const ofPiece = (n: number, xPiece: string, dyPiece: string): string =>
    unfoldedX === small
      ? products(n, dyPiece, filters, unfold(graph, { name: xPiece, shape: [n, ...x.shape.slice(1)] }, size, geometry), channels * taps)
      : products(n, xPiece, channels, fold(graph, { name: dyPiece, shape: [n, ...dy.shape.slice(1)] }, size, [height, width], geometry), filters * taps);

  const step = Math.min(batch, Math.max(1, Math.floor(UNFOLDED_LIMIT / small)));
  const cut = (name: string, start: number) => (step === batch ? name : graph.node("Slice", [name, graph.ints([start]), graph.ints([start + step]), graph.ints([0])]));
  const starts = Array.from({ length: Math.ceil(batch / step) }, (_, i) => i * step);
  const total = starts
    .map((start) => ofPiece(Math.min(step, batch - start), cut(x.name, start), cut(dy.name, start)))
    .reduce((a, b) => graph.node("Add", [a, b]));

  const shape = [filters, channels / groups, ...size];
  if (unfoldedX === small) return graph.node("Reshape", [total, graph.ints(shape)]);
  const split = graph.node("Reshape", [total, graph.ints([groups, channels / groups, filters / groups, taps])]);
  return graph.node("Reshape", [graph.node("Transpose", [split], { perm: [0, 2, 1, 3] }), graph.ints(shape)]);
}

/** [channels * taps] filters of which each picks one tap of one channel: convolution with them copies, and does so fast. */
function picks(graph: GraphBuilder, channels: number, size: Shape, shape: Shape): Value {
  const taps = sizeOf(size);
  const values = Float32Array.from({ length: channels * taps * taps }, (_, i) => (Math.floor(i / taps) % taps === i % taps ? 1 : 0));
  return { name: graph.constant(values, shape, "float32"), shape };
}

/** x [n, C, H, W] -> for each output pixel, the values under the kernel: [n, C * taps, OH, OW]. */
function unfold(graph: GraphBuilder, x: Value, size: Shape, geometry: Geometry): string {
  const channels = x.shape[1];
  const isPointwise = sizeOf(size) === 1 && geometry.strides.every((stride) => stride === 1) && geometry.padding.flat().every((n) => n === 0);
  if (isPointwise) return x.name;
  const filters = picks(graph, channels, size, [channels * sizeOf(size), 1, ...size]);
  return graph.node("Conv", [x.name, filters.name], window({ ...geometry, groups: channels }));
}

/** dy [n, K, OH, OW] -> for each input pixel, the values of dy that it reached through each tap: [n, K * taps, H, W]. */
function fold(graph: GraphBuilder, dy: Value, size: Shape, inputSize: Shape, geometry: Geometry): string {
  const filters = dy.shape[1];
  return inputGradient(graph, dy, picks(graph, filters, size, [filters, sizeOf(size), ...size]), { ...geometry, groups: filters, size: inputSize });
}
