import type { Padding, SliceAttributes } from "../../../tensor/index.js";
import type { Context } from "./context.js";

/** ONNX writes padding as all the beginnings, then all the ends. */
export const pads = (padding: Padding): number[] => [...padding.map(([before]) => before), ...padding.map(([, after]) => after)];

export function pad({ graph, node, inputs: [x] }: Context, { padding, value }: { readonly padding: Padding; readonly value: number }): string {
  return graph.node("Pad", [x, graph.ints(pads(padding)), graph.constant([value], [], node.dtype)]);
}

export function slice({ graph, node, inputs: [x] }: Context, { starts, ends, steps }: SliceAttributes): string {
  const { shape } = node.inputs[0];
  // Whole axes are left out, so that a batch axis stays free.
  const axes = shape.flatMap((n, axis) => (starts[axis] === 0 && ends[axis] === n && steps[axis] === 1 ? [] : [axis]));
  const of = (values: readonly number[]) => graph.ints(axes.map((axis) => values[axis]));
  return graph.node("Slice", [x, of(starts), of(ends), graph.ints(axes), of(steps)]);
}

interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export const reduction = (opType: "ReduceSum" | "ReduceMax") => ({ graph, inputs: [x] }: Context, { axes, keepDims }: Reduction): string =>
  graph.node(opType, [x, graph.ints(axes)], { keepdims: { int: keepDims ? 1 : 0 } });
