/**
 * Group normalization in as few passes over the images as there can be: the statistics, then one multiplication and one
 * addition for each pixel, with a factor and a summand for each channel of each example; backward likewise.
 */
import { sizeOf, type Tensor } from "../../../tensor/index.js";
import { algorithms } from "../operations.js";
import type { Value } from "../plan.js";
import { by, chain, eltwise, linear, seenAs } from "./chains.js";
import type { Context, Statistics } from "./context.js";
import { columnSums } from "./matmul.js";
import { rowReduction } from "./rows.js";

interface Grouping {
  readonly groups: number;
  readonly epsilon: number;
}

interface Sizes {
  readonly batch: number;
  readonly channels: number;
  readonly positions: number;
  /** Examples times groups, and how many values are standardized together. */
  readonly rows: number;
  readonly length: number;
}

function sizesOf(x: Tensor, groups: number): Sizes {
  const [batch, channels, ...space] = x.shape;
  const positions = sizeOf(space);
  return { batch, channels, positions, rows: batch * groups, length: (channels / groups) * positions };
}

export function groupNorm(context: Context, { groups, epsilon }: Grouping): void {
  const { builder, node, inputs: [x, gain, bias], statistics } = context;
  const { batch, channels, positions, rows, length } = sizesOf(x, groups);
  const source = builder.plain(x);
  const matrix = seenAs(context, source, [rows, length]);
  const mean = rowReduction(builder, "groupNorm: mean", algorithms.reduceSum, matrix, rows, length, [linear(1 / length, 0)]);
  const squares = chain(context, "groupNorm: squares", matrix, [by("sub", mean), eltwise("square")]);
  const inverse = rowReduction(builder, "groupNorm: deviation", algorithms.reduceSum, squares, rows, length, [linear(1 / length, epsilon), eltwise("sqrt"), eltwise("pow", 1, -1)]);
  statistics.set(node, { kind: "groups", mean, inverse });

  // y = x factor + summand, with factor = gain / deviation and summand = bias - mean factor.
  const factor = factorOf(context, gain, inverse, { batch, channels, rows });
  const shifted = chain(context, "groupNorm: summand", factor, [by("mul", mean), linear(-1, 0)]);
  const summand = chain(context, "groupNorm: summand", seenAs(context, shifted, [batch, channels]), [by("add", seenAs(context, builder.plain(bias), [1, channels]))]);
  const perChannel = (value: Value): Value => seenAs(context, value, [batch * channels, 1]);
  const result = chain(context, "groupNorm", seenAs(context, source, [batch * channels, positions]), [by("mul", perChannel(factor)), by("add", perChannel(summand))]);
  builder.define(node, seenAs(context, result, x.shape));
}

/** gain / deviation for each channel of each example, [rows, channels / groups]. */
function factorOf(context: Context, gain: Tensor, inverse: Value, { batch, channels, rows }: Pick<Sizes, "batch" | "channels" | "rows">): Value {
  const { builder } = context;
  const ones = seenAs(context, builder.ones(batch * channels), [batch, channels]);
  const gains = chain(context, "groupNorm: factor", ones, [by("mul", seenAs(context, builder.plain(gain), [1, channels]))]);
  return chain(context, "groupNorm: factor", seenAs(context, gains, [rows, (batch * channels) / rows]), [by("mul", inverse)]);
}

function forwardStatistics({ sibling, lower, statistics }: Context, x: Tensor, attributes: Grouping): Extract<Statistics, { kind: "groups" }> | undefined {
  const forward = sibling("groupNorm", [x], (other) => JSON.stringify(other) === JSON.stringify(attributes));
  if (!forward) return undefined;
  lower(forward);
  const found = statistics.get(forward);
  return found?.kind === "groups" ? found : undefined;
}

/** Sums over the positions, [batch, channels], of g and of g x. */
function gradientSums(context: Context): Extract<Statistics, { kind: "gradientSums" }> {
  const { builder, inputs: [g, x] } = context;
  const { batch, channels, positions } = sizesOf(x, 1);
  const rows = batch * channels;
  const sum = (title: string, source: Value): Value => rowReduction(builder, title, algorithms.reduceSum, source, rows, positions);
  const [gradient, input] = [g, x].map((tensor) => seenAs(context, builder.plain(tensor), [rows, positions]));
  const products = chain(context, "groupNormGradient: products", gradient, [by("mul", input)]);
  return { kind: "gradientSums", gradients: sum("groupNormGradient: sums", gradient), products: sum("groupNormGradient: sums of products", products) };
}

