/** Reductions of rows, by the one kernel for them that the library has. */
import { reshaped, type Builder } from "../builder.js";
import type { PostOp } from "../dnnl.js";
import { algorithms, args } from "../operations.js";
import type { Value } from "../plan.js";

/** Reduces the last axis of [rows, length]; the post-ops change each result. */
export function rowReduction(builder: Builder, title: string, algorithm: number, source: Value, rows: number, length: number, postOps: readonly PostOp[] = []): Value {
  if (length === 1) return single(builder, title, reshaped(builder, source, [rows, 1]), postOps);
  const matrix = reshaped(builder, source, [rows, length]);
  const result = builder.fresh(builder.scope.plain([rows, 1]));
  const primitive = builder.scope.primitive("reduction", [algorithm, matrix.desc, result.desc, 0, 0], { postOps });
  if (!primitive) throw builder.scope.lacking(`reduction for ${title}`, [rows, length]);
  builder.primitive(title, primitive, [[args.src, matrix]], [[args.dst, result]], rows * length);
  return result;
}

/** Rows of one value, which the library's reduction refuses. */
function single(builder: Builder, title: string, source: Value, postOps: readonly PostOp[]): Value {
  if (postOps.length === 0) return source;
  const [result, one] = [builder.fresh(source.desc), reshaped(builder, builder.scalar(1), [1, 1])];
  const primitive = builder.scope.primitive("binary", [algorithms.mul, source.desc, one.desc, source.desc], { postOps });
  if (!primitive) throw builder.scope.lacking(title, source.desc.shape);
  builder.primitive(title, primitive, [[args.src, source], [args.src1, one]], [[args.dst, result]]);
  return result;
}
