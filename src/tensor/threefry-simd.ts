/**
 * Threefry2x32-20 (Salmon et al. 2011) on vectors of four blocks, as WebAssembly that is assembled here. It does what
 * threefry.ts says, which is the specification, and gives the same bits. A block is two neighbours of a row, or four where
 * half a word is enough for each.
 */
import { assemble, doWhile, f32x4, i16x8, i32, i32x4, i8x16, local, v128, type Code } from "./assembler.js";
import { PARITY, ROTATIONS } from "./threefry.js";

/** Vectors in flight: a round waits for the round before it, so other chains fill the gaps. One alone takes 1.5 times as long. */
const CHAINS = 4;
const VECTOR_BYTES = 16;

/** Blocks that one turn of the loop makes. */
export const BLOCKS = 4 * CHAINS;
/**
 * The memory begins with the counters of the next BLOCKS blocks: first the rows (the word c0), then the blocks in them (c1).
 * A call leaves them where the next call goes on. The values follow from this byte on.
 */
export const VALUES_AT = 8 * BLOCKS;

/**
 * Writes values, always whole turns: `key0` and `key1` are the key, `blocks` those of a row, `limit` the largest number
 * of 16 random bits that means 1, and `at` and `end` count bytes from the first value.
 */
export type Kernel = (key0: number, key1: number, blocks: number, limit: number, at: number, end: number) => void;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const perChain = (code: (chain: number) => Code): Code => range(CHAINS).map(code);
const { get, set } = local;

/** The locals: the numbers above, then vectors. */
const [KEY0, KEY1, ROW_BLOCKS, LIMIT, AT, END, FIRST_VECTOR] = range(7);
const [ROW_STEP, BLOCK_STEP, ROW_END, LIMITS, WORDS, FIRST_SUBKEY] = range(6).map((i) => FIRST_VECTOR + i);
const INJECTIONS = 6;
const subkey = (word: number, injection: number): number => FIRST_SUBKEY + word * INJECTIONS + injection;
const [row, block, x0, x1] = range(4).map((i) => (chain: number) => subkey(2, i * CHAINS) + chain);
const VECTORS = x0(2 * CHAINS) - FIRST_VECTOR;

/** Injection 0 is what the counter meets before the first round; another follows every four rounds. */
function prepare(): Code {
  const words = [get(KEY0), get(KEY1), i32.xor(i32.xor(get(KEY0), get(KEY1)), i32.const(PARITY))];
  return [
    range(INJECTIONS).map((n) => set(subkey(0, n), i32x4.splat(words[n % 3]))),
    range(INJECTIONS).map((n) => set(subkey(1, n), i32x4.splat(i32.add(words[(n + 1) % 3], i32.const(n))))),
    set(ROW_STEP, i32x4.splat(i32.div_u(i32.const(BLOCKS), get(ROW_BLOCKS)))),
    set(BLOCK_STEP, i32x4.splat(i32.rem_u(i32.const(BLOCKS), get(ROW_BLOCKS)))),
    set(ROW_END, i32x4.splat(get(ROW_BLOCKS))),
    set(LIMITS, i16x8.splat(get(LIMIT))),
  ];
}

const counterAt = (word: number, chain: number): number => (word * CHAINS + chain) * VECTOR_BYTES;

const loadCounters = (c: number): Code => [
  set(row(c), v128.load(i32.const(0), counterAt(0, c))),
  set(block(c), v128.load(i32.const(0), counterAt(1, c))),
];

const storeCounters = (c: number): Code => [
  v128.store(i32.const(0), counterAt(0, c), get(row(c))),
  v128.store(i32.const(0), counterAt(1, c), get(block(c))),
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
  inject(0, row, block),
  range(INJECTIONS - 1).map((group) => [range(4).map((i) => round(4 * group + i)), inject(group + 1)]),
];

/** On to the blocks of the next turn. Rows may be shorter than a turn: it is ROW_STEP whole rows and a part of one. */
function advance(c: number): Code {
  // -1 where the block is beyond its row's end.
  const beyond = i32x4.ge_u(get(block(c)), get(ROW_END));
  return [
    set(row(c), i32x4.add(get(row(c)), get(ROW_STEP))),
    set(block(c), i32x4.add(get(block(c)), get(BLOCK_STEP))),
    set(row(c), i32x4.sub(get(row(c)), beyond)),
    set(block(c), i32x4.sub(get(block(c)), v128.and(get(ROW_END), beyond))),
  ];
}

/** Both words, in turn, of two of a vector's blocks: those from `first` on. */
const zip = (first: number, a: Code, b: Code): Code =>
  i8x16.shuffle([first, first + 4, first + 1, first + 5].flatMap((word) => range(4).map((byte) => 4 * word + byte)), a, b);

/** What random words become, and the vectors of values that four of these, in order, make. */
interface Finish {
  readonly words: (bits: Code) => Code;
  readonly values: readonly ((words: Code) => Code)[];
}

/** The values of a chain's blocks. */
const write = (c: number, { words, values }: Finish): Code => [
  set(x0(c), words(get(x0(c)))),
  set(x1(c), words(get(x1(c)))),
  range(2).map((half) => [
    set(WORDS, zip(2 * half, get(x0(c)), get(x1(c)))),
    values.map((make, i) => v128.store(get(AT), VALUES_AT + VECTOR_BYTES * ((2 * c + half) * values.length + i), make(get(WORDS)))),
  ]),
];

function kernel(finish: Finish): Uint8Array<ArrayBuffer> {
  const bytes = 2 * CHAINS * finish.values.length * VECTOR_BYTES;
  const turn = [encrypt(), perChain((c) => write(c, finish)), perChain(advance), set(AT, i32.add(get(AT), i32.const(bytes)))];
  const body = [prepare(), perChain(loadCounters), doWhile(i32.lt_u(get(AT), get(END)), turn), perChain(storeCounters)];
  return assemble({ parameters: FIRST_VECTOR, vectors: VECTORS, body });
}

/** A module for each kind of value, because some browsers compile no more than 4 KiB at once on a page's main thread. */
export const modules = {
  // Numbers of 24 bits are positive with a sign too, and converting those takes one instruction on every processor.
  uniform: () => kernel({ words: (bits) => f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 8)), f32x4.splat(2 ** -24)), values: [(units) => units] }),
  // Each half of a word becomes -1 or 0, all ones or none: a mask for the bits of 1.
  bernoulli: () =>
    kernel({
      words: (bits) => i16x8.le_u(bits, get(LIMITS)),
      values: [i32x4.extend_low_i16x8_s, i32x4.extend_high_i16x8_s].map((extend) => (masks) => v128.and(extend(masks), f32x4.splat(1))),
    }),
};
