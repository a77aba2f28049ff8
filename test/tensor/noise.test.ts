import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chancesOf, fillBernoulli, fillNormal, fillNoise, fillUniform, fold, foldName, keyOf, noise, threefry } from "../../src/tensor/index.js";
import { runOnce } from "../support/compute.js";

describe("threefry2x32-20", () => {
  it("gives the known answers of Random123", () => {
    const vectors: [number[], number[]][] = [
      [[0, 0, 0, 0], [0x6b200159, 0x99ba4efe]],
      [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
      [[0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3], [0xc4923a9c, 0x483df7a0]],
    ];
    for (const [[k0, k1, c0, c1], expected] of vectors) {
      const out = new Uint32Array(2);
      threefry(k0, k1, c0, c1, out);
      assert.deepEqual(Array.from(out), expected);
    }
  });

  it("derives different keys from seeds, numbers and names", () => {
    const keys = [keyOf(0), keyOf(1), keyOf(2 ** 32), fold(keyOf(0), 0, 1), fold(keyOf(0), 1, 0), foldName(keyOf(0), "a.b"), foldName(keyOf(0), "b.a")];
    assert.equal(new Set(keys.map(String)).size, keys.length);
  });
});

const moments = (values: Float64Array) => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
};

describe("noise", () => {
  it("has the distributions it says", () => {
    const values = new Float64Array(200_000);
    fillNormal(values, keyOf(3));
    const normal = moments(values);
    assert.ok(Math.abs(normal.mean) < 0.01 && Math.abs(normal.variance - 1) < 0.015, JSON.stringify(normal));
    const beyond = values.filter((z) => Math.abs(z) > 1.959964).length / values.length;
    assert.ok(Math.abs(beyond - 0.05) < 0.002, `share beyond 1.96: ${beyond}`);
    fillUniform(values, keyOf(3));
    const uniform = moments(values);
    assert.ok(Math.abs(uniform.mean - 0.5) < 0.003 && Math.abs(uniform.variance - 1 / 12) < 0.001);
    assert.ok(values.every((u) => u >= 0 && u < 1));
    const draws = new Float32Array(100_000);
    fillNoise(noise.bernoulli([100, 1000], 0.3), 0, { seed: 1 }, draws);
    assert.ok(draws.every((b) => b === 0 || b === 1));
    assert.ok(Math.abs(draws.reduce((a, b) => a + b) / draws.length - 0.3) < 0.005);
  });

  it("decides with 16 bits: the low half of a block's first word, its high half, then the second word's", () => {
    const [key, words, probability] = [keyOf(5), new Uint32Array(2), 0.3];
    for (const length of [4, 5, 6, 7, 8]) {
      const draws = new Float64Array(length + 2).fill(9);
      fillBernoulli(draws, key, probability, 3, 1, length);
      const expected = Array.from({ length }, (_, i) => {
        threefry(...key, 3, i >> 2, words);
        const bits = [words[0] % 2 ** 16, Math.floor(words[0] / 2 ** 16), words[1] % 2 ** 16, Math.floor(words[1] / 2 ** 16)][i % 4];
        return bits < Math.round(probability * 2 ** 16) ? 1 : 0;
      });
      assert.deepEqual([...draws], [9, ...expected, 9]);
    }
  });

  it("takes a probability to the nearest multiple of 2^-16, but to 0 and 1 only what is 0 or 1", () => {
    assert.deepEqual([0.25, 0.6, 2 ** -16, 1.4 * 2 ** -16, 1.6 * 2 ** -16].map(chancesOf), [16384, 39322, 1, 1, 2]);
    assert.deepEqual([0, Number.MIN_VALUE, 2 ** -18, 1 - 2 ** -18, 1 - 2 ** -53, 1].map(chancesOf), [0, 1, 1, 65535, 65535, 65536]);
    const share = (probability: number) => {
      const draws = new Float32Array(2 ** 20);
      fillNoise(noise.bernoulli([2 ** 10, 2 ** 10], probability), 0, { seed: 1 }, draws);
      return draws.reduce((a, b) => a + b) / draws.length;
    };
    assert.deepEqual([share(0), share(1)], [0, 1]);
    // 16 are expected to differ.
    const [few, most] = [share(1e-12) * 2 ** 20, (1 - share(1 - 1e-12)) * 2 ** 20];
    assert.ok(few > 0 && few < 40 && most > 0 && most < 40, `${few} ones, ${most} zeros`);
  });

  it("has decisions that are independent of their neighbours", () => {
    const [count, length] = [500, 400];
    const draws = new Float32Array(count * length);
    fillNoise(noise.bernoulli([count, length], 0.3), 0, { seed: 2 }, draws);
    const means = [0, 1, 2, 3].map((lane) => draws.filter((_, i) => i % 4 === lane).reduce((a, b) => a + b) / (draws.length / 4));
    for (const mean of means) assert.ok(Math.abs(mean - 0.3) < 0.01, String(means));
    for (const lag of [1, 2, 3, 4, 8, length]) {
      const covariance = draws.reduce((sum, value, i) => sum + (value - 0.3) * ((draws[i + lag] ?? 0.3) - 0.3), 0) / draws.length;
      // Its standard deviation is 0.21 / sqrt(200,000) = 0.0005.
      assert.ok(Math.abs(covariance) < 0.002, `lag ${lag}: ${covariance}`);
    }
  });

  it("of row i depends on the seed, the step and i alone, whatever the batch size", async () => {
    const rows = async (count: number, firstRow: number) => (await runOnce({ outputs: { n: noise.normal([count, 5]) } }, {}, { seed: 7, step: 3, firstRow })).n;
    const all = await rows(10, 0);
    assert.deepEqual([...(await rows(4, 0)), ...(await rows(6, 4))], all);
    for (let i = 0; i < 10; i++) assert.deepEqual(await rows(1, i), all.slice(5 * i, 5 * i + 5));
  });

  it("differs between steps, seeds and the noises of one program", async () => {
    const draw = (seed: number, step: number) => runOnce({ outputs: { a: noise.normal([2]), b: noise.normal([2]) } }, {}, { seed, step });
    const [one, two, three] = [await draw(1, 0), await draw(1, 1), await draw(2, 0)];
    const values = [one.a, one.b, two.a, two.b, three.a, three.b].map(String);
    assert.equal(new Set(values).size, values.length);
    assert.deepEqual(await draw(1, 0), one);
  });
});
