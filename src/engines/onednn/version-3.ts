/** oneDNN 3.x: descriptors are handles, primitive descriptors are made in one call. */
import { sizeOf, type Shape } from "../../tensor/index.js";
import { blockingOfHandle, describe, int64s } from "./desc.js";
import type { VersionLayer } from "./dnnl.js";
import type { Library } from "./library.js";
import { algorithms, eltwiseAlgorithms } from "./operations.js";

const F32 = 3;
const ANY_TAG = 1;
const QUERY_DIMENSIONS = 257;
const QUERY_RANK = 256;
const comparisons: ReadonlySet<number> = new Set([algorithms.greater, algorithms.less, algorithms.equal]);

export function version3(library: Library, counted: (change: 1 | -1) => void): VersionLayer {
  const made = (name: string, types: string, ...values: Parameters<Library["call"]>[2][]): bigint => {
    const result = new BigUint64Array(1);
    library.call(name, `p${types}`, result, ...values);
    counted(1);
    return result[0];
  };
  const shapeOf = (handle: bigint): number[] => {
    const answer = Buffer.alloc(8);
    library.call("dnnl_memory_desc_query", "pip", handle, QUERY_RANK, answer);
    const rank = answer.readInt32LE();
    if (rank === 0) return [];
    library.call("dnnl_memory_desc_query", "pip", handle, QUERY_DIMENSIONS, answer);
    const bytes = library.bytes(answer.readBigUInt64LE(), 8 * rank);
    return Array.from({ length: rank }, (_, i) => Number(bytes.readBigInt64LE(8 * i)));
  };

  return {
    anyDesc: (shape) => made("dnnl_memory_desc_create_with_tag", "ipii", shape.length, int64s(shape), F32, ANY_TAG),
    stridedDesc: (shape, strides) => made("dnnl_memory_desc_create_with_strides", "ipip", shape.length, int64s(shape), F32, int64s(strides)),
    queriedDesc(primitiveDesc, what) {
      const existing = library.query("dnnl_primitive_desc_query_md", "pii", primitiveDesc, what, 0);
      if (existing === 0n) return undefined;
      const shape = shapeOf(existing);
      return shape.length === 0 ? undefined : { handle: made("dnnl_memory_desc_clone", "p", existing), shape };
    },
    describe: (handle: bigint | Buffer, shape: Shape) =>
      describe(handle, shape, Number(library.query("dnnl_memory_desc_get_size", "p", handle)), blockingOfHandle(library, handle, shape.length)),
    freeDesc(handle) {
      library.call("dnnl_memory_desc_destroy", "p", handle);
      counted(-1);
    },
    appendEltwise: (postOps, algorithm, alpha, beta) => library.call("dnnl_post_ops_append_eltwise", "piff", postOps, algorithm, alpha, beta),
    appendSum: (postOps, scale) => library.call("dnnl_post_ops_append_sum", "pfii", postOps, scale, 0, 0),
    // Version 3.7 fails to assemble comparisons with a tensor whose size is no multiple of a register's, and every kernel of the thread after that.
    refuses: (op) => op.kind === "binary" && comparisons.has(op.algorithm) && sizeOf(op.desc.shape) > 1,
    create({ version3: name, types, backward }, values, attributes, engine, hint, result) {
      const hints = backward ? [hint] : [];
      return library.status(`dnnl_${name}_primitive_desc_create`, `pp${types}${backward ? "p" : ""}p`, result, engine, ...values, ...hints, attributes);
    },
    createConcat(dst, axis, sources, attributes, engine, result) {
      const handles = BigUint64Array.from(sources, ({ handle }) => BigInt(typeof handle === "bigint" ? handle : 0n));
      return library.status("dnnl_concat_primitive_desc_create", "pppiipp", result, engine, dst.handle, sources.length, axis, handles, attributes);
    },
    postOpArgument: (index) => 32768 * (index + 1) + 2,
    eltwise: (name) => eltwiseAlgorithms[name][1],
  };
}
