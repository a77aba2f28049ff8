/** fast-check arbitraries of cases on which two engines are compared: geometries, shapes that broadcast, recipes of graphs. */
import fc from "fast-check";
import * as T from "../../src/tensor/index.js";
import type { Geometry, Shape, Tensor } from "../../src/tensor/index.js";
import { point, type GradientCase } from "../tensor/gradient-cases.js";
import { broadcastableShapes, randomShape } from "./random-tensors.js";

const between = (min: number, max: number) => fc.integer({ min, max });
const pair = <Item>(item: fc.Arbitrary<Item>) => fc.tuple(item, item);
const points = (...shapes: readonly Shape[]) => shapes.map((shape, i) => point(shape, { offset: 3 * i }));

/** Numbers of channels around the sizes of vector registers, and the least. */
const channels = fc.constantFrom(1, 2, 3, 5, 8, 15, 16, 17, 24);
const imageShape = fc.tuple(between(1, 3), channels, between(1, 7), between(1, 7));

/** A convolution: shapes of image and kernel, and its geometry. */
interface Convolution {
  readonly image: Shape;
  readonly kernel: Shape;
  readonly options: Geometry;
}

const convolution: fc.Arbitrary<Convolution> = fc
  .record({
    batch: between(1, 3),
    ofChannels: fc.oneof(
      fc.record({ groups: between(1, 3), inputs: between(1, 2), outputs: between(1, 2) }),
      fc.record({ groups: fc.constant(1), inputs: channels, outputs: channels }),
      fc.record({ groups: channels, inputs: fc.constant(1), outputs: between(1, 2) }),
    ),
    size: pair(between(1, 8)), kernel: pair(between(1, 4)), strides: pair(between(1, 3)), dilations: pair(between(1, 2)), padding: pair(pair(between(0, 2))),
  })
  .map(({ batch, ofChannels: { groups, inputs, outputs }, size, kernel, ...rest }) => ({ image: [batch, inputs * groups, ...size], kernel: [outputs * groups, inputs, ...kernel], options: { ...rest, groups } }))
  .filter(({ image, kernel, options }) => T.convolvedSize(image.slice(2), kernel.slice(2), options).every((n) => n >= 1));

const outputOf = ({ image, kernel, options }: Convolution): Shape => [image[0], kernel[0], ...T.convolvedSize(image.slice(2), kernel.slice(2), options)];

export const convolutions: Readonly<Record<string, fc.Arbitrary<GradientCase>>> = {
  conv2d: convolution.map(({ image, kernel, options }) => ({ f: (x, k) => T.conv2d(x, k, options), points: points(image, kernel) })),
  "conv2d with bias and activation": convolution.map((one) => ({
    f: (x, k, bias, y) => T.add(T.softplus(T.add(T.conv2d(x, k, one.options), T.reshape(bias, [-1, 1, 1]))), y),
    points: points(one.image, one.kernel, [one.kernel[0]], outputOf(one)),
  })),
  "conv2d with a residual": convolution.map((one) => ({ f: (x, k, y) => T.add(T.conv2d(x, k, one.options), y), points: points(one.image, one.kernel, outputOf(one)) })),
  conv2dInputGradient: convolution.map((one) => ({ f: (dy, k) => T.conv2dInputGradient(dy, k, one.image.slice(2), one.options), points: points(outputOf(one), one.kernel) })),
  conv2dKernelGradient: convolution.map((one) => ({ f: (x, dy) => T.conv2dKernelGradient(x, dy, one.kernel.slice(2), one.options), points: points(one.image, outputOf(one)) })),
};

