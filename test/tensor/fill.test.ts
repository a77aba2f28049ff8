import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fillPlain, makeFastFill, type Rows } from "../../src/tensor/fill.js";
import { fillNoise, keyOf, noise, threefry, type Distribution, type Key } from "../../src/tensor/index.js";
import { modules } from "../../src/tensor/threefry-simd.js";

const fast = makeFastFill();

/** Compares bytes, because 0 and -0 differ there and deepEqual takes long for large arrays. */
function assertSame(distribution: Distribution, key: Key, rows: Rows, array: typeof Float32Array | typeof Float64Array = Float32Array): void {
  assert.ok(fast, "no WebAssembly SIMD");
  const [expected, actual] = [new array(rows.count * rows.length).fill(-1), new array(rows.count * rows.length).fill(-2)];
  fillPlain(expected, distribution, key, rows);
  fast(actual, distribution, key, rows);
  const bytes = (values: ArrayBufferView): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  assert.ok(bytes(expected).equals(bytes(actual)), JSON.stringify({ distribution, key, rows, array: array.name }));
}

const arrays = [Float32Array, Float64Array];
const half: Distribution = { kind: "bernoulli", probability: 0.5 };
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const distributions = fc.oneof(
  fc.constant<Distribution>({ kind: "normal" }),
  fc.constant<Distribution>({ kind: "uniform" }),
  fc.double({ min: 0, max: 1, noNaN: true }).map((probability): Distribution => ({ kind: "bernoulli", probability })),
);

describe("noise by vectors", () => {
  it("is the plain noise, bit for bit: any key, rows of any number and length", () => {
    const rows = fc.record({ first: fc.oneof(fc.nat(1000), word, fc.nat(2 ** 40)), count: fc.integer({ min: 1, max: 80 }), length: fc.integer({ min: 1, max: 300 }) });
    fc.assert(fc.property(distributions, fc.tuple(word, word), rows, fc.constantFrom(...arrays), assertSame), { numRuns: 500 });
  });

  it("is the plain noise also for each short row and where a chunk of the memory ends within a row", () => {
    for (let length = 1; length <= 70; length++)
      for (const distribution of [{ kind: "uniform" }, half] as const) for (const array of arrays) assertSame(distribution, keyOf(length), { first: 5, count: 300, length }, array);
    for (const length of [4095, 4096, 4097, 8190, 8191, 8192, 8193, 20_001])
      for (const distribution of [{ kind: "uniform" }, { kind: "normal" }, half] as const) assertSame(distribution, keyOf(length), { first: 0, count: 7, length }, Float64Array);
    for (const distribution of [{ kind: "uniform" }, half] as const) assertSame(distribution, keyOf(2 ** 53 - 1), { first: 2 ** 32 - 2, count: 5, length: 3 });
  });

  it("draws the line of a probability where the plain noise draws it", () => {
    const words = new Uint32Array(2);
    threefry(...keyOf(9), 0, 0, words);
    // The first four decisions compare these numbers: each is tried as the limit, and as what is just inside of it.
    const near = [...words].flatMap((word) => [word & 0xffff, word >>> 16]).flatMap((bits) => [bits, bits + 1]);
    for (const probability of [0, Number.MIN_VALUE, 2 ** -17, 2 ** -16, 0.5, 0.6, 1 - 2 ** -16, 1 - 2 ** -53, 1, ...near.map((bits) => bits / 2 ** 16)])
      for (const array of arrays) assertSame({ kind: "bernoulli", probability }, keyOf(9), { first: 0, count: 1, length: 1000 }, array);
  });

  it("comes by way of fillNoise, with the first row's number", () => {
    const drawn = new Float32Array(12);
    fillNoise(noise.uniform([4, 3]), 0, { seed: 1, firstRow: 2 }, drawn);
    const more = new Float32Array(18);
    fillNoise(noise.uniform([6, 3]), 0, { seed: 1 }, more);
    assert.deepEqual(drawn, more.slice(6));
  });

  it("gives way to the plain noise where the host compiles nothing", (t) => {
    t.mock.method(WebAssembly, "Module", function refuse() {
      throw new WebAssembly.CompileError("refused");
    });
    assert.equal(makeFastFill(), undefined);
  });

  it("needs modules that every browser compiles on a page's main thread", () => {
    for (const module of Object.values(modules)) assert.ok(module().length <= 4096 && WebAssembly.validate(module()));
  });
});
