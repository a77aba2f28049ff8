/**
 * As much of WebAssembly's binary format as a small SIMD loop needs. Each function carries the name of its instruction
 * and takes its operands' code, so that nested calls read like the expression they compute.
 * Source: WebAssembly Core Specification 2.0, chapter 5 "Binary Format".
 */

/** Bytes as a tree, which is made flat once, at the end. */
export type Code = number | readonly Code[];

function flatten(code: Code, bytes: number[] = []): number[] {
  if (typeof code === "number") bytes.push(code);
  else for (const part of code) flatten(part, bytes);
  return bytes;
}

/** A whole number as LEB128 with a sign: what integer constants want. */
const signed = (n: number): Code => (n >= -64 && n < 64 ? n & 0x7f : [(n & 0x7f) | 0x80, signed(n >> 7)]);
/** The same without a sign: what indices, sizes and opcodes want. */
const unsigned = (n: number): Code => (n < 128 ? n : [(n & 0x7f) | 0x80, unsigned(n >>> 7)]);
const vector = (...items: readonly Code[]): Code => [unsigned(items.length), items];
const name = (text: string): Code => vector(...Array.from(text, (character) => character.charCodeAt(0)));

function sized(code: Code): Code {
  const bytes = flatten(code);
  return [unsigned(bytes.length), bytes];
}

const unary = (opcode: Code) => (a: Code): Code => [a, opcode];
const binary = (opcode: Code) => (a: Code, b: Code): Code => [a, b, opcode];
/** Vector instructions have a prefix before their number. */
const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
/** How far beyond its address a load or a store goes, after the alignment of vectors: 2^4 bytes. */
const at = (offset: number): Code => [4, unsigned(offset)];

export const local = {
  get: (index: number): Code => [0x20, unsigned(index)],
  set: (index: number, value: Code): Code => [value, 0x21, unsigned(index)],
};

const constant = (n: number): Code => [0x41, signed(n)];

export const i32 = {
  const: constant,
  lt_u: binary(0x49),
  add: binary(0x6a),
  div_u: binary(0x6e),
  rem_u: binary(0x70),
  xor: binary(0x73),
};

export const v128 = {
  load: (address: Code, offset: number): Code => [address, simd(0x00), at(offset)],
  store: (address: Code, offset: number, value: Code): Code => [address, value, simd(0x0b), at(offset)],
  and: binary(simd(0x4e)),
  or: binary(simd(0x50)),
  xor: binary(simd(0x51)),
};

export const i8x16 = {
  /** The bytes of a (0 to 15) and b (16 to 31) that `bytes` names. */
  shuffle: (bytes: readonly number[], a: Code, b: Code): Code => [a, b, simd(0x0d), bytes],
};

export const i16x8 = {
  splat: unary(simd(0x10)),
  le_u: binary(simd(0x34)),
};

export const i32x4 = {
  splat: unary(simd(0x11)),
  ge_u: binary(simd(0x40)),
  /** Four of eight halves of words, with their signs. */
  extend_low_i16x8_s: unary(simd(0xa7)),
  extend_high_i16x8_s: unary(simd(0xa8)),
  shl: (a: Code, bits: number): Code => [a, constant(bits), simd(0xab)],
  shr_u: (a: Code, bits: number): Code => [a, constant(bits), simd(0xad)],
  add: binary(simd(0xae)),
  sub: binary(simd(0xb1)),
};

export const f32x4 = {
  /** Four times the same constant. */
  splat: (x: number): Code => [0x43, [...new Uint8Array(Float32Array.of(x).buffer)], simd(0x13)],
  convert_i32x4_s: unary(simd(0xfa)),
  mul: binary(simd(0xe6)),
};

/** A loop that runs `body`, and again as long as `condition` is not 0. */
export const doWhile = (condition: Code, body: Code): Code => [0x03, 0x40, body, condition, 0x0d, 0, 0x0b];

export interface Procedure {
  /** How many numbers (i32) it is called with: the first locals. */
  readonly parameters: number;
  /** How many vectors it keeps: the locals after them. */
  readonly vectors: number;
  readonly body: Code;
}

const I32 = 0x7f;
const V128 = 0x7b;
/** A section with one item. */
const section = (id: number, item: Code): Code => [id, sized(vector(item))];

/** The bytes of a module that exports a procedure without a result as `run`; it imports its memory as host.memory. */
export function assemble({ parameters, vectors, body }: Procedure): Uint8Array<ArrayBuffer> {
  const type = [0x60, vector(...Array.from({ length: parameters }, () => I32)), vector()];
  const memory = [name("host"), name("memory"), 2, 0, 1];
  const run = [name("run"), 0, 0];
  const code = sized([vector([unsigned(vectors), V128]), body, 0x0b]);
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return new Uint8Array(flatten([header, section(1, type), section(2, memory), section(3, 0), section(7, run), section(10, code)]));
}