/** Products of stacks of matrices whose leading axes broadcast, each factor as it is or transposed, with or without what may be fused. */
export const products: fc.Arbitrary<GradientCase> = fc
  .record({ stacks: broadcastableShapes(2, 3), rows: between(1, 18), inner: between(1, 18), columns: between(1, 18), turned: pair(fc.boolean()), tail: between(0, 4) })
  .map(({ stacks: [p, q], rows, inner, columns, turned: [turnA, turnB], tail }) => {
    const swap = (shape: Shape): Shape => [...shape.slice(0, -2), ...shape.slice(-2).reverse()];
    const [a, b] = [[...p, rows, inner], [...q, inner, columns]];
    const turn = (x: Tensor): Tensor => T.transpose(x, [...x.shape.keys()].map((axis) => (axis < x.rank - 2 ? axis : 2 * x.rank - 3 - axis)));
    const tails: ((y: Tensor, bias: Tensor) => Tensor)[] = [
      (y) => y,
      (y, bias) => T.add(y, bias),
      (y, bias) => T.tanh(T.add(y, bias)),
      (y, bias) => T.mul(T.sub(bias, y), 0.3),
      (y, bias) => T.transpose(T.mul(T.sigmoid(y), T.reshape(bias, [1, -1]))),
    ];
    return {
      f: (x, y, bias) => tails[tail](T.matmul(turnA ? turn(x) : x, turnB ? turn(y) : y), bias),
      points: points(turnA ? swap(a) : a, turnB ? swap(b) : b, [columns]),
    };
  });

/** Images as they come, or as a convolution leaves them, or transposed: engines keep their values in different orders. */
const sources: readonly ((x: Tensor) => Tensor)[] = [
  (x) => x,
  (x) => T.conv2d(x, T.constant(Array.from({ length: x.shape[1] }, (_, i) => 1 + i / 10), [x.shape[1], 1, 1, 1]), { groups: x.shape[1] }),
  (x) => T.transpose(T.mul(T.transpose(x, [0, 2, 3, 1]), 1.5), [0, 3, 1, 2]),
  (x) => T.upsampleNearest(x, [1, 1]),
];
const source = fc.constantFrom(...sources);

/** An elementwise expression over an image and operands that are stretched to it in every way. */
export const elementwise: fc.Arbitrary<GradientCase> = fc
  .record({ shape: imageShape, from: pair(source), operands: fc.array(fc.tuple(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), between(0, 3)), { minLength: 1, maxLength: 4 }), recipe: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 10 }) })
  .map(({ shape, from, operands, recipe }) => {
    const steps: ((x: Tensor, y: Tensor) => Tensor)[] = [
      T.add, T.sub, T.mul, T.minimum, T.maximum,
      (x, y) => T.div(x, T.add(T.abs(y), 0.7)),
      (x, y) => T.where(T.greater(x, y), x, 0),
      (x, y) => T.where(T.less(x, 0.1), 0, y),
      (x, y) => T.where(T.greater(x, 0.3), y, x),
      (x) => T.neg(x), (x) => T.mul(x, -0.7), (x) => T.sub(1.3, x), (x) => T.div(2, T.add(T.square(x), 1)), (x) => T.sigmoid(x), (x) => T.silu(x),
      (x) => T.leakyRelu(x, 0.2), (x) => T.elu(x, 0.7), (x) => T.clip(x, -1, 0.9), (x) => T.gelu(x), (x) => T.sqrt(T.add(T.abs(x), 0.1)), (x) => T.pow(T.add(T.abs(x), 0.5), 1.7),
    ];
    const shapes = [shape, shape, ...operands.map(([kept, dropped]) => shape.map((n, axis) => (kept[axis] ? n : 1)).slice(dropped))];
    return {
      f: (...inputs) => {
        const values = inputs.map((x, i) => (i < 2 ? from[i](x) : x));
        for (const [which, a, b] of recipe) values.push(T.tanh(steps[which % steps.length](values[a % values.length], values[b % values.length])));
        return values.reduce((sum, x, i) => T.add(sum, T.mul(0.3 + 0.1 * i, x)));
      },
      points: points(...shapes),
    };
  });

/** Sums and maxima over any axes. */
export const reductions: fc.Arbitrary<GradientCase> = fc
  .record({ shape: randomShape(4, 9).filter((shape) => shape.length > 0), axes: fc.array(between(0, 3), { maxLength: 4 }), keepDims: fc.boolean(), isMax: fc.boolean(), from: source, turned: fc.boolean() })
  .map(({ shape, axes, keepDims, isMax, from, turned }) => {
    const some = [...new Set(axes.map((axis) => axis % shape.length))].sort();
    const given = (x: Tensor): Tensor => (turned && x.rank > 1 ? T.transpose(T.tanh(x), [...x.shape.keys()].reverse()) : x.rank === 4 ? from(x) : T.mul(x, 1.1));
    return { f: (x) => (isMax ? T.max : T.sum)(given(x), some, keepDims), points: points(shape) };
  });

