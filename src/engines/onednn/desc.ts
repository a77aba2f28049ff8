/** Memory descriptors: shape and layout of a tensor in memory, as the library knows them, and a key to tell layouts apart. */
import { sizeOf, type Shape } from "../../tensor/index.js";
import type { Library, Pointer } from "./library.js";

export interface Desc {
  /** What the library is given. */
  readonly handle: bigint | Buffer;
  readonly shape: Shape;
  /** The layout in oneDNN's letters: "abcd" is row-major, "aBcd16b" has blocks of 16 channels; "any" is not decided. Equal keys are equal layouts. */
  readonly layout: string;
  /** Bytes in memory, padding of blocks included. */
  readonly bytes: number;
  /** In values, for each axis; undefined when the layout has blocks or is not decided. */
  readonly strides: readonly number[] | undefined;
  /** Row-major without gaps. */
  readonly plain: boolean;
  /** Without padding or gaps: as many floats as values. */
  readonly dense: boolean;
}

export interface Blocking {
  readonly strides: readonly number[];
  readonly blocks: readonly { readonly size: number; readonly axis: number }[];
}

export const rowMajor = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * Math.max(shape[axis + 1], 1);
  return strides;
};

/** Strides of an image [N, C, H, W] whose channels lie side by side. */
export const channelsLast = ([, channels, height, width]: Shape): number[] => [channels * height * width, 1, width * channels, channels];

export const int64s = (values: readonly number[]): BigInt64Array => BigInt64Array.from(values, BigInt);

/** Letters as oneDNN writes them: outer axes from the largest stride to the smallest (capital when blocked), then the blocks. */
function layoutName(shape: Shape, { strides, blocks }: Blocking): string {
  const blocked = new Set(blocks.map(({ axis }) => axis));
  const letter = (axis: number): string => String.fromCharCode(97 + axis);
  const order = shape.map((_, axis) => axis).sort((a, b) => strides[b] - strides[a] || a - b);
  const inner = blocks.map(({ size, axis }) => `${size}${letter(axis)}`).join("");
  return order.map((axis) => (blocked.has(axis) ? letter(axis).toUpperCase() : letter(axis))).join("") + inner;
}

/** Makes a Desc of a handle whose blocking is known. */
export function describe(handle: bigint | Buffer, shape: Shape, bytes: number, blocking: Blocking | undefined): Desc {
  if (!blocking) return { handle, shape, layout: `opaque${bytes}`, bytes, strides: undefined, plain: false, dense: false };
  const { strides, blocks } = blocking;
  // An axis of size 1 may have any stride.
  const expected = rowMajor(shape);
  const plain = blocks.length === 0 && bytes === 4 * sizeOf(shape) && shape.every((n, axis) => n === 1 || strides[axis] === expected[axis]);
  const canonical = shape.map((n, axis) => (n === 1 ? 0 : strides[axis])).join(",");
  const layout = plain ? layoutName(shape, { strides: expected, blocks }) : `${layoutName(shape, blocking)}:${canonical}`;
  return { handle, shape, layout, bytes, strides: blocks.length === 0 ? strides : undefined, plain, dense: bytes === 4 * sizeOf(shape) };
}

export const sameLayout = (a: Desc, b: Desc): boolean => a.layout === b.layout && a.bytes === b.bytes && a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);

/** dnnl_format_kind_t */
const BLOCKED = 2;

/** Reads a version 2 descriptor, a struct whose fields are at fixed places. */
export function blockingOfStruct(struct: Buffer, rank: number): Blocking | undefined {
  const AXES = 12;
  const int64sAt = (offset: number, count: number): number[] => Array.from({ length: count }, (_, i) => Number(struct.readBigInt64LE(offset + 8 * i)));
  // int ndims; dims[12]; int type; paddedDims[12]; paddedOffsets[12]; offset0; int kind; then the blocking.
  const kind = 8 + 8 * AXES + 8 + 8 * AXES + 8 * AXES + 8;
  if (struct.readInt32LE(kind) !== BLOCKED) return undefined;
  const strides = kind + 8;
  const count = struct.readInt32LE(strides + 8 * AXES);
  const sizes = int64sAt(strides + 8 * AXES + 8, count);
  const axes = int64sAt(strides + 8 * AXES + 8 + 8 * AXES, count);
  return { strides: int64sAt(strides, rank), blocks: sizes.map((size, i) => ({ size, axis: axes[i] })) };
}

/** Asks a version 3 descriptor. */
export function blockingOfHandle(library: Library, handle: Pointer, rank: number): Blocking | undefined {
  // dnnl_query_t
  const [STRIDES, KIND, INNER_COUNT, INNER_BLOCKS, INNER_AXES] = [14, 262, 263, 264, 265];
  const ask = (what: number): Buffer => {
    const result = Buffer.alloc(8);
    library.call("dnnl_memory_desc_query", "pip", handle, what, result);
    return result;
  };
  if (ask(KIND).readInt32LE() !== BLOCKED) return undefined;
  const list = (what: number, count: number): number[] => {
    const bytes = count === 0 ? Buffer.alloc(0) : library.bytes(ask(what).readBigUInt64LE(), 8 * count);
    return Array.from({ length: count }, (_, i) => Number(bytes.readBigInt64LE(8 * i)));
  };
  const count = ask(INNER_COUNT).readInt32LE();
  const axes = list(INNER_AXES, count);
  return { strides: list(STRIDES, rank), blocks: list(INNER_BLOCKS, count).map((size, i) => ({ size, axis: axes[i] })) };
}
