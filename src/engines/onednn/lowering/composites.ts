/** Composites that the library has a primitive for. */
import { sameShape, type Geometry, type Tensor } from "../../../tensor/index.js";
import { isChannelsLast, reshaped, type Builder } from "../builder.js";
import { channelsLast, type Desc } from "../desc.js";
import { algorithms, args, FORWARD_INFERENCE, FORWARD_TRAINING } from "../operations.js";
import type { Value } from "../plan.js";
import type { Context } from "./context.js";

export function softmax({ builder, node, inputs: [x] }: Context, { axis }: { readonly axis: number }): void {
  const source = builder.plain(x);
  const target = builder.fresh(source.desc);
  const primitive = builder.scope.primitive("softmax", [FORWARD_INFERENCE, algorithms.softmax, source.desc, target.desc, axis]);
  if (!primitive) throw new TypeError("softmax");
  builder.primitive("softmax", primitive, [[args.src, source]], [[args.dst, target]]);
  builder.define(node, target);
}

const image = (builder: Builder, { shape }: Tensor): Desc => builder.scope.strided(shape, channelsLast(shape));

export const pooling =
  (algorithm: number, title: string) =>
  ({ builder, node, inputs: [x] }: Context, { kernel, geometry }: { readonly kernel: readonly [number, number]; readonly geometry: Geometry }): void => {
    const source = builder.inLayout(x, "channelsLast");
    const target = builder.fresh(image(builder, node));
    const padding = geometry.padding.map(([before], axis) => {
      const reach = (node.shape[2 + axis] - 1) * geometry.strides[axis] + geometry.dilations[axis] * (kernel[axis] - 1) + 1;
      return [before, reach - x.shape[2 + axis] - before];
    });
    const primitive = builder.scope.primitive("pooling", [
      FORWARD_INFERENCE,
      algorithm,
      source.desc,
      target.desc,
      [...geometry.strides],
      [...kernel],
      geometry.dilations.map((n) => n - 1),
      padding.map(([before]) => before),
      padding.map(([, after]) => after),
    ]);
    if (!primitive) throw new TypeError(title);
    builder.primitive(title, primitive, [[args.src, source]], [[args.dst, target]]);
    builder.define(node, target);
  };

export function upsampleNearest({ builder, node, inputs: [x] }: Context): void {
  const source = builder.inLayout(x, "channelsLast");
  const target = builder.fresh(image(builder, node));
  const primitive = builder.scope.primitive("resampling", [FORWARD_INFERENCE, algorithms.nearest, null, source.desc, target.desc]);
  if (!primitive) throw new TypeError("upsampleNearest");
  builder.primitive("upsampleNearest", primitive, [[args.src, source]], [[args.dst, target]]);
  builder.define(node, target);
}

/** Mean and variance that a normalization found, for its backward primitive. */
export interface Statistics {
  readonly mean: Value;
  readonly variance: Value;
}

/** The tensor as [1 or batch, channels, ...] such that standardizing is batch normalization; undefined where it is not. */
export function asBatchNormalization(builder: Builder, x: Tensor, axes: readonly number[]): { readonly form: (tensor: Tensor) => Value; readonly channels: number } | undefined {
  const overBatch = x.rank >= 2 && axes.length === x.rank - 1 && !axes.includes(1);
  if (overBatch && x.rank === 4 && isChannelsLast(builder, x)) return { form: (tensor) => builder.inLayout(tensor, "channelsLast"), channels: x.shape[1] };
  if (overBatch && x.rank <= 5) return { form: (tensor) => builder.plain(tensor), channels: x.shape[1] };
  const kept = x.rank - axes.length;
  if (!axes.every((axis, i) => axis === kept + i)) return undefined;
  const rows = x.shape.slice(0, kept).reduce((a, b) => a * b, 1);
  const length = x.shape.slice(kept).reduce((a, b) => a * b, 1);
  return { form: (tensor) => reshaped(builder, builder.plain(tensor), [1, rows, length]), channels: rows };
}

export function standardize({ builder, node, inputs: [x], lower }: Context, attributes: { readonly axes: readonly number[]; readonly epsilon: number }): Statistics | undefined {
  const view = asBatchNormalization(builder, x, attributes.axes);
  if (!view) {
    const definition = node.op.define?.([x], attributes);
    if (!definition) throw new TypeError("standardize");
    lower(definition);
    for (const form of builder.forms(definition)) builder.define(node, form);
    return undefined;
  }
  const source = view.form(x);
  const target = builder.fresh(source.desc);
  const vector = builder.scope.plain([view.channels]);
  const statistics = { mean: builder.fresh(vector), variance: builder.fresh(vector) };
  const primitive = builder.scope.primitive("batchNormalization", [FORWARD_TRAINING, source.desc, target.desc, attributes.epsilon, 0]);
  if (!primitive) throw new TypeError("standardize");
  builder.primitive("standardize", primitive, [[args.src, source]], [[args.dst, target], [args.mean, statistics.mean], [args.variance, statistics.variance]]);
  builder.define(node, sameShape(source.desc.shape, x.shape) ? target : reshaped(builder, target, x.shape));
  return statistics;
}
