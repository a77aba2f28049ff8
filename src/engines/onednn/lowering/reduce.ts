/** Sums and maxima. The library's fast kernel reduces the last axes of a row-major tensor; sums over rows are products with ones. */
import { sizeOf, stridesOf, type Tensor } from "../../../tensor/index.js";
import { isChannelsLast, reshaped } from "../builder.js";
import { algorithms } from "../operations.js";
import type { Value } from "../plan.js";
import type { Context } from "./context.js";
import { sumOfGroupNormGradient } from "./group-norm.js";
import { columnSums } from "./matmul.js";
import { sumOfStandardized } from "./normalization.js";
import { rowReduction } from "./rows.js";

interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** x with the reduced axes last. */
function reducedLast({ builder }: Context, x: Tensor, axes: readonly number[]): Value {
  const order = [...x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis)), ...axes];
  if (order.every((axis, i) => axis === i)) return builder.plain(x);
  const form = builder.forms(x).find(({ desc }) => desc.strides) ?? builder.plain(x);
  const strides = form.desc.strides ?? stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis]);
  const moved = builder.fresh(builder.scope.plain(shape));
  builder.copy("reorder", { ...form, desc: builder.scope.strided(shape, order.map((axis) => strides[axis])) }, moved);
  return moved;
}

export function sum(context: Context, { axes }: Reduction): void {
  const { builder, node, inputs } = context;
  const [x] = inputs;
  if (sumOfStandardized(context, axes) || sumOfGroupNormGradient(context, axes)) return;
  const [kept, length] = [sizeOf(node.shape), axes.reduce((n, axis) => n * x.shape[axis], 1)];
  const define = (value: Value): void => builder.define(node, reshaped(builder, value, node.shape));
  const isLeading = axes.every((axis, i) => axis === i);
  if (isLeading && kept > 1) return define(columnSums(builder, "sum", builder.plain(x), length, kept));
  // Channels side by side: everything but the channel is a row.
  if (x.rank === 4 && isChannelsLast(builder, x) && axes.join() === "0,2,3") return define(columnSums(builder, "sum", builder.inLayout(x, "channelsLast"), length, kept));
  // The last axes first, then what is left of the first ones: no value has to be moved.
  const leading = x.shape.findIndex((_, axis) => !axes.includes(axis));
  const trailing = x.rank - 1 - x.shape.findLastIndex((_, axis) => !axes.includes(axis));
  if (leading > 0 && leading + trailing === axes.length && kept > 1) {
    const rest = sizeOf(x.shape.slice(x.rank - trailing));
    const rows = rowReduction(builder, "sum", algorithms.reduceSum, builder.plain(x), sizeOf(x.shape) / rest, rest);
    return define(columnSums(builder, "sum", rows, length / rest, kept));
  }
  define(rowReduction(builder, "sum", algorithms.reduceSum, reducedLast(context, x, axes), kept, length));
}

export function max(context: Context, { axes }: Reduction): void {
  const { builder, node, inputs } = context;
  const length = axes.reduce((n, axis) => n * inputs[0].shape[axis], 1);
  const result = rowReduction(builder, "max", algorithms.reduceMax, reducedLast(context, inputs[0], axes), sizeOf(node.shape), length);
  builder.define(node, reshaped(builder, result, node.shape));
}
