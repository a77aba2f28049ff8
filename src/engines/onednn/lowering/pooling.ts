/** Pooling and its gradients. */
import type { PoolAttributes, Shape, Tensor } from "../../../tensor/index.js";
import type { Builder } from "../builder.js";
import type { Desc } from "../desc.js";
import { algorithms, args, FORWARD_INFERENCE, FORWARD_TRAINING } from "../operations.js";
import type { Context } from "./context.js";
import { byDefinition } from "./normalization.js";

const image = (builder: Builder, { shape }: Tensor): Desc => builder.desc(shape, "channelsLast");

/** How the windows lie over an image, as the library wants it: strides, size, dilations, padding before and after. */
function windows({ kernel, geometry }: PoolAttributes, size: Shape, pooledSize: Shape): number[][] {
  const before = geometry.padding.map(([first]) => first);
  // What the last window leaves of the image counts as padding below 0.
  const after = pooledSize.map((n, axis) => (n - 1) * geometry.strides[axis] + kernel[axis] - size[axis] - before[axis]);
  return [[...geometry.strides], [...kernel], [0, 0], before, after];
}

export function maxPool({ builder, node, inputs: [x], sibling, statistics }: Context, attributes: PoolAttributes): void {
  const source = builder.inLayout(x, "channelsLast");
  const target = builder.fresh(image(builder, node));
  const gradient = sibling("maxPoolGradient", [undefined, x, node]);
  const kind = gradient ? FORWARD_TRAINING : FORWARD_INFERENCE;
  const forward = builder.scope.primitive("pooling", [kind, algorithms.maxPooling, source.desc, target.desc, ...windows(attributes, x.shape.slice(2), node.shape.slice(2))]);
  if (!forward) throw builder.scope.lacking("maxPool", x.shape, node.shape);
  const workspace = gradient && builder.fresh(forward.desc("workspace"));
  if (workspace) statistics.set(node, { kind: "maxima", forward, workspace });
  builder.primitive("maxPool", forward, [[args.src, source]], [[args.dst, target], ...(workspace ? [[args.workspace, workspace] as const] : [])]);
  builder.define(node, target);
}

export function maxPoolGradient(context: Context, attributes: PoolAttributes): void {
  const { builder, node, inputs: [g, x, y], statistics } = context;
  const found = statistics.get(y);
  if (found?.kind !== "maxima") return byDefinition(context, attributes);
  const source = builder.inLayout(g, "channelsLast");
  const target = builder.fresh(image(builder, node));
  const { forward: hint, workspace } = found;
  const primitive = builder.scope.primitive("poolingBackward", [algorithms.maxPooling, target.desc, source.desc, ...windows(attributes, x.shape.slice(2), y.shape.slice(2))], { hint });
  if (!primitive) throw builder.scope.lacking("maxPoolGradient", x.shape, y.shape);
  builder.primitive("maxPoolGradient", primitive, [[args.diffDst, source], [args.workspace, workspace]], [[args.diffSrc, target]]);
  builder.define(node, target);
}

export function averagePool({ builder, node, inputs: [x] }: Context, attributes: PoolAttributes): void {
  const source = builder.inLayout(x, "channelsLast");
  const target = builder.fresh(image(builder, node));
  const primitive = builder.scope.primitive("pooling", [FORWARD_INFERENCE, algorithms.averagePooling, source.desc, target.desc, ...windows(attributes, x.shape.slice(2), node.shape.slice(2))]);
  if (!primitive) throw builder.scope.lacking("averagePool", x.shape, node.shape);
  builder.primitive("averagePool", primitive, [[args.src, source]], [[args.dst, target]]);
  builder.define(node, target);
}

export function averagePoolGradient({ builder, node, inputs: [g] }: Context, attributes: PoolAttributes): void {
  const source = builder.inLayout(g, "channelsLast");
  const target = builder.fresh(image(builder, node));
  const shape = windows(attributes, node.shape.slice(2), g.shape.slice(2));
  const hint = builder.scope.primitive("pooling", [FORWARD_TRAINING, algorithms.averagePooling, target.desc, source.desc, ...shape]);
  const primitive = builder.scope.primitive("poolingBackward", [algorithms.averagePooling, target.desc, source.desc, ...shape], { hint });
  if (!primitive) throw builder.scope.lacking("averagePoolGradient", node.shape, g.shape);
  builder.primitive("averagePoolGradient", primitive, [[args.diffDst, source]], [[args.diffSrc, target]]);
  builder.define(node, target);
}
