/**
 * oneDNN's C API as this engine uses it, the same for versions 2 and 3: descriptors, primitives with their post-ops, memory.
 * What is made here belongs to a scope, and is freed with it.
 */
import { EngineError } from "../../errors.js";
import { formatShape, type Shape } from "../../tensor/index.js";
import { int64s, rowMajor, type Desc } from "./desc.js";
import { statusText, type Argument, type Library } from "./library.js";
import { operations, queries, type DescQuery, type EltwiseName, type Operation, type OperationName } from "./operations.js";
import { version2 } from "./version-2.js";
import { version3 } from "./version-3.js";

/** What is computed on a primitive's result before it is stored. */
export type PostOp =
  | { readonly kind: "eltwise"; readonly algorithm: EltwiseName; readonly alpha: number; readonly beta: number }
  | { readonly kind: "binary"; readonly algorithm: number; readonly desc: Desc }
  /** Adds `scale` times what the destination held. */
  | { readonly kind: "sum"; readonly scale: number };

/** What differs between the versions. */
export interface VersionLayer {
  anyDesc(shape: Shape): bigint | Buffer;
  stridedDesc(shape: Shape, strides: readonly number[]): bigint | Buffer;
  /** A descriptor of our own of what a primitive was asked for; undefined when it has none. */
  queriedDesc(primitiveDesc: bigint, what: number): { handle: bigint | Buffer; shape: number[] } | undefined;
  describe(handle: bigint | Buffer, shape: Shape): Desc;
  freeDesc(handle: bigint | Buffer): void;
  appendEltwise(postOps: bigint, algorithm: number, alpha: number, beta: number): void;
  appendSum(postOps: bigint, scale: number): void;
  /** True for a post-op that the library offers and cannot make. */
  refuses(op: PostOp): boolean;
  /** Creates a primitive descriptor into `result`; returns a status. */
  create(operation: Operation, values: readonly Argument[], attributes: bigint, engine: bigint, hint: bigint | null, result: BigUint64Array): number;
  createConcat(dst: Desc, axis: number, sources: readonly Desc[], attributes: bigint, engine: bigint, result: BigUint64Array): number;
  /** Argument index of a binary post-op's second operand. */
  postOpArgument(index: number): number;
  eltwise(name: EltwiseName): number;
}

export interface Primitive {
  /** Its primitive descriptor, which a backward primitive wants as a hint. */
  readonly descriptor: bigint;
  readonly handle: bigint;
  /** The library's name of the implementation: "jit:avx512_core", "brg:avx512_core", "ref:any". */
  readonly implementation: string;
  /** Bytes of scratch memory. */
  readonly scratchpad: Desc | undefined;
  desc(what: DescQuery): Desc;
}

export type Value = Desc | number | readonly number[] | null;

export interface Scope {
  any(shape: Shape): Desc;
  plain(shape: Shape): Desc;
  strided(shape: Shape, strides: readonly number[]): Desc;
  /** Undefined when the library has no implementation for it. */
  primitive(name: OperationName, values: readonly Value[], options?: { readonly postOps?: readonly PostOp[]; readonly hint?: Primitive | undefined }): Primitive | undefined;
  /** What to throw when there is no such primitive. */
  lacking(what: string, ...shapes: readonly Shape[]): EngineError;
  reorder(from: Desc, to: Desc, postOps?: readonly PostOp[]): Primitive;
  concat(dst: Desc, axis: number, sources: readonly Desc[]): Primitive;
  /** A memory object over bytes of ours. */
  memory(desc: Desc, address: bigint): bigint;
  dispose(): void;
}

export interface Dnnl {
  readonly library: Library;
  readonly layer: VersionLayer;
  readonly stream: bigint;
  scope(): Scope;
  /** How many of the library's objects exist that were made through this value. */
  live(): number;
  dispose(): void;
}

const CPU = 1;
const IN_ORDER = 1;
const USER_SCRATCHPAD = 1;
const HINT = "Use --engine onnx for this model.";

