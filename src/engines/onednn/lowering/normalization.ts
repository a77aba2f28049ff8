/** Standardizing and its gradient: over the batch by the library's batch normalization, over rows by reductions and chains. */
import { sizeOf, type Tensor } from "../../../tensor/index.js";
import { reshaped, type Builder } from "../builder.js";
import { algorithms, args, BACKWARD_DATA, FORWARD_TRAINING } from "../operations.js";
import type { Value } from "../plan.js";
import { by, chain, eltwise, linear, seenAs } from "./chains.js";
import type { Context, Statistics } from "./context.js";
import { columnSums } from "./matmul.js";
import { rowReduction } from "./rows.js";

interface Standardizing {
  readonly axes: readonly number[];
  readonly epsilon: number;
}

/** Over the batch, each channel by itself: batch normalization, for which the library has a fast kernel when channels lie side by side. */
const isOverBatch = (x: Tensor, axes: readonly number[]): boolean => (x.rank === 2 || x.rank === 4) && axes.length === x.rank - 1 && !axes.includes(1);

const formOf = (builder: Builder, x: Tensor): Value => (x.rank === 4 ? builder.inLayout(x, "channelsLast") : builder.plain(x));

/** Over the last axes: each row of a matrix by itself. */
function rowsOf(x: Tensor, axes: readonly number[]): { readonly rows: number; readonly length: number } | undefined {
  const kept = x.rank - axes.length;
  if (kept < 1 || !axes.every((axis, i) => axis === kept + i)) return undefined;
  return { rows: sizeOf(x.shape.slice(0, kept)), length: sizeOf(x.shape.slice(kept)) };
}

export function byDefinition({ builder, node, inputs, lower }: Context, attributes: unknown): void {
  const definition = node.op.define?.(inputs, attributes);
  if (!definition) throw new TypeError(`${node.op.name} has no definition`);
  lower(definition);
  for (const form of builder.forms(definition)) builder.define(node, form);
}

/** dnnl_use_global_stats */
const GIVEN_STATISTICS = 1;

/**
 * Mean and variance of each channel. The library's own add thousands of values one after the other, so that the result of its
 * normalization is off by 1e-5 (6,000 positive values) to 1e-4 (100,000): sums in parts lose fewer digits.
 */
function channelStatistics(context: Context, source: Value, channels: number): { readonly mean: Value; readonly variance: Value } {
  const rows = sizeOf(source.desc.shape) / channels;
  const matrix = seenAs(context, source, [rows, channels]);
  const meanOf = (title: string, values: Value): Value =>
    chain(context, title, seenAs(context, columnSums(context.builder, title, values, rows, channels), [channels]), [linear(1 / rows, 0)]);
  const mean = meanOf("standardize: mean", matrix);
  const squares = chain(context, "standardize: squares", matrix, [by("sub", seenAs(context, mean, [1, channels])), eltwise("square")]);
  return { mean, variance: meanOf("standardize: variance", squares) };
}

export function standardize(context: Context, attributes: Standardizing): void {
  const { builder, node, inputs: [x], statistics } = context;
  const { axes, epsilon } = attributes;
  if (isOverBatch(x, axes)) {
    const source = formOf(builder, x);
    const target = builder.fresh(source.desc);
    const { mean, variance } = channelStatistics(context, source, x.shape[1]);
    const primitive = builder.scope.primitive("batchNormalization", [FORWARD_TRAINING, source.desc, target.desc, epsilon, GIVEN_STATISTICS]);
    if (!primitive) throw builder.scope.lacking("standardize", x.shape);
    builder.primitive("standardize", primitive, [[args.src, source], [args.mean, mean], [args.variance, variance]], [[args.dst, target]]);
    statistics.set(node, { kind: "channels", mean, variance });
    return builder.define(node, target);
  }
  const matrix = rowsOf(x, axes);
  if (!matrix) return byDefinition(context, attributes);
  const { rows, length } = matrix;
  const source = reshaped(builder, builder.plain(x), [rows, length]);
  const mean = rowReduction(builder, "standardize: mean", algorithms.reduceSum, source, rows, length, [linear(1 / length, 0)]);
  const squares = chain(context, "standardize: squares", source, [by("sub", mean), eltwise("square")]);
  // 1 / sqrt(variance + epsilon)
  const inverse = rowReduction(builder, "standardize: deviation", algorithms.reduceSum, squares, rows, length, [linear(1 / length, epsilon), eltwise("sqrt"), eltwise("pow", 1, -1)]);
  const target = chain(context, "standardize", source, [by("sub", mean), by("mul", inverse)]);
  statistics.set(node, { kind: "rows", inverse });
  builder.define(node, reshaped(builder, target, x.shape));
}

