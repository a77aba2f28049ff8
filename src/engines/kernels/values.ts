/** What the kernels compute with: a shape and its values in float64, whatever the dtype. */
import { sizeOf, type Shape, type Tensor } from "../../tensor/index.js";

export interface Value {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Values from outside as an engine holds them: those of an int32 tensor lose their fractions, as in an Int32Array. */
export const store = (values: ArrayLike<number>, { dtype }: Tensor): Float64Array => Float64Array.from(dtype === "int32" ? Int32Array.from(values) : values);

export const allocate = (shape: Shape, fill = 0): Value => ({ shape, data: new Float64Array(sizeOf(shape)).fill(fill) });

/** Row-major strides of `shape` seen through a broadcast to `target`: 0 along every stretched axis. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = new Array<number>(target.length).fill(0);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const at = axis + target.length - shape.length;
    strides[at] = shape[axis] === 1 ? 0 : step;
    step *= shape[axis];
  }
  return strides;
}

/**
 * Calls `visit(position, offset)` for every element of `shape` in row-major order, where offset is the sum of index times
 * stride: one walk serves broadcasting, transposition, slices and reductions.
 */
export function walk(shape: Shape, strides: readonly number[], start: number, visit: (position: number, offset: number) => void): void {
  const size = sizeOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  let offset = start;
  for (let position = 0; position < size; position++) {
    visit(position, offset);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += strides[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/** `source` read through strides into a new value of `shape`. */
export function gatherStrided(source: Float64Array, shape: Shape, strides: readonly number[], start = 0): Value {
  const result = allocate(shape);
  walk(shape, strides, start, (position, offset) => (result.data[position] = source[offset]));
  return result;
}
