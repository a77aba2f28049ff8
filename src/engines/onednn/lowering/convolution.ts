/** The three convolutions, on images whose channels lie side by side. */
import { sizeOf, type Geometry, type Shape, type Tensor } from "../../../tensor/index.js";
import { reshaped, type Builder } from "../builder.js";
import { channelsLast, sameLayout, type Desc } from "../desc.js";
import type { PostOp, Primitive } from "../dnnl.js";
import { algorithms, args, FORWARD_TRAINING } from "../operations.js";
import type { Value } from "../plan.js";
import type { Context, Lowered } from "./context.js";
import { convolveToFew, inputGradientToFew, isDense, isFew, kernelGradientOfFew, tapsOf } from "./few-channels.js";
import { fusedPrimitive } from "./post-ops.js";

type Sized = Geometry & { readonly size: Shape };

/** Strides, dilations (0 is dense) and padding as oneDNN counts them. */
const window = ({ strides, dilations, padding }: Geometry) => [[...strides], dilations.map((n) => n - 1), padding.map(([before]) => before), padding.map(([, after]) => after)] as const;

/** oneDNN asks that padding at the end fits the output size exactly; pixels that no window reaches are negative padding. */
function fitted(geometry: Geometry, size: Shape, out: Shape, kernel: Shape): Geometry {
  const padding = geometry.padding.map(([before], axis) => {
    const reach = (out[axis] - 1) * geometry.strides[axis] + geometry.dilations[axis] * (kernel[axis] - 1) + 1;
    return [before, reach - size[axis] - before] as const;
  });
  return { ...geometry, padding };
}

/** A kernel's shape with its groups in front, where it has several. */
const kernelShape = (shape: Shape, groups: number): Shape => (groups === 1 ? shape : [groups, shape[0] / groups, ...shape.slice(1)]);

/** The kernel in the layout that a primitive wants. */
function kernelIn(builder: Builder, kernel: Tensor, groups: number, wanted: Desc): Value {
  if (groups === 1) return builder.as(kernel, wanted);
  const plain = reshaped(builder, builder.plain(kernel), kernelShape(kernel.shape, groups));
  if (sameLayout(plain.desc, wanted)) return plain;
  const value = builder.fresh(wanted);
  builder.copy("reorder", plain, value);
  return value;
}

const image = (builder: Builder, shape: Shape): Desc => builder.scope.strided(shape, channelsLast(shape));

const flopOf = (output: Shape, kernel: Shape): number => 2 * sizeOf(output) * sizeOf(kernel.slice(1));

/** An operand that is not the same for all pixels of all images: version 2.6's convolution by matrix products ("gemm") reads it at the wrong places. */
const differsByPixel = (op: PostOp): boolean => op.kind === "binary" && op.desc.shape.some((n, axis) => axis !== 1 && n > 1);

function zeros({ builder, node }: Context): void {
  const target = builder.fresh(image(builder, node.shape));
  builder.host("fill", [], target, (_, output) => output.fill(0));
  builder.define(node, target);
}

export function conv2d(context: Context, geometry: Geometry): Lowered {
  const { builder, node, inputs } = context;
  const [x, kernel] = inputs;
  if (isFew(node.shape[1], x.shape[1], geometry) && isDense(geometry)) return convolveToFew(context, geometry);
  // No window meets the image: zeros, which version 3.7 crashes on when a bias and post-ops follow.
  if (tapsOf(kernel.shape.slice(2), x.shape.slice(2), node.shape.slice(2), geometry).length === 0) return zeros(context);
  const source = builder.inLayout(x, "channelsLast");
  const exact = fitted(geometry, x.shape.slice(2), node.shape.slice(2), kernel.shape.slice(2));
  const weights = builder.scope.any(kernelShape(kernel.shape, geometry.groups));
  const dst = image(builder, node.shape);
  const make = (bias: Desc | null, postOps: readonly PostOp[]): Primitive | undefined => {
    const primitive = builder.scope.primitive("convolution", [FORWARD_TRAINING, algorithms.convolution, source.desc, weights, bias, dst, ...window(exact)], { postOps });
    return primitive?.implementation.includes("gemm") && postOps.some(differsByPixel) ? undefined : primitive;
  };
  const probe = make(null, []);
  if (!probe) throw builder.scope.lacking("conv2d", inputs[0].shape, inputs[1].shape, node.shape);
  return fusedPrimitive(context, {
    layout: "channelsLast",
    biasShape: [1, node.shape[1], 1, 1],
    make,
    reads: [[args.src, source], [args.weights, kernelIn(builder, kernel, geometry.groups, probe.desc("weights"))]],
    dst: () => dst,
    flop: flopOf(node.shape, kernel.shape),
    title: "conv2d",
  });
}

