/** Reductions of rows, by the one kernel for them that the library has. */
import { reshaped, type Builder } from "../builder.js";
import type { PostOp } from "../dnnl.js";
import { args } from "../operations.js";
import type { Value } from "../plan.js";

/** Reduces the last axis of [rows, length]; the post-ops change each result. */
export function rowReduction(builder: Builder, title: string, algorithm: number, source: Value, rows: number, length: number, postOps: readonly PostOp[] = []): Value {
  const matrix = reshaped(builder, source, [rows, length]);
  const result = builder.fresh(builder.scope.plain([rows, 1]));
  const primitive = builder.scope.primitive("reduction", [algorithm, matrix.desc, result.desc, 0, 0], { postOps });
  if (!primitive) throw new TypeError(title);
  builder.primitive(title, primitive, [[args.src, matrix]], [[args.dst, result]], rows * length);
  return result;
}
