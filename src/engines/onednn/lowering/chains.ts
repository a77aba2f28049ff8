/** Short names for chains that a lowering writes itself. */
import type { Desc } from "../desc.js";
import { emitChain } from "../emit-chain.js";
import { algorithms, type EltwiseName } from "../operations.js";
import type { PlacedOp, Value } from "../plan.js";
import type { Context } from "./context.js";

type Eltwise = Extract<PlacedOp, { kind: "eltwise" }>;

export const eltwise = (algorithm: EltwiseName, alpha = 0, beta = 0): Eltwise => ({ kind: "eltwise", algorithm, alpha, beta });
export const linear = (alpha: number, beta: number): Eltwise => eltwise("linear", alpha, beta);
/** An op with a second operand, of the chain's shape or stretched to it. */
export const by = (name: "add" | "sub" | "mul", operand: Value): PlacedOp => ({ kind: "binary", algorithm: algorithms[name], operand });

/** Computes a chain over row-major values into new memory. */
export function chain({ builder, layer }: Pick<Context, "builder" | "layer">, title: string, start: Value, ops: readonly PlacedOp[]): Value {
  const target = builder.fresh(start.desc);
  emitChain(builder, layer, title, { start, ops }, target, "plain");
  return target;
}

/** The same values seen as another row-major shape. */
export const seenAs = ({ builder }: Pick<Context, "builder">, value: Value, shape: Desc["shape"]): Value => ({ ...value, desc: builder.scope.plain(shape) });
