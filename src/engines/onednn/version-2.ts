/** oneDNN 2.x: descriptors are structs by value, primitives are made of operation descriptors. */
import type { Shape } from "../../tensor/index.js";
import { blockingOfStruct, describe, int64s } from "./desc.js";
import type { VersionLayer } from "./dnnl.js";
import type { Argument, Library } from "./library.js";
import { eltwiseAlgorithms } from "./operations.js";

const F32 = 3;
const ANY_TAG = 1;
/** sizeof(dnnl_memory_desc_t), and more than the largest operation descriptor. */
const DESC_BYTES = 696;
const OPERATION_BYTES = 16384;

export function version2(library: Library): VersionLayer {
  const rankOf = (struct: Buffer): number => struct.readInt32LE(0);
  const asBuffer = (handle: bigint | Buffer): Buffer => {
    if (typeof handle === "bigint") throw new TypeError("a version 2 descriptor is a struct");
    return handle;
  };
  const isEmpty = (struct: Buffer): boolean => rankOf(struct) === 0;

  return {
    anyDesc(shape) {
      const struct = Buffer.alloc(DESC_BYTES);
      library.call("dnnl_memory_desc_init_by_tag", "pipii", struct, shape.length, int64s(shape), F32, ANY_TAG);
      return struct;
    },
    stridedDesc(shape, strides) {
      const struct = Buffer.alloc(DESC_BYTES);
      library.call("dnnl_memory_desc_init_by_strides", "pipip", struct, shape.length, int64s(shape), F32, int64s(strides));
      return struct;
    },
    queriedDesc(primitiveDesc, what) {
      const address = library.query("dnnl_primitive_desc_query_md", "pii", primitiveDesc, what, 0);
      if (address === 0n) return undefined;
      const handle = library.bytes(address, DESC_BYTES);
      if (isEmpty(handle)) return undefined;
      return { handle, shape: Array.from({ length: rankOf(handle) }, (_, i) => Number(handle.readBigInt64LE(8 + 8 * i))) };
    },
    describe: (handle: bigint | Buffer, shape: Shape) =>
      describe(handle, shape, Number(library.query("dnnl_memory_desc_get_size", "p", handle)), blockingOfStruct(asBuffer(handle), shape.length)),
    freeDesc: () => undefined,
    appendEltwise: (postOps, algorithm, alpha, beta) => library.call("dnnl_post_ops_append_eltwise", "pfiff", postOps, 1, algorithm, alpha, beta),
    appendSum: (postOps, scale) => library.call("dnnl_post_ops_append_sum", "pf", postOps, scale),
    refuses: () => false,
    create({ version2: name, types, notInVersion2 = [] }, values, attributes, engine, hint, result) {
      const kept = <Item>(items: readonly Item[]): Item[] => items.filter((_, i) => !notInVersion2.includes(i));
      const operation = Buffer.alloc(OPERATION_BYTES);
      const status = library.status(`dnnl_${name}_desc_init`, `p${kept([...types]).join("")}`, operation, ...kept<Argument>(values));
      return status === 0 ? library.status("dnnl_primitive_desc_create", "ppppp", result, operation, attributes, engine, hint) : status;
    },
    createConcat(dst, axis, sources, attributes, engine, result) {
      const structs = Buffer.concat(sources.map(({ handle }) => asBuffer(handle)));
      return library.status("dnnl_concat_primitive_desc_create", "ppiippp", result, dst.handle, sources.length, axis, structs, attributes, engine);
    },
    postOpArgument: (index) => 16384 * (index + 1) + 2,
    eltwise: (name) => eltwiseAlgorithms[name][0],
  };
}
