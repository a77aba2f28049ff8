/** What a Program becomes: steps over storages. A plan says nothing about addresses; those are given when it is bound. */
import type { DType, Tensor, Variable } from "../../tensor/index.js";
import type { ChainOp } from "./chain.js";
import type { Desc } from "./desc.js";
import type { Primitive } from "./dnnl.js";

/** Bytes that steps read and write. */
export interface Storage {
  readonly bytes: number;
  /** "arena": scratch of one run; "kept": filled before the run or read after it; a variable lives in the engine. */
  readonly kind: "arena" | "kept" | "variable";
  readonly variable?: Variable;
  /** Written once, when the plan is bound. */
  readonly initial?: Float32Array | Int32Array;
}

/** How values lie in a storage. */
export interface Value {
  readonly storage: Storage;
  readonly desc: Desc;
  /** In values from the storage's start. */
  readonly offset: number;
  readonly dtype: DType;
}

export type HostArray = Float32Array | Int32Array;

/** One primitive, or a piece of TypeScript for what the library does not have. */
export interface Step {
  /** The ops that it computes: "conv2d + add + relu". */
  readonly title: string;
  readonly work: PrimitiveWork | HostWork;
  readonly reads: readonly Storage[];
  readonly writes: readonly Storage[];
  /** Multiplications and additions of products; elementwise work counts as none. */
  readonly flop: number;
}

export interface PrimitiveWork {
  readonly kind: "primitive";
  readonly primitive: Primitive;
  readonly args: readonly (readonly [index: number, value: Value])[];
  /** So many of the arguments, the first, are read; the others are written. */
  readonly inputs: number;
}

export interface HostWork {
  readonly kind: "host";
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly compute: (inputs: readonly HostArray[], output: HostArray) => void;
}

/** An elementwise pass over whole vectors: the start, what follows, and where the result goes. */
export interface ChainRecord {
  readonly start: Value;
  readonly ops: readonly PlacedOp[];
  readonly target: Value;
}

export type PlacedOp = Extract<ChainOp, { kind: "eltwise" }> | { readonly kind: "binary"; readonly algorithm: number; readonly operand: Value };

export interface Plan {
  readonly steps: readonly Step[];
  readonly inputs: ReadonlyMap<string, Value>;
  readonly noises: readonly { readonly leaf: Tensor; readonly stream: number; readonly value: Value }[];
  readonly outputs: ReadonlyMap<string, Value>;
  /** Steps that may write over what they read: elementwise passes over whole vectors. */
  readonly chains: ReadonlyMap<Step, ChainRecord>;
  /** Storages that must lie side by side, in this order. */
  readonly bundles: readonly (readonly Storage[])[];
}
