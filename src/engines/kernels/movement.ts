import { normalizeAxes, reducedShape, sizeOf, stridesOf, type Padding, type Shape, type SliceAttributes } from "../../tensor/index.js";
import { allocate, broadcastStrides, gatherStrided, walk, type Value } from "./values.js";

export const broadcastTo = (x: Value, shape: Shape): Value => gatherStrided(x.data, shape, broadcastStrides(x.shape, shape));

export function transpose(x: Value, permutation: readonly number[]): Value {
  const strides = stridesOf(x.shape);
  return gatherStrided(x.data, permutation.map((axis) => x.shape[axis]), permutation.map((axis) => strides[axis]));
}

export function slice(x: Value, { starts, ends, steps }: SliceAttributes): Value {
  const strides = stridesOf(x.shape);
  const shape = starts.map((start, i) => Math.ceil((ends[i] - start) / steps[i]));
  const first = starts.reduce((offset, start, i) => offset + start * strides[i], 0);
  return gatherStrided(x.data, shape, strides.map((stride, i) => stride * steps[i]), first);
}

export function pad(x: Value, padding: Padding, value: number): Value {
  const result = allocate(x.shape.map((n, i) => n + padding[i][0] + padding[i][1]), value);
  const strides = stridesOf(result.shape);
  const first = padding.reduce((offset, [before], i) => offset + before * strides[i], 0);
  walk(x.shape, strides, first, (position, offset) => (result.data[offset] = x.data[position]));
  return result;
}

export function concat(inputs: readonly Value[], axis: number): Value {
  const total = inputs.reduce((n, x) => n + x.shape[axis], 0);
  const result = allocate(inputs[0].shape.map((n, i) => (i === axis ? total : n)));
  const strides = stridesOf(result.shape);
  let start = 0;
  for (const x of inputs) {
    walk(x.shape, strides, start * strides[axis], (position, offset) => (result.data[offset] = x.data[position]));
    start += x.shape[axis];
  }
  return result;
}

/** Folds the values over `axes` with `f`, starting from `initial`. */
export function reduce(x: Value, axes: readonly number[], keepDims: boolean, initial: number, f: (a: number, b: number) => number): Value {
  const kept = reducedShape(x.shape, normalizeAxes("reduce", axes, x.shape.length), true);
  const result = allocate(kept, initial);
  walk(x.shape, broadcastStrides(kept, x.shape), 0, (position, offset) => (result.data[offset] = f(result.data[offset], x.data[position])));
  return { shape: reducedShape(x.shape, axes, keepDims), data: result.data };
}

/** [..., M, K] x [..., K, N], the leading axes broadcast. */
export function matmul(a: Value, b: Value, shape: Shape): Value {
  const [m, n] = shape.slice(-2);
  const k = a.shape[a.shape.length - 1];
  const batch = shape.slice(0, -2);
  const left = broadcastTo(a, [...batch, m, k]).data;
  const right = broadcastTo(b, [...batch, k, n]).data;
  const result = allocate(shape);
  for (let i = 0; i < sizeOf(batch); i++)
    for (let row = 0; row < m; row++)
      for (let inner = 0; inner < k; inner++) {
        const factor = left[(i * m + row) * k + inner];
        for (let column = 0; column < n; column++) result.data[(i * m + row) * n + column] += factor * right[(i * k + inner) * n + column];
      }
  return result;
}
