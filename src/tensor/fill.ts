/**
 * Rows of noise: fillPlain says what their values are, makeFastFill's function gives the same values with WebAssembly's
 * vectors where the host has them (Node, browsers since 2023; but a page's security policy may forbid them).
 */
import type { Distribution } from "./noise.js";
import { BLOCKS, modules, VALUES_AT, type Kernel } from "./threefry-simd.js";
import { chancesOf, fillBernoulli, fillNormal, fillUniform, type Key } from "./threefry.js";

type Values = Float32Array | Float64Array;

export interface Rows {
  /** Number of the first row: any whole number. */
  readonly first: number;
  readonly count: number;
  readonly length: number;
}

/** Fills `out` with rows of the stream `key`, one after the other. */
export type Fill = (out: Values, distribution: Distribution, key: Key, rows: Rows) => void;

export const fillPlain: Fill = (out, distribution, key, { first, count, length }) => {
  for (let row = 0; row < count; row++) {
    if (distribution.kind === "bernoulli") fillBernoulli(out, key, distribution.probability, first + row, row * length, length);
    else (distribution.kind === "normal" ? fillNormal : fillUniform)(out, key, first + row, row * length, length);
  }
};

/** Values of one call of a kernel, 32 KiB: they stay in the processor's cache until they are copied. */
const CAPACITY = 8192;

const isKernel = (value: unknown): value is Kernel => typeof value === "function";

function compile(kind: keyof typeof modules, memory: WebAssembly.Memory): Kernel {
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(modules[kind]()), { host: { memory } }).exports;
  if (!isKernel(run)) throw new TypeError(`the module ${kind} exports no function`);
  return run;
}

/** A fill by vectors, or nothing where the host has none. */
export function makeFastFill(): Fill | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const kernels = { uniform: compile("uniform", memory), bernoulli: compile("bernoulli", memory) };
    return fastFill(kernels, memory);
  } catch {
    return undefined;
  }
}

function fastFill(kernels: Readonly<Record<keyof typeof modules, Kernel>>, { buffer }: WebAssembly.Memory): Fill {
  const counters = new Int32Array(buffer, 0, 2 * BLOCKS);
  const uniforms = new Float32Array(buffer, VALUES_AT, CAPACITY);
  const normals = new Float64Array(CAPACITY);

  return (out, distribution, [key0, key1], { first, count, length }) => {
    const { kernel, perBlock, limit } =
      distribution.kind === "bernoulli" ? { kernel: kernels.bernoulli, perBlock: 4, limit: chancesOf(distribution.probability) - 1 } : { kernel: kernels.uniform, perBlock: 2, limit: 0 };
    // 16 bits are never below 0, and the kernel knows no negative numbers.
    if (limit < 0) return void out.fill(0);
    // The kernels make whole blocks: rows of another length come with some values more, which are left out.
    const blocks = Math.ceil(length / perBlock);
    const padded = perBlock * blocks;
    for (let block = 0; block < BLOCKS; block++) {
      counters[block] = first + Math.floor(block / blocks);
      counters[BLOCKS + block] = block % blocks;
    }
    const total = padded * count;
    for (let start = 0; start < total; start += CAPACITY) {
      const made = Math.min(CAPACITY, total - start);
      kernel(key0, key1, blocks, limit, 0, 4 * made);
      const chunk = distribution.kind === "normal" ? boxMuller(uniforms, normals, made) : uniforms;
      if (length < padded) copyRows(chunk, made, start, padded, length, out);
      else out.set(chunk.subarray(0, made), start);
    }
  };
}

/** As fillNormal: pairs of uniform values to pairs of normal ones. */
function boxMuller(uniforms: Float32Array, out: Float64Array, length: number): Float64Array {
  for (let i = 0; i < length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniforms[i]));
    const angle = 2 * Math.PI * uniforms[i + 1];
    out[i] = radius * Math.cos(angle);
    out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

/** Copies the values start .. start + made of rows of `padded` values, the first `length` of each, to their places in rows of `length`. */
function copyRows(values: Values, made: number, start: number, padded: number, length: number, out: Values): void {
  let column = start % padded;
  let to = Math.floor(start / padded) * length + Math.min(column, length);
  for (let i = 0; i < made; i++) {
    if (column < length) out[to++] = values[i];
    column = column === padded - 1 ? 0 : column + 1;
  }
}

let fastest: Fill | undefined;

/** The fastest fill of this host, made at its first use. */
export const fill: Fill = (...rows) => (fastest ??= makeFastFill() ?? fillPlain)(...rows);
