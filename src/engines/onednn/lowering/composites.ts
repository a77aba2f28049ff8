/** Composites that the library has a primitive for. */
import { sizeOf, type Tensor } from "../../../tensor/index.js";
import type { Builder } from "../builder.js";
import { channelsLast, type Desc } from "../desc.js";
import { layoutOf } from "../emit-chain.js";
import { algorithms, args, FORWARD_INFERENCE, FORWARD_TRAINING } from "../operations.js";
import type { Value } from "../plan.js";
import type { Context } from "./context.js";

export function softmax({ builder, node, inputs: [x] }: Context, { axis }: { readonly axis: number }): void {
  const source = builder.plain(x);
  const target = builder.fresh(source.desc);
  const primitive = builder.scope.primitive("softmax", [FORWARD_INFERENCE, algorithms.softmax, source.desc, target.desc, axis]);
  if (!primitive) throw builder.scope.lacking("softmax", x.shape);
  builder.primitive("softmax", primitive, [[args.src, source]], [[args.dst, target]]);
  builder.define(node, target);
}

const image = (builder: Builder, { shape }: Tensor): Desc => builder.scope.strided(shape, channelsLast(shape));

export function upsampleNearestGradient({ builder, node, inputs: [g] }: Context): void {
  const source = builder.inLayout(g, "channelsLast");
  const target = builder.fresh(image(builder, node));
  const hint = builder.scope.primitive("resampling", [FORWARD_TRAINING, algorithms.nearest, null, target.desc, source.desc]);
  const primitive = builder.scope.primitive("resamplingBackward", [algorithms.nearest, null, target.desc, source.desc], { hint });
  if (!primitive) throw builder.scope.lacking("upsampleNearestGradient", g.shape, node.shape);
  builder.primitive("upsampleNearestGradient", primitive, [[args.diffDst, source]], [[args.diffSrc, target]]);
  builder.define(node, target);
}

/** The gradient of silu in one pass over the gradient and the input. */
export function siluGradient({ builder, layer, node, inputs: [g, x] }: Context): void {
  // The input's layout, for what comes next goes back the way that the input came.
  const layout = layoutOf(builder, node.shape, [x]);
  const [gradient, input] = [g, x].map((tensor) => builder.inLayout(tensor, layout));
  const target = builder.fresh(gradient.desc);
  const flat = builder.scope.plain([sizeOf(node.shape)]);
  const swish = layer.eltwise("swish");
  const hint = builder.scope.primitive("eltwise", [FORWARD_TRAINING, swish, flat, flat, 1, 0]);
  const primitive = builder.scope.primitive("eltwiseBackward", [swish, flat, flat, flat, 1, 0], { hint });
  if (!primitive) throw builder.scope.lacking("siluGradient", node.shape);
  const as = (value: Value): Value => ({ ...value, desc: flat });
  builder.primitive("siluGradient", primitive, [[args.src, as(input)], [args.diffDst, as(gradient)]], [[args.diffSrc, as(target)]]);
  builder.define(node, target);
}

export function upsampleNearest({ builder, node, inputs: [x] }: Context): void {
  const source = builder.inLayout(x, "channelsLast");
  const target = builder.fresh(image(builder, node));
  const primitive = builder.scope.primitive("resampling", [FORWARD_INFERENCE, algorithms.nearest, null, source.desc, target.desc]);
  if (!primitive) throw builder.scope.lacking("upsampleNearest", x.shape, node.shape);
  builder.primitive("upsampleNearest", primitive, [[args.src, source]], [[args.dst, target]]);
  builder.define(node, target);
}