export function openDnnl(library: Library): Dnnl {
  let count = 0;
  const made = (name: string, types: string, ...values: Argument[]): bigint => {
    const result = new BigUint64Array(1);
    library.call(name, `p${types}`, result, ...values);
    count++;
    return result[0];
  };
  const free = (name: string, handle: bigint): void => {
    library.call(name, "p", handle);
    count--;
  };
  const layer = (library.major === 2 ? version2 : version3)(library, (change) => (count += change));
  const engine = made("dnnl_engine_create", "ii", CPU, 0);
  const stream = made("dnnl_stream_create", "pi", engine, IN_ORDER);

  function attributesOf(postOps: readonly PostOp[]): bigint {
    const attributes = made("dnnl_primitive_attr_create", "");
    library.call("dnnl_primitive_attr_set_scratchpad_mode", "pi", attributes, USER_SCRATCHPAD);
    if (postOps.length > 0) {
      const list = made("dnnl_post_ops_create", "");
      for (const op of postOps) {
        if (op.kind === "eltwise") layer.appendEltwise(list, layer.eltwise(op.algorithm), op.alpha, op.beta);
        else if (op.kind === "sum") layer.appendSum(list, op.scale);
        else library.call("dnnl_post_ops_append_binary", "pip", list, op.algorithm, op.desc.handle);
      }
      library.call("dnnl_primitive_attr_set_post_ops", "pp", attributes, list);
      free("dnnl_post_ops_destroy", list);
    }
    return attributes;
  }

  function scope(): Scope {
    const descs: (bigint | Buffer)[] = [];
    const descriptors: bigint[] = [];
    const primitives: bigint[] = [];
    const memories: bigint[] = [];
    const own = (handle: bigint | Buffer): bigint | Buffer => {
      descs.push(handle);
      return handle;
    };

    /** The primitive, or a status: only here the library finds out whether it can make the kernel that it offers. */
    function finish(descriptor: bigint): Primitive | number {
      descriptors.push(descriptor);
      const result = new BigUint64Array(1);
      const status = library.status("dnnl_primitive_create", "pp", result, descriptor);
      if (status !== 0) return status;
      count++;
      const [handle] = result;
      primitives.push(handle);
      const text = Buffer.alloc(8);
      library.call("dnnl_primitive_desc_query", "piip", descriptor, queries.implementation, 0, text);
      const desc = (what: DescQuery): Desc | undefined => {
        const found = layer.queriedDesc(descriptor, queries[what]);
        return found && layer.describe(own(found.handle), found.shape);
      };
      const scratchpad = desc("scratchpad");
      return {
        descriptor,
        handle,
        implementation: library.text(text.readBigUInt64LE()),
        scratchpad: scratchpad && scratchpad.bytes > 0 ? scratchpad : undefined,
        desc(what) {
          const found = desc(what);
          if (!found) throw new EngineError(`oneDNN ${library.version}: a primitive has no ${what} descriptor`);
          return found;
        },
      };
    }

    /** Makes a primitive with attributes that live as long as the call, or says with a status why there is none. */
    function described(postOps: readonly PostOp[], create: (attributes: bigint, result: BigUint64Array) => number): Primitive | number {
      const attributes = attributesOf(postOps);
      const result = new BigUint64Array(1);
      const status = create(attributes, result);
      free("dnnl_primitive_attr_destroy", attributes);
      if (status !== 0) return status;
      count++;
      return finish(result[0]);
    }

    function required(name: string, found: Primitive | number): Primitive {
      if (typeof found === "number") throw new EngineError(`oneDNN ${library.version} has no ${name} for this case: ${statusText(found)}`, HINT);
      return found;
    }

    return {
      any: (shape) => ({ handle: own(layer.anyDesc(shape)), shape, layout: "any", bytes: 0, strides: undefined, plain: false, dense: false }),
      plain: (shape) => layer.describe(own(layer.stridedDesc(shape, rowMajor(shape))), shape),
      strided: (shape, strides) => layer.describe(own(layer.stridedDesc(shape, strides)), shape),
      primitive(name, values, { postOps = [], hint } = {}) {
        if (postOps.some((op) => layer.refuses(op))) return undefined;
        const operation: Operation = operations[name];
        const given = values.map((value): Argument => (value === null || typeof value === "number" ? value : "handle" in value ? value.handle : int64s(value)));
        const found = described(postOps, (attributes, result) => layer.create(operation, given, attributes, engine, hint?.descriptor ?? null, result));
        return typeof found === "number" ? undefined : found;
      },
      lacking: (what, ...shapes) => new EngineError(`oneDNN ${library.version} has no ${what} for ${shapes.map(formatShape).join(", ")}`, HINT),
      reorder(from, to, postOps = []) {
        // Version 3.7 copies between equal strides as if there were no gaps; with an axis more they are not equal.
        const differently = ({ shape, strides }: Desc, stride: number): bigint | Buffer => own(layer.stridedDesc([...shape, 1], [...(strides ?? []), stride]));
        const isGapped = library.major > 2 && !from.dense && from.strides !== undefined && from.strides.join() === to.strides?.join();
        const [source, sink] = isGapped ? [differently(from, 1), differently(to, 2)] : [from.handle, to.handle];
        return required(
          `reorder from ${from.layout} to ${to.layout}`,
          described(postOps, (attributes, result) => library.status("dnnl_reorder_primitive_desc_create", "pppppp", result, source, engine, sink, engine, attributes)),
        );
      },
      concat: (dst, axis, sources) =>
        required("concat", described([], (attributes, result) => layer.createConcat(dst, axis, sources, attributes, engine, result))),
      memory(desc, address) {
        const memory = made("dnnl_memory_create", "ppp", desc.handle, engine, address);
        memories.push(memory);
        return memory;
      },
      dispose() {
        for (const memory of memories.splice(0)) free("dnnl_memory_destroy", memory);
        for (const primitive of primitives.splice(0)) free("dnnl_primitive_destroy", primitive);
        for (const descriptor of descriptors.splice(0)) free("dnnl_primitive_desc_destroy", descriptor);
        for (const desc of descs.splice(0)) layer.freeDesc(desc);
      },
    };
  }

  return {
    library,
    layer,
    stream,
    scope,
    live: () => count,
    dispose() {
      free("dnnl_stream_destroy", stream);
      free("dnnl_engine_destroy", engine);
    },
  };
}