/** A forward primitive of the same convolution, which the backward ones want as a hint. */
function hintFor(builder: Builder, x: Desc, kernel: Shape, out: Desc, geometry: Geometry): Primitive | undefined {
  return builder.scope.primitive("convolution", [FORWARD_TRAINING, algorithms.convolution, x, builder.scope.any(kernel), null, out, ...window(geometry)]);
}

export function conv2dInputGradient(context: Context, { size, ...geometry }: Sized): void {
  const { builder, node, inputs } = context;
  const [dy, kernel] = inputs;
  if (isFew(node.shape[1], dy.shape[1], geometry)) return inputGradientToFew(context, { size, ...geometry });
  const exact = fitted(geometry, size, dy.shape.slice(2), kernel.shape.slice(2));
  const source = builder.inLayout(dy, "channelsLast");
  const dst = image(builder, node.shape);
  const shape = kernelShape(kernel.shape, geometry.groups);
  const hint = hintFor(builder, dst, shape, source.desc, exact);
  const primitive = builder.scope.primitive("convolutionBackwardData", [algorithms.convolution, dst, builder.scope.any(shape), source.desc, ...window(exact)], { hint });
  if (!primitive) throw builder.scope.lacking("conv2dInputGradient", inputs[0].shape, inputs[1].shape, node.shape);
  const target = builder.fresh(dst);
  const weights = kernelIn(builder, kernel, geometry.groups, primitive.desc("weights"));
  builder.primitive("conv2dInputGradient", primitive, [[args.diffDst, source], [args.weights, weights]], [[args.diffSrc, target]], flopOf(dy.shape, kernel.shape));
  builder.define(node, target);
}

const sumsPositions = (attributes: unknown): boolean => JSON.stringify(attributes) === JSON.stringify({ axes: [0, 2, 3], keepDims: false });

export function conv2dKernelGradient(context: Context, { size, ...geometry }: Sized): void {
  const { builder, node, inputs, sibling } = context;
  const [x, dy] = inputs;
  if (isFew(dy.shape[1], x.shape[1], geometry) && isDense(geometry)) return kernelGradientOfFew(context, { size, ...geometry });
  const exact = fitted(geometry, x.shape.slice(2), dy.shape.slice(2), size);
  const [source, gradient] = [builder.inLayout(x, "channelsLast"), builder.inLayout(dy, "channelsLast")];
  const shape = kernelShape(node.shape, geometry.groups);
  // The bias has the sum of the same gradient, which the primitive gives away.
  const biasSum = sibling("sum", [dy], sumsPositions);
  const bias = biasSum && !builder.has(biasSum) ? builder.fresh(builder.scope.plain([dy.shape[1]])) : undefined;
  const hint = hintFor(builder, source.desc, shape, gradient.desc, exact);
  const primitive = builder.scope.primitive(
    "convolutionBackwardWeights",
    [algorithms.convolution, source.desc, builder.scope.any(shape), bias?.desc ?? null, gradient.desc, ...window(exact)],
    { hint },
  );
  if (!primitive) throw builder.scope.lacking("conv2dKernelGradient", inputs[0].shape, inputs[1].shape, node.shape);
  const target = builder.fresh(primitive.desc("diffWeights"));
  builder.primitive(
    `conv2dKernelGradient${bias ? " + bias" : ""}`,
    primitive,
    [[args.src, source], [args.diffDst, gradient]],
    [[args.diffWeights, target], ...(bias ? [[args.diffBias, bias] as const] : [])],
    flopOf(dy.shape, node.shape),
  );
  if (bias && biasSum) builder.define(biasSum, bias);
  if (geometry.groups === 1) {
    builder.define(node, target);
    return;
  }
  const plain = builder.fresh(builder.scope.plain(shape));
  builder.copy("reorder", target, plain);
  builder.define(node, reshaped(builder, plain, node.shape));
}
