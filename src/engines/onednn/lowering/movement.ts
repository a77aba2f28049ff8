/** Ops that move values: views where strides can say it, copies where not. */
import { stridesOf, type Padding, type Shape, type SliceAttributes, type Tensor } from "../../../tensor/index.js";
import { isChannelsLast, reshaped } from "../builder.js";
import { args } from "../operations.js";
import type { HostArray, Value } from "../plan.js";
import type { Context } from "./context.js";
import { hostOp } from "./host.js";

export function reshape({ builder, node, inputs: [x] }: Context): void {
  builder.define(node, reshaped(builder, builder.plain(x), node.shape));
}

const stridedForm = ({ builder }: Context, x: Tensor): { value: Value; strides: readonly number[] } => {
  const found = builder.forms(x).find((form) => form.desc.strides && form.desc.shape.length === x.rank);
  const value = found ?? builder.plain(x);
  return { value, strides: value.desc.strides ?? stridesOf(x.shape) };
};

export function transpose(context: Context, { permutation }: { readonly permutation: readonly number[] }): void {
  const { builder, node, inputs } = context;
  const { value, strides } = stridedForm(context, inputs[0]);
  builder.define(node, { ...value, desc: builder.scope.strided(node.shape, permutation.map((axis) => strides[axis])) });
}

export function slice(context: Context, { starts, steps }: SliceAttributes): void {
  const { builder, node, inputs } = context;
  const { value, strides } = stridedForm(context, inputs[0]);
  // oneDNN takes a step for as many values as it spans, and a last one that its axis has no room for as an overlap.
  if (node.shape.some((n, axis) => steps[axis] > 1 && n * steps[axis] > inputs[0].shape[axis])) return hostOp(context);
  const offset = starts.reduce((sum, start, axis) => sum + start * strides[axis], value.offset);
  builder.define(node, { ...value, offset, desc: builder.scope.strided(node.shape, strides.map((stride, axis) => stride * steps[axis])) });
}

export function pad({ builder, node, inputs: [x] }: Context, { padding, value: filler }: { readonly padding: Padding; readonly value: number }): void {
  const target = builder.fresh(builder.desc(node.shape, isChannelsLast(builder, x) ? "channelsLast" : "plain"), node.dtype);
  builder.host("fill", [], target, (_, output) => output.fill(filler));
  const strides = target.desc.strides ?? stridesOf(node.shape);
  const inside: Value = { ...target, offset: padding.reduce((sum, [before], axis) => sum + before * strides[axis], 0), desc: builder.scope.strided(x.shape, strides) };
  builder.copy("pad", builder.forms(x)[0], inside);
  builder.define(node, target);
}

export function concat({ builder, node, inputs }: Context, { axis }: { readonly axis: number }): void {
  const layout = inputs.some((x) => isChannelsLast(builder, x)) ? "channelsLast" : "plain";
  const target = builder.fresh(builder.desc(node.shape, layout), node.dtype);
  const sources = inputs.map((x) => builder.inLayout(x, layout));
  builder.define(node, target);
  // Whole runs of memory one after the other: the library's kernel for it is several times slower than a plain copy.
  if (layout === "plain" && node.shape.slice(0, axis).every((n) => n === 1)) return builder.host("concat", sources, target, joinRuns);
  const primitive = builder.scope.concat(target.desc, axis, sources.map(({ desc }) => desc));
  builder.primitive("concat", primitive, sources.map((source, i) => [args.multipleSrc + i, source] as const), [[args.dst, target]]);
}

function joinRuns(runs: readonly HostArray[], to: HostArray): void {
  let at = 0;
  for (const run of runs) {
    to.set(run, at);
    at += run.length;
  }
}

/** A stretched copy; only what is not elementwise needs one. */
export function broadcastTo({ builder, node, inputs: [x] }: Context): void {
  const source = builder.plain(x);
  const target = builder.fresh(builder.desc(node.shape, "plain"), node.dtype);
  const walk = stretchedCopy(x.shape, node.shape);
  builder.host("broadcastTo", [source], target, ([from], to) => walk(from, to));
  builder.define(node, target);
}

/** Copies `from` [shape] into `to` [target], repeating along the stretched axes: whole runs at a time. */
function stretchedCopy(shape: Shape, target: Shape): (from: Float32Array | Int32Array, to: Float32Array | Int32Array) => void {
  const padded = [...new Array<number>(target.length - shape.length).fill(1), ...shape];
  const [ownStrides, strides] = [stridesOf(padded), stridesOf(target)];
  const copyAxis = (axis: number, from: Float32Array | Int32Array, to: Float32Array | Int32Array, source: number, sink: number): void => {
    const [n, size] = [padded[axis] ?? 1, target[axis] ?? 1];
    if (axis >= target.length) {
      to[sink] = from[source];
      return;
    }
    if (padded.slice(axis).every((m, i) => m === target[axis + i])) {
      to.set(from.subarray(source, source + ownStrides[axis] * n), sink);
      return;
    }
    for (let i = 0; i < (n === 1 ? 1 : size); i++) copyAxis(axis + 1, from, to, source + i * ownStrides[axis], sink + i * strides[axis]);
    // The first row is there; the others are copies of it.
    if (n === 1) for (let i = 1; i < size; i++) to.copyWithin(sink + i * strides[axis], sink, sink + strides[axis]);
  };
  return (from, to) => copyAxis(0, from, to, 0, 0);
}
