/** Comparisons and choices: ONNX Runtime has no kernels of them for bool, so bool goes through int32. */
import type { Context } from "./context.js";
import { cast } from "./context.js";

/** An ONNX operator that takes the same operands and no attributes. */
export const same = (opType: string) => ({ graph, inputs }: Context): string => graph.node(opType, inputs);

export const ordering = (opType: "Less" | "Greater") => ({ graph, node, inputs }: Context): string => {
  const isBool = node.inputs[0].dtype === "bool";
  return graph.node(opType, isBool ? inputs.map((name) => cast(graph, name, "int32")) : inputs);
};

export function where({ graph, node, inputs: [condition, a, b] }: Context): string {
  if (node.dtype !== "bool") return graph.node("Where", [condition, a, b]);
  return cast(graph, graph.node("Where", [condition, cast(graph, a, "int32"), cast(graph, b, "int32")]), "bool");
}
