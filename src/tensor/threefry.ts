/**
 * Threefry2x32-20, a counter-based random generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"):
 * random bits are a pure function of (key, counter), so any element of any step can be made alone and in any order.
 */

export type Key = readonly [number, number];

export const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** The third key word is the parity of the others and of this constant. */
export const PARITY = 0x1bd11bda;

/** Encrypts the counter (c0, c1) under the key; writes two unsigned 32-bit words to out[at], out[at + 1]. */
export function threefry(k0: number, k1: number, c0: number, c1: number, out: Uint32Array, at = 0): void {
  const k2 = k0 ^ k1 ^ PARITY;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    const first = (group & 1) << 2;
    for (let i = first; i < first + 4; i++) {
      const r = ROTATIONS[i];
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    // Key injection: subkey words rotate through k0, k1, k2.
    const [a, b] = group % 3 === 0 ? [k1, k2] : group % 3 === 1 ? [k2, k0] : [k0, k1];
    x0 = (x0 + a) | 0;
    x1 = (x1 + b + group + 1) | 0;
  }
  out[at] = x0;
  out[at + 1] = x1;
}

/** The key of a seed: any whole number from 0 to 2^53 - 1. */
export const keyOf = (seed: number): Key => [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0];

/** A new key, independent of the old one, for each pair of numbers. */
export function fold(key: Key, a: number, b = 0): Key {
  const out = new Uint32Array(2);
  threefry(key[0], key[1], a, b, out);
  return [out[0], out[1]];
}

/** A key from a name, so that a variable's first values depend on its name and not on the order of creation. */
export function foldName(key: Key, name: string): Key {
  return Array.from(name).reduce<Key>((folded, character) => fold(folded, character.codePointAt(0) ?? 0), key);
}

/** To [0, 1) with 24 bits, exact in float32. */
const toUnit = (bits: number): number => (bits >>> 8) * 2 ** -24;

type Target = Float32Array | Float64Array;

/** Uniform in [0, 1): values row * length ... of the stream `key`, written to out[start .. start + length). */
export function fillUniform(out: Target, key: Key, row = 0, start = 0, length = out.length): void {
  const bits = new Uint32Array(2);
  for (let i = 0; i < length; i += 2) {
    threefry(key[0], key[1], row, i >>> 1, bits);
    out[start + i] = toUnit(bits[0]);
    if (i + 1 < length) out[start + i + 1] = toUnit(bits[1]);
  }
}

/** Standard normal by Box & Muller's transform. */
export function fillNormal(out: Target, key: Key, row = 0, start = 0, length = out.length): void {
  const bits = new Uint32Array(2);
  for (let i = 0; i < length; i += 2) {
    threefry(key[0], key[1], row, i >>> 1, bits);
    // 1 - u is in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - toUnit(bits[0])));
    const angle = 2 * Math.PI * toUnit(bits[1]);
    out[start + i] = radius * Math.cos(angle);
    if (i + 1 < length) out[start + i + 1] = radius * Math.sin(angle);
  }
}

/** How many of the 2^16 values of 16 bits mean 1. What is neither never nor always stays so. */
export const chancesOf = (probability: number): number =>
  probability === 0 || probability === 1 ? probability * 2 ** 16 : Math.min(Math.max(Math.round(probability * 2 ** 16), 1), 2 ** 16 - 1);

/** 1 with a probability that is a multiple of 2^-16, else 0: a block decides four values, the low half of each word before its high half. */
export function fillBernoulli(out: Target, key: Key, probability: number, row = 0, start = 0, length = out.length): void {
  const chances = chancesOf(probability);
  const bits = new Uint32Array(2);
  for (let i = 0; i < length; i += 4) {
    threefry(key[0], key[1], row, i >>> 2, bits);
    const halves = [bits[0] & 0xffff, bits[0] >>> 16, bits[1] & 0xffff, bits[1] >>> 16];
    for (let j = 0; j < 4 && i + j < length; j++) out[start + i + j] = halves[j] < chances ? 1 : 0;
  }
}
