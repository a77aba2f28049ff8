/** Primitives that move values without changing them, and the sum, whose gradient is a movement. */
import { ShapeError } from "../../errors.js";
import { requireNumbers } from "../checks.js";
import { broadcastShapes, formatShape, normalizeAxes, reducedShape, sameShape, sizeOf } from "../shape.js";
import { apply, type Op, type Shape, type Tensor } from "../tensor.js";

export const broadcastToOp: Op<"broadcastTo", { readonly shape: Shape }> = {
  name: "broadcastTo",
  shape([x], { shape }) {
    if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape))
      throw new ShapeError(`broadcastTo: ${formatShape(x.shape)} does not stretch to ${formatShape(shape)}`, "Each axis must be equal or 1.");
    return { shape, dtype: x.dtype };
  },
  gradient: (g, _output, [x]) => [sumTo(g, x.shape)],
};

/** x stretched to `shape` by NumPy's broadcasting rules. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return apply(broadcastToOp, [x.op === broadcastToOp ? x.inputs[0] : x], { shape });
}

/** The adjoint of broadcasting: sums over the axes that were stretched. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.rank - shape.length;
  const axes = x.shape.flatMap((n, axis) => (axis < extra || (shape[axis - extra] === 1 && n !== 1) ? [axis] : []));
  return reshape(sum(x, axes), shape);
}

export const sumOp: Op<"sum", { readonly axes: readonly number[]; readonly keepDims: boolean }> = {
  name: "sum",
  shape([x], { axes, keepDims }) {
    requireNumbers("sum", x);
    return { shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype };
  },
  gradient: (g, _output, [x], { axes }) => [broadcastTo(reshape(g, reducedShape(x.shape, axes, true)), x.shape)],
};

/** Sum over `axes` (default all). `keepDims` keeps them with size 1. */
export function sum(x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor {
  const normal = normalizeAxes("sum", axes, x.rank);
  return normal.length === 0 ? x : apply(sumOp, [x], { axes: normal, keepDims });
}

export const reshapeOp: Op<"reshape", { readonly shape: Shape }> = {
  name: "reshape",
  shape: ([x], { shape }) => ({ shape, dtype: x.dtype }),
  gradient: (g, _output, [x]) => [reshape(g, x.shape)],
};

/** The same values in row-major order under another shape; one size may be -1, which is then worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const size = sizeOf(x.shape);
  const known = shape.reduce((a, n) => (n === -1 ? a : a * n), 1);
  const target = shape.map((n) => (n === -1 ? size / known : n));
  if (sizeOf(target) !== size || target.some((n) => !Number.isInteger(n) || n < 0) || shape.filter((n) => n === -1).length > 1)
    throw new ShapeError(`reshape: ${formatShape(x.shape)} has ${size} values and cannot become ${formatShape(shape)}`, "The product of the sizes must stay the same; at most one size may be -1.");
  if (sameShape(x.shape, target)) return x;
  if (x.op === reshapeOp) return reshape(x.inputs[0], target);
  // A stretched scalar has no order to keep.
  if (x.op === broadcastToOp && sizeOf(x.inputs[0].shape) === 1) return broadcastTo(reshape(x.inputs[0], []), target);
  return apply(reshapeOp, [x], { shape: target });
}

export const transposeOp: Op<"transpose", { readonly permutation: readonly number[] }> = {
  name: "transpose",
  shape: ([x], { permutation }) => ({ shape: permutation.map((axis) => x.shape[axis]), dtype: x.dtype }),
  gradient: (g, _output, _inputs, { permutation }) => [transpose(g, inversePermutation(permutation))],
};

const inversePermutation = (permutation: readonly number[]): number[] =>
  permutation.reduce<number[]>((inverse, from, to) => ((inverse[from] = to), inverse), []);

/** Axis i of the result is axis `permutation[i]` of x. Default: the last two axes swapped. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  const order = permutation ?? [...axes.slice(0, -2), x.rank - 1, x.rank - 2];
  if (order.length !== x.rank || !sameShape([...order].sort((a, b) => a - b), axes))
    throw new ShapeError(`transpose: [${order.join(", ")}] is not an order of the ${x.rank} axes of ${formatShape(x.shape)}`);
  if (sameShape(order, axes)) return x;
  return apply(transposeOp, [x], { permutation: order });
}

export interface SliceAttributes {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

export const sliceOp: Op<"slice", SliceAttributes> = {
  name: "slice",
  shape: ([x], { starts, ends, steps }) => ({ shape: starts.map((start, i) => Math.ceil((ends[i] - start) / steps[i])), dtype: x.dtype }),
  gradient: (g, output, [x], { starts, steps }) => {
    // Put zeros between the values of each strided axis, then pad to the input's size.
    const spread = dilate(g, steps);
    const low = starts;
    const high = x.shape.map((n, i) => n - low[i] - ((output.shape[i] - 1) * steps[i] + 1));
    return [pad(spread, low.map((before, i) => [before, high[i]] as const))];
  },
};

/** Puts `steps[i] - 1` zeros between neighbours along axis i: size n becomes (n - 1) * step + 1. */
function dilate(x: Tensor, steps: readonly number[]): Tensor {
  return steps.reduce((y, step, axis) => {
    if (step === 1) return y;
    const n = y.shape[axis];
    const before = y.shape.slice(0, axis);
    const after = y.shape.slice(axis + 1);
    const split = reshape(y, [...before, n, 1, ...after]);
    const padded = pad(split, split.shape.map((_, i) => (i === axis + 1 ? ([0, step - 1] as const) : ([0, 0] as const))));
    const joined = reshape(padded, [...before, n * step, ...after]);
    return slice(joined, joined.shape.map(() => 0), joined.shape.map((size, i) => (i === axis ? (n - 1) * step + 1 : size)));
  }, x);
}

/** x[starts[i] : ends[i] : steps[i]] along each axis i. Negative starts and ends count from the end; steps are positive. */
export function slice(x: Tensor, starts: readonly number[], ends?: readonly number[], steps?: readonly number[]): Tensor {
  const longest = Math.max(starts.length, ends?.length ?? 0, steps?.length ?? 0);
  if (longest > x.rank || [...starts, ...(ends ?? [])].some((n) => !Number.isInteger(n)))
    throw new ShapeError(`slice: [${starts.join(", ")}] to [${ends?.join(", ") ?? "the end"}] of ${formatShape(x.shape)}`, `Give whole numbers for up to ${x.rank} axes.`);
  const from = (value: number, size: number) => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
  const begin = x.shape.map((n, i) => from(starts[i] ?? 0, n));
  const end = x.shape.map((n, i) => from(ends?.[i] ?? n, n));
  const step = x.shape.map((_, i) => steps?.[i] ?? 1);
  const wrong = x.shape.findIndex((_, i) => end[i] <= begin[i] || !Number.isInteger(step[i]) || step[i] < 1);
  if (wrong >= 0)
    throw new ShapeError(`slice: [${begin[wrong]}:${end[wrong]}:${step[wrong]}] of axis ${wrong} of ${formatShape(x.shape)} is empty or has a step below 1`);
  if (begin.every((n) => n === 0) && sameShape(end, x.shape) && step.every((n) => n === 1)) return x;
  return apply(sliceOp, [x], { starts: begin, ends: end, steps: step });
}

export type Padding = readonly (readonly [before: number, after: number])[];

export interface PadAttributes {
  readonly padding: Padding;
  readonly value: number;
}

export const padOp: Op<"pad", PadAttributes> = {
  name: "pad",
  shape: ([x], { padding }) => ({ shape: x.shape.map((n, i) => n + padding[i][0] + padding[i][1]), dtype: x.dtype }),
  gradient: (g, _output, [x], { padding }) => [slice(g, padding.map(([before]) => before), x.shape.map((n, i) => n + padding[i][0]))],
};

/** Adds `padding[i] = [before, after]` copies of `value` around axis i. */
export function pad(x: Tensor, padding: Padding, value = 0): Tensor {
  if (padding.length !== x.rank || padding.flat().some((n) => !Number.isInteger(n) || n < 0))
    throw new ShapeError(`pad: needs [before, after], whole numbers from 0, for each of the ${x.rank} axes of ${formatShape(x.shape)}, got ${JSON.stringify(padding)}`, "Use slice to crop.");
  return padding.every(([before, after]) => before === 0 && after === 0) ? x : apply(padOp, [x], { padding, value });
}

const isPadded = (x: Tensor): x is Tensor & { readonly attributes: PadAttributes } => x.op === padOp;

/** The pieces, in order, of two or more tensors of one shape that are padded with zeros along one axis so that where one has values the others have none: joined, they are the sum. */
export function piecesOf(padded: readonly Tensor[]): { readonly axis: number; readonly pieces: readonly Tensor[] } | undefined {
  if (padded.length < 2 || !padded.every(isPadded)) return undefined;
  const axis = padded[0].attributes.padding.findIndex(([before, after]) => before + after > 0);
  const before = ({ attributes: { padding } }: (typeof padded)[number]): number => padding[axis][0];
  const ordered = [...padded].sort((a, b) => before(a) - before(b));
  const fits = ordered.every((x, i) => {
    const { padding, value } = x.attributes;
    const end = before(x) + x.inputs[0].shape[axis];
    return value === 0 && padding.every((sides, other) => other === axis || sides[0] + sides[1] === 0) && end === (i + 1 < ordered.length ? before(ordered[i + 1]) : x.shape[axis]);
  });
  return fits && before(ordered[0]) === 0 ? { axis, pieces: ordered.map((x) => x.inputs[0]) } : undefined;
}

export const concatOp: Op<"concat", { readonly axis: number }> = {
  name: "concat",
  shape(inputs, { axis }) {
    const [first] = inputs;
    const misfit = inputs.find((x) => x.rank !== first.rank || x.dtype !== first.dtype || x.shape.some((n, i) => i !== axis && n !== first.shape[i]));
    if (misfit)
      throw new ShapeError(`concat along axis ${axis}: ${formatShape(first.shape)} ${first.dtype} and ${formatShape(misfit.shape)} ${misfit.dtype} do not fit`, "All other axes and the dtype must be equal.");
    return { shape: first.shape.map((n, i) => (i === axis ? inputs.reduce((total, x) => total + x.shape[axis], 0) : n)), dtype: first.dtype };
  },
  gradient: (g, _output, inputs, { axis }) => split(g, inputs.map((x) => x.shape[axis]), axis),
};

/** Joins tensors along an axis. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  if (tensors.length === 0) throw new ShapeError("concat: needs at least one tensor");
  const [normal] = normalizeAxes("concat", axis, tensors[0].rank);
  return tensors.length === 1 ? tensors[0] : apply(concatOp, tensors, { axis: normal });
}

/** Cuts x along an axis into pieces of the given sizes, which must add up to the axis. */
export function split(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
  const [normal] = normalizeAxes("split", axis, x.rank);
  if (sizes.reduce((a, b) => a + b, 0) !== x.shape[normal])
    throw new ShapeError(`split: pieces of [${sizes.join(", ")}] do not add up to axis ${axis} of ${formatShape(x.shape)}`);
  let start = 0;
  return sizes.map((size) => {
    const starts = x.shape.map((_, i) => (i === normal ? start : 0));
    start += size;
    return slice(x, starts, x.shape.map((n, i) => (i === normal ? start : n)));
  });
}

/** x without its axes of size 1 at `axis`. */
export const squeeze = (x: Tensor, axis: number): Tensor => reshape(x, reducedShape(x.shape, normalizeAxes("squeeze", axis, x.rank), false));