/** A piece of an image, padded, beside itself. */
export const movements: fc.Arbitrary<GradientCase> = fc
  .record({
    shape: imageShape, from: source, cut: fc.array(fc.tuple(fc.nat(), fc.nat(), between(1, 3)), { minLength: 4, maxLength: 4 }), padding: fc.array(pair(between(0, 2)), { minLength: 4, maxLength: 4 }),
    filler: fc.constantFrom(0, -1.5), axis: between(0, 3), order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), activate: fc.boolean(),
  })
  .map(({ shape, from, cut, padding, filler, axis, order, activate }) => ({
    f: (x) => {
      const starts = cut.map(([start], i) => start % shape[i]);
      const ends = cut.map(([, length], i) => starts[i] + 1 + (length % (shape[i] - starts[i])));
      const piece = T.slice(from(x), starts, ends, cut.map(([, , step]) => step));
      const padded = T.pad(activate ? T.tanh(piece) : piece, padding, filler);
      return T.transpose(T.mul(T.concat([padded, T.sin(padded), padded], axis), 0.5), order);
    },
    points: points(shape),
  }));

/** Normalizations of images and rows. */
export const normalizations: fc.Arbitrary<GradientCase> = fc
  .record({ batch: between(2, 4), groups: between(1, 4), each: between(1, 5), size: pair(between(1, 5)), from: source, kind: between(0, 5) })
  .map(({ batch, groups, each, size, from, kind }) => {
    const count = groups * each;
    const image = [batch, count, ...size];
    const steps: ((x: Tensor, gain: Tensor, bias: Tensor) => Tensor)[] = [
      (x, gain, bias) => T.batchNorm(from(x), gain, bias, 1e-2),
      (x, gain, bias) => T.groupNorm(from(x), groups, gain, bias, 1e-2),
      (x, gain, bias) => T.layerNorm(T.transpose(from(x), [0, 2, 3, 1]), gain, bias, 1e-2),
      (x, gain, bias) => T.batchNorm(T.reshape(T.transpose(from(x), [0, 2, 3, 1]), [-1, count]), gain, bias, 1e-2),
      (x, gain, bias) => T.add(T.standardize(from(x), [2, 3], 1e-2), T.mul(T.variance(from(x), [0, 2, 3]), T.reshape(T.add(gain, bias), [1, -1, 1, 1]))),
      (x, gain, bias) => T.mul(T.batchNorm(from(x), gain, bias, 1e-2), T.reshape(T.batchStatistics(from(x)).mean, [1, -1, 1, 1])),
    ];
    return { f: steps[kind], points: points(image, [count], [count]) };
  });

/** Pooling of any geometry, of values of which none, some or most are tied, with a gradient of its own for each window. */
export const pools: fc.Arbitrary<GradientCase> = fc
  .record({
    batch: between(1, 3), channels, size: pair(between(1, 9)), from: source, isMax: fc.boolean(),
    axes: pair(between(1, 4).chain((kernel) => fc.record({ kernel: fc.constant(kernel), stride: between(1, 4), padding: pair(between(0, kernel - 1)) }))),
    rounded: fc.constantFrom((x: number) => x, (x: number) => Math.max(0, x), (x: number) => Math.round(x), () => 0),
  })
  .map(({ axes: [vertical, horizontal], ...rest }) => ({ ...rest, kernel: [vertical.kernel, horizontal.kernel] as const, stride: [vertical.stride, horizontal.stride] as const, padding: [vertical.padding, horizontal.padding] as const }))
  .filter(({ size, kernel, padding }) => size.every((n, axis) => n + padding[axis][0] + padding[axis][1] >= kernel[axis]))
  .map(({ batch, channels, size, from, isMax, kernel, stride, padding, rounded }) => {
    const pool = (x: Tensor): Tensor => (isMax ? T.maxPool : T.averagePool)(from(x), kernel, { stride, padding });
    const [x] = points([batch, channels, ...size]);
    const { shape } = pool(T.zeros(x.shape));
    return { f: (image, weights) => T.mul(T.add(pool(image), 2), weights), points: [{ ...x, values: x.values.map(rounded) }, point(shape, { offset: 3 })] };
  });

