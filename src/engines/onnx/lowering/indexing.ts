import { sizeOf } from "../../../tensor/index.js";
import type { GraphBuilder } from "../graph.js";
import type { Context } from "./context.js";

/** ONNX counts negative indices from the end; ours are errors, so they are sent beyond the table, where it refuses them. */
function refuseNegative(graph: GraphBuilder, indices: string, size: number): string {
  const negative = graph.node("Less", [indices, graph.constant([0], [], "int32")]);
  return graph.node("Where", [negative, graph.constant([size], [], "int32"), indices]);
}

export function gather({ graph, node, inputs: [table, indices] }: Context): string {
  return graph.node("Gather", [table, refuseNegative(graph, indices, node.inputs[0].shape[0])], { axis: { int: 0 } });
}

/** Adds rows at their indices, over the first axis: ScatterElements wants an index for every element. */
export function scatterAdd({ graph, node, inputs: [rows, indices] }: Context, { size }: { readonly size: number }): string {
  const count = sizeOf(node.inputs[1].shape);
  const shape = [count, ...node.shape.slice(1)];
  const flat = graph.node("Reshape", [rows, graph.shape(shape)]);
  const column = graph.node("Reshape", [refuseNegative(graph, indices, size), graph.shape([count, ...node.shape.slice(1).map(() => 1)])]);
  const everywhere = graph.node("Expand", [column, graph.shape(shape)]);
  const zero = graph.node("Expand", [graph.constant([0], [], node.dtype), graph.shape(node.shape)]);
  return graph.node("ScatterElements", [zero, everywhere, flat], { axis: { int: 0 }, reduction: "add" });
}
