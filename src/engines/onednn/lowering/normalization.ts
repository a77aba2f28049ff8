/** Standardizing and its gradient as batch normalization, which is what it is in another view of the tensor. */
import { sameShape, sizeOf, type Tensor } from "../../../tensor/index.js";
import { isChannelsLast, reshaped, type Builder } from "../builder.js";
import { emitChain } from "../emit-chain.js";
import { args, BACKWARD_DATA, FORWARD_TRAINING } from "../operations.js";
import type { Value } from "../plan.js";
import type { Context, Statistics } from "./context.js";

interface Standardizing {
  readonly axes: readonly number[];
  readonly epsilon: number;
}

/** A tensor as [batch, channels, ...] of which each channel is standardized. */
interface View {
  form(tensor: Tensor): Value;
  readonly channels: number;
}

/** Undefined where standardizing over these axes is no batch normalization. */
function viewOf(builder: Builder, x: Tensor, axes: readonly number[]): View | undefined {
  const overBatch = x.rank >= 2 && axes.length === x.rank - 1 && !axes.includes(1);
  if (overBatch && x.rank === 4 && isChannelsLast(builder, x)) return { form: (tensor) => builder.inLayout(tensor, "channelsLast"), channels: x.shape[1] };
  if (overBatch && x.rank <= 5) return { form: (tensor) => builder.plain(tensor), channels: x.shape[1] };
  const kept = x.rank - axes.length;
  if (!axes.every((axis, i) => axis === kept + i)) return undefined;
  const [rows, length] = [sizeOf(x.shape.slice(0, kept)), sizeOf(x.shape.slice(kept))];
  return { form: (tensor) => reshaped(builder, builder.plain(tensor), [1, rows, 1, length]), channels: rows };
}

function byDefinition({ builder, node, inputs, lower }: Context, attributes: unknown): void {
  const definition = node.op.define?.(inputs, attributes);
  if (!definition) throw new TypeError(`${node.op.name} has no definition`);
  lower(definition);
  for (const form of builder.forms(definition)) builder.define(node, form);
}

const inShape = (builder: Builder, value: Value, { shape }: Tensor): Value => (sameShape(value.desc.shape, shape) ? value : reshaped(builder, value, shape));

export function standardize(context: Context, attributes: Standardizing): void {
  const { builder, node, inputs: [x], statistics } = context;
  const view = viewOf(builder, x, attributes.axes);
  if (!view) return byDefinition(context, attributes);
  const source = view.form(x);
  const target = builder.fresh(source.desc);
  const vector = builder.scope.plain([view.channels]);
  const found: Statistics = { mean: builder.fresh(vector), variance: builder.fresh(vector) };
  const primitive = builder.scope.primitive("batchNormalization", [FORWARD_TRAINING, source.desc, target.desc, attributes.epsilon, 0]);
  if (!primitive) throw new TypeError("standardize");
  builder.primitive("standardize", primitive, [[args.src, source]], [[args.dst, target], [args.mean, found.mean], [args.variance, found.variance]]);
  statistics.set(node, found);
  builder.define(node, inShape(builder, target, x));
}

export function standardizeGradient(context: Context, attributes: Standardizing): void {
  const { builder, node, inputs: [g, y, x], statistics } = context;
  const found = statistics.get(y);
  const view = viewOf(builder, x, attributes.axes);
  if (!found || !view) return byDefinition(context, attributes);
  const [source, gradient] = [view.form(x), view.form(g)];
  const target = builder.fresh(source.desc);
  const hint = builder.scope.primitive("batchNormalization", [FORWARD_TRAINING, source.desc, source.desc, attributes.epsilon, 0]);
  const primitive = builder.scope.primitive("batchNormalizationBackward", [BACKWARD_DATA, target.desc, gradient.desc, source.desc, attributes.epsilon, 0], { hint });
  if (!primitive) throw new TypeError("standardizeGradient");
  builder.primitive(
    "standardizeGradient",
    primitive,
    [[args.src, source], [args.mean, found.mean], [args.variance, found.variance], [args.diffDst, gradient]],
    [[args.diffSrc, target]],
  );
  builder.define(node, inShape(builder, target, x));
}

/** The statistics that standardizing the same tensor over the same axes finds on its way. */
function statisticsOf({ statistics, inputs: [x], sibling, lower }: Context, axes: readonly number[]): Statistics | undefined {
  const standardized = sibling("standardize", [x], (attributes) => JSON.stringify(attributes).includes(`"axes":${JSON.stringify(axes)},`));
  if (!standardized) return undefined;
  lower(standardized);
  return statistics.get(standardized);
}

export function variance(context: Context, attributes: { readonly axes: readonly number[] }): void {
  const found = statisticsOf(context, attributes.axes);
  if (!found) return byDefinition(context, attributes);
  context.builder.define(context.node, reshaped(context.builder, found.variance, context.node.shape));
}

/** True when the sum is known from the mean of a normalization. */
export function sumOfStandardized(context: Context, axes: readonly number[]): boolean {
  const { builder, layer, node, inputs: [x] } = context;
  const found = statisticsOf(context, axes);
  if (!found) return false;
  const count = sizeOf(x.shape) / sizeOf(node.shape);
  const target = builder.fresh(found.mean.desc);
  emitChain(builder, layer, "sum", { start: found.mean, ops: [{ kind: "eltwise", algorithm: "linear", alpha: count, beta: 0 }] }, target, "plain");
  builder.define(node, reshaped(builder, target, node.shape));
  return true;
}