/** dx = factor g + b x + d, where b and d follow from the means of factor g and of factor g times the standardized x. */
export function groupNormGradient(context: Context, attributes: Grouping): boolean {
  const { builder, node, inputs: [g, x, gain], statistics } = context;
  const found = forwardStatistics(context, x, attributes);
  if (!found) return false;
  const sizes = sizesOf(x, attributes.groups);
  const { batch, channels, positions, rows, length } = sizes;
  const sums = gradientSums(context);
  statistics.set(node, sums);
  const { mean, inverse } = found;
  const vector = { rows, columns: (batch * channels) / rows };
  const gains = seenAs(context, builder.plain(gain), [1, channels]);
  const perGroup = (title: string, value: Value): Value => {
    const scaled = chain(context, title, seenAs(context, value, [batch, channels]), [by("mul", gains)]);
    return rowReduction(builder, title, algorithms.reduceSum, scaled, vector.rows, vector.columns, [linear(1 / length, 0)]);
  };
  const meanGradient = perGroup("groupNormGradient: means", sums.gradients);
  const meanProduct = perGroup("groupNormGradient: means", sums.products);
  // b = -(mean(g' x) - mean mean(g')) / deviation^3, d = -mean(g') / deviation - mean b
  const centred = chain(context, "groupNormGradient: factors", meanGradient, [by("mul", mean), linear(-1, 0), by("add", meanProduct)]);
  const b = chain(context, "groupNormGradient: factors", centred, [by("mul", inverse), by("mul", inverse), by("mul", inverse), linear(-1, 0)]);
  const shift = chain(context, "groupNormGradient: factors", b, [by("mul", mean)]);
  const d = chain(context, "groupNormGradient: factors", meanGradient, [by("mul", inverse), by("add", shift), linear(-1, 0)]);

  const factor = seenAs(context, factorOf(context, gain, inverse, sizes), [batch * channels, 1]);
  const scaled = chain(context, "groupNormGradient", seenAs(context, builder.plain(g), [batch * channels, positions]), [by("mul", factor)]);
  const result = chain(context, "groupNormGradient", seenAs(context, builder.plain(x), [rows, length]), [by("mul", b), by("add", d), by("add", seenAs(context, scaled, [rows, length]))]);
  builder.define(node, seenAs(context, result, x.shape));
  return true;
}

/** Sum over the batch of (sum(g x) - mean sum(g)) / deviation. */
export function groupNormGainGradient(context: Context, attributes: Grouping): boolean {
  const { builder, node, inputs: [g, x, gain] } = context;
  const found = forwardStatistics(context, x, attributes);
  if (!found) return false;
  const { batch, channels, rows } = sizesOf(x, attributes.groups);
  const sums = sumsOf(context, [g, x, gain]) ?? gradientSums(context);
  const grouped = (value: Value): Value => seenAs(context, value, [rows, (batch * channels) / rows]);
  const parts = chain(context, "groupNormGainGradient", grouped(sums.gradients), [by("mul", found.mean), linear(-1, 0), by("add", grouped(sums.products)), by("mul", found.inverse)]);
  builder.define(node, seenAs(context, columnSums(builder, "groupNormGainGradient", parts, batch, channels), [channels]));
  return true;
}

/** The sums that the gradient of the same normalization has found. */
function sumsOf({ sibling, lower, statistics }: Context, inputs: readonly Tensor[]): Extract<Statistics, { kind: "gradientSums" }> | undefined {
  const gradient = sibling("groupNormGradient", inputs);
  if (!gradient) return undefined;
  lower(gradient);
  const found = statistics.get(gradient);
  return found?.kind === "gradientSums" ? found : undefined;
}

/** The gradient of the bias, the sum of g over all but the channels, when the normalization has its sums. */
export function sumOfGroupNormGradient(context: Context, axes: readonly number[]): boolean {
  const { builder, node, inputs: [g] } = context;
  if (axes.length !== g.rank - 1 || axes.includes(1)) return false;
  const sums = sumsOf(context, [g]);
  if (!sums) return false;
  builder.define(node, { ...columnSums(builder, "sum", sums.gradients, g.shape[0], g.shape[1]), desc: builder.scope.plain(node.shape) });
  return true;
}
