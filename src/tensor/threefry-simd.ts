/**
 * Threefry2x32-20 (Salmon et al. 2011) on vectors of four blocks, as WebAssembly that is assembled here. It does what
 * threefry.ts says, which is the specification, and gives the same bits. A block is two neighbours of a row.
 */
import { assemble, doWhile, f32x4, i32, i32x4, i8x16, local, v128, type Code } from "./assembler.js";
import { PARITY, ROTATIONS } from "./threefry.js";

/** Vectors in flight: a round waits for the round before it, so other chains fill the gaps. One alone takes 1.5 times as long. */
const CHAINS = 4;
const VECTOR_BYTES = 16;

/** Blocks that one turn of the loop makes. */
export const BLOCKS = 4 * CHAINS;
/**
 * The memory begins with the counters of the next BLOCKS blocks: first the rows (the word c0), then the pairs (c1).
 * A call leaves them where the next call goes on. The values follow from this byte on.
 */
export const VALUES_AT = 8 * BLOCKS;

/**
 * Writes values, always whole turns: `key0` and `key1` are the key, `pairs` the blocks of a row, `limit` the number
 * below which 24 random bits mean 1, and `at` and `end` count bytes from the first value.
 */
export type Kernel = (key0: number, key1: number, pairs: number, limit: number, at: number, end: number) => void;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const perChain = (code: (chain: number) => Code): Code => range(CHAINS).map(code);
const { get, set } = local;

/** The locals: the numbers above, then vectors. */
const [KEY0, KEY1, PAIRS, LIMIT, AT, END, FIRST_VECTOR] = range(7);
const [ROW_STEP, PAIR_STEP, ROW_END, LIMITS, FIRST_SUBKEY] = range(5).map((i) => FIRST_VECTOR + i);
const INJECTIONS = 6;
const subkey = (word: number, injection: number): number => FIRST_SUBKEY + word * INJECTIONS + injection;
const [row, pair, x0, x1] = range(4).map((i) => (chain: number) => subkey(2, i * CHAINS) + chain);
const VECTORS = x0(2 * CHAINS) - FIRST_VECTOR;

/** Injection 0 is what the counter meets before the first round; another follows every four rounds. */
function prepare(): Code {
  const words = [get(KEY0), get(KEY1), i32.xor(i32.xor(get(KEY0), get(KEY1)), i32.const(PARITY))];
  return [
    range(INJECTIONS).map((n) => set(subkey(0, n), i32x4.splat(words[n % 3]))),
    range(INJECTIONS).map((n) => set(subkey(1, n), i32x4.splat(i32.add(words[(n + 1) % 3], i32.const(n))))),
    set(ROW_STEP, i32x4.splat(i32.div_u(i32.const(BLOCKS), get(PAIRS)))),
    set(PAIR_STEP, i32x4.splat(i32.rem_u(i32.const(BLOCKS), get(PAIRS)))),
    set(ROW_END, i32x4.splat(get(PAIRS))),
    set(LIMITS, i32x4.splat(get(LIMIT))),
  ];
}

const counterAt = (word: number, chain: number): number => (word * CHAINS + chain) * VECTOR_BYTES;

const loadCounters = (c: number): Code => [
  set(row(c), v128.load(i32.const(0), counterAt(0, c))),
  set(pair(c), v128.load(i32.const(0), counterAt(1, c))),
];

const storeCounters = (c: number): Code => [
  v128.store(i32.const(0), counterAt(0, c), get(row(c))),
  v128.store(i32.const(0), counterAt(1, c), get(pair(c))),
];

const inject = (n: number, from0 = x0, from1 = x1): Code =>
  perChain((c) => [
    set(x0(c), i32x4.add(get(from0(c)), get(subkey(0, n)))),
    set(x1(c), i32x4.add(get(from1(c)), get(subkey(1, n)))),
  ]);

const rotate = (x: Code, by: number): Code => v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by));

const round = (i: number): Code => [
  perChain((c) => set(x0(c), i32x4.add(get(x0(c)), get(x1(c))))),
  perChain((c) => set(x1(c), v128.xor(rotate(get(x1(c)), ROTATIONS[i % ROTATIONS.length]), get(x0(c))))),
];

const encrypt = (): Code => [
  inject(0, row, pair),
  range(INJECTIONS - 1).map((group) => [range(4).map((i) => round(4 * group + i)), inject(group + 1)]),
];

/** On to the blocks of the next turn. Rows may be shorter than a turn: it is ROW_STEP whole rows and a part of one. */
function advance(c: number): Code {
  // -1 where the pair is beyond its row's end.
  const beyond = i32x4.ge_u(get(pair(c)), get(ROW_END));
  return [
    set(row(c), i32x4.add(get(row(c)), get(ROW_STEP))),
    set(pair(c), i32x4.add(get(pair(c)), get(PAIR_STEP))),
    set(row(c), i32x4.sub(get(row(c)), beyond)),
    set(pair(c), i32x4.sub(get(pair(c)), v128.and(get(ROW_END), beyond))),
  ];
}

/** Both words, in turn, of two of a vector's blocks: those from `block` on. */
const zip = (block: number, a: Code, b: Code): Code =>
  i8x16.shuffle([block, block + 4, block + 1, block + 5].flatMap((word) => range(4).map((byte) => 4 * word + byte)), a, b);

/** The values of a chain's blocks, of which `finish` makes one from 24 random bits. */
const write = (c: number, finish: (bits: Code) => Code): Code => [
  set(x0(c), finish(i32x4.shr_u(get(x0(c)), 8))),
  set(x1(c), finish(i32x4.shr_u(get(x1(c)), 8))),
  [0, 2].map((block) => v128.store(get(AT), VALUES_AT + 8 * (4 * c + block), zip(block, get(x0(c)), get(x1(c))))),
];

function kernel(finish: (bits: Code) => Code): Uint8Array<ArrayBuffer> {
  const turn = [encrypt(), perChain((c) => write(c, finish)), perChain(advance), set(AT, i32.add(get(AT), i32.const(8 * BLOCKS)))];
  const body = [prepare(), perChain(loadCounters), doWhile(i32.lt_u(get(AT), get(END)), turn), perChain(storeCounters)];
  return assemble({ parameters: FIRST_VECTOR, vectors: VECTORS, body });
}

/** A module for each kind of value, because some browsers compile no more than 4 KiB at once on a page's main thread. */
export const modules = {
  // Numbers of 24 bits are positive with a sign too, and converting those takes one instruction on every processor.
  uniform: () => kernel((bits) => f32x4.mul(f32x4.convert_i32x4_s(bits), f32x4.splat(2 ** -24))),
  bernoulli: () => kernel((bits) => v128.and(i32x4.lt_s(bits, get(LIMITS)), f32x4.splat(1))),
};