export function standardizeGradient(context: Context, attributes: Standardizing): void {
  const { builder, node, inputs: [g, y, x], statistics } = context;
  const found = statistics.get(y);
  if (found?.kind === "channels") {
    const [source, gradient] = [formOf(builder, x), formOf(builder, g)];
    const target = builder.fresh(source.desc);
    const hint = builder.scope.primitive("batchNormalization", [FORWARD_TRAINING, source.desc, source.desc, attributes.epsilon, 0]);
    const primitive = builder.scope.primitive("batchNormalizationBackward", [BACKWARD_DATA, target.desc, gradient.desc, source.desc, attributes.epsilon, 0], { hint });
    if (!primitive) throw builder.scope.lacking("standardizeGradient", x.shape);
    const reads = [[args.src, source], [args.mean, found.mean], [args.variance, found.variance], [args.diffDst, gradient]] as const;
    builder.primitive("standardizeGradient", primitive, reads, [[args.diffSrc, target]]);
    return builder.define(node, target);
  }
  const matrix = rowsOf(x, attributes.axes);
  if (found?.kind !== "rows" || !matrix) return byDefinition(context, attributes);
  const { rows, length } = matrix;
  const [gradient, standardized] = [g, y].map((tensor) => reshaped(builder, builder.plain(tensor), [rows, length]));
  const mean = (title: string, source: Value): Value => rowReduction(builder, title, algorithms.reduceSum, source, rows, length, [linear(1 / length, 0)]);
  const meanGradient = mean("standardizeGradient: mean", gradient);
  const products = chain(context, "standardizeGradient: products", gradient, [by("mul", standardized)]);
  const meanProduct = mean("standardizeGradient: mean of products", products);
  // (g - mean(g) - y mean(g y)) / deviation
  const target = chain(context, "standardizeGradient", standardized, [
    by("mul", meanProduct),
    linear(-1, 0),
    by("add", gradient),
    by("sub", meanGradient),
    by("mul", found.inverse),
  ]);
  builder.define(node, reshaped(builder, target, x.shape));
}

/** The statistics that standardizing the same tensor over the same axes finds on its way. */
function statisticsOf({ statistics, inputs: [x], sibling, lower }: Context, axes: readonly number[]): Extract<Statistics, { kind: "channels" }> | undefined {
  if (!isOverBatch(x, axes)) return undefined;
  const standardized = sibling("standardize", [x], (attributes) => JSON.stringify(attributes).includes(`"axes":${JSON.stringify(axes)},`));
  if (!standardized) return undefined;
  lower(standardized);
  const found = statistics.get(standardized);
  return found?.kind === "channels" ? found : undefined;
}

export function variance(context: Context, attributes: { readonly axes: readonly number[] }): void {
  const found = statisticsOf(context, attributes.axes);
  if (!found) return byDefinition(context, attributes);
  context.builder.define(context.node, reshaped(context.builder, found.variance, context.node.shape));
}

/** True when the sum is known from the mean of a normalization. */
export function sumOfStandardized(context: Context, axes: readonly number[]): boolean {
  const { builder, node, inputs: [x] } = context;
  const found = statisticsOf(context, axes);
  if (!found) return false;
  const count = sizeOf(x.shape) / sizeOf(node.shape);
  const target = chain(context, "sum", found.mean, [linear(count, 0)]);
  builder.define(node, reshaped(builder, target, node.shape));
  return true;
}
