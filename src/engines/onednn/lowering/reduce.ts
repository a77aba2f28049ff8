/** Sums and maxima. The library's fast kernel reduces the last axes of a row-major tensor; sums over rows are products with ones. */
import { sizeOf, stridesOf, type Tensor } from "../../../tensor/index.js";
import { isChannelsLast, reshaped, type Builder } from "../builder.js";
import { algorithms, args } from "../operations.js";
import type { Value } from "../plan.js";
import type { Context } from "./context.js";
import { columnSums } from "./matmul.js";
import { sumOfStandardized } from "./normalization.js";

interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Reduces the last axis of [rows, length]. */
function rowReduction(builder: Builder, title: string, algorithm: number, source: Value, rows: number, length: number): Value {
  const matrix = reshaped(builder, source, [rows, length]);
  const result = builder.fresh(builder.scope.plain([rows, 1]));
  const primitive = builder.scope.primitive("reduction", [algorithm, matrix.desc, result.desc, 0, 0]);
  if (!primitive) throw new TypeError(title);
  builder.primitive(title, primitive, [[args.src, matrix]], [[args.dst, result]], rows * length);
  return result;
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
  if (sumOfStandardized(context, axes)) return;
  const [kept, length] = [sizeOf(node.shape), axes.reduce((n, axis) => n * x.shape[axis], 1)];
  const define = (value: Value): void => builder.define(node, reshaped(builder, value, node.shape));
  const isLeading = axes.every((axis, i) => axis === i);
  if (isLeading && kept > 1) return define(columnSums(builder, "sum", builder.plain(x), length, kept));
  // Channels side by side: everything but the channel is a row.
  if (x.rank === 4 && isChannelsLast(builder, x) && axes.join() === "0,2,3") return define(columnSums(builder, "sum", builder.inLayout(x, "channelsLast"), length, kept));
  define(rowReduction(builder, "sum", algorithms.reduceSum, reducedLast(context, x, axes), kept, length));
}

export function max(context: Context, { axes }: Reduction): void {
  const { builder, node, inputs } = context;
  const length = axes.reduce((n, axis) => n * inputs[0].shape[axis], 1);
  const result = rowReduction(builder, "max", algorithms.reduceMax, reducedLast(context, inputs[0], axes), sizeOf(node.shape), length);
  builder.define(node, reshaped(builder, result, node.shape));
}
