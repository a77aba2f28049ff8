import type { Tensor } from "../../../tensor/index.js";
import type { Context } from "./context.js";

const isMatrixTranspose = (x: Tensor): boolean => x.op.name === "transpose" && x.rank === 2;

/** Transposed matrices go into Gemm as flags; their Transpose nodes then fall away. */
export function matmul({ graph, node, inputs, nameOf }: Context): string {
  const transposed = node.inputs.map(isMatrixTranspose);
  if (node.rank !== 2 || !transposed.includes(true)) return graph.node("MatMul", inputs);
  const operands = node.inputs.map((x, i) => (transposed[i] ? nameOf(x.inputs[0]) : inputs[i]));
  return graph.node("Gemm", operands, { transA: { int: transposed[0] ? 1 : 0 }, transB: { int: transposed[1] ? 1 : 0 } });
}