const matrixSteps: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => T.sub(x, y),
  (x, y) => T.mul(x, T.relu(y)),
  (x, y) => T.maximum(x, y),
  (x) => T.softplus(x),
  (x) => T.softmax(x),
  (x, y) => T.matmul(T.transpose(x), y),
  (x, y) => T.matmul(x, T.transpose(y)),
  (x, y) => T.concat([T.slice(x, [0, 0], [4, 2]), T.slice(y, [0, 2])], 1),
  (x) => T.pad(T.slice(x, [1, 0], [4, 4], [1, 2]), [[1, 0], [1, 1]]),
  (x, y) => T.where(T.greater(x, 0.1), y, T.sum(x, 0, true)),
  (x) => T.standardize(x, 1),
  (x, y) => T.add(T.max(x, 1, true), y),
];

const kernel = T.constant(Array.from({ length: 3 * 3 * 9 }, (_, i) => Math.sin(i) / 3), [3, 3, 3, 3]);
const imageSteps: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => T.add(x, y),
  (x, y) => T.mul(x, T.sigmoid(y)),
  (x) => T.conv2d(x, kernel, { padding: 1 }),
  (x, y) => T.relu(T.add(T.conv2d(x, kernel, { padding: 1 }), y)),
  (x) => T.convTranspose2d(T.averagePool(x, 2), kernel, { stride: 2, padding: 1, outputPadding: 1 }),
  (x) => T.upsampleNearest(T.maxPool(x, 2), 2),
  (x) => T.standardize(x, [0, 2, 3], 1e-2),
  (x) => T.standardize(x, [1, 2, 3], 1e-2),
  (x, y) => T.concat([T.slice(x, [0, 0, 0, 0], [2, 1, 4, 4]), T.slice(y, [0, 1, 0, 0])], 1),
  (x) => T.pad(T.slice(x, [0, 0, 1, 0]), [[0, 0], [0, 0], [0, 1], [0, 0]]),
  (x, y) => T.add(T.mean(x, [2, 3], true), y),
  (x, y) => T.mul(y, T.softmax(T.sum(x, [2, 3], true), 1)),
  (x, y) => T.reshape(T.matmul(T.reshape(x, [2, 12, 4]), T.softmax(T.slice(T.reshape(y, [2, 12, 4]), [0, 0, 0], [2, 4, 4]))), [2, 3, 4, 4]),
  (x) => T.silu(x),
  (x) => T.transpose(x, [0, 1, 3, 2]),
  (x) => T.leakyRelu(T.reshape(T.transpose(x, [0, 2, 3, 1]), [2, 3, 4, 4]), 0.2),
  (x, y) => T.where(T.greater(x, 0.1), y, x),
];

/** Graphs of up to 10 ops over two tensors of one shape, each value kept in bounds. */
const graphs = (steps: readonly ((x: Tensor, y: Tensor) => Tensor)[], shape: Shape): fc.Arbitrary<GradientCase> =>
  fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(), fc.nat()), { minLength: 1, maxLength: 10 }).map((recipe) => ({
    f: (...inputs) => {
      const values = [...inputs];
      for (const [which, a, b] of recipe) values.push(T.tanh(steps[which](values[a % values.length], values[b % values.length])));
      return T.add(values.at(-1)!, T.mul(0.1, T.add(inputs[0], inputs[1])));
    },
    points: [point(shape), point(shape, { offset: 4 })],
  }));

export const matrixGraphs = graphs(matrixSteps, [4, 4]);
export const imageGraphs = graphs(imageSteps, [2, 3, 4, 4]);
