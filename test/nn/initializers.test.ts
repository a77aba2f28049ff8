import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import * as nn from "../../src/nn/index.js";
import { fillNormal, fillUniform, keyOf } from "../../src/tensor/index.js";

const key = keyOf(5);
const fans = { fanIn: 300, fanOut: 100 };
const spread = (values: Float32Array) => ({
  deviation: Math.sqrt(values.reduce((total, x) => total + x * x, 0) / values.length),
  largest: values.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
});

describe("initializers have Keras' variances and bounds", () => {
  const expected: [string, nn.Initializer, number, number][] = [
    ["glorotUniform", nn.glorotUniform, Math.sqrt(2 / 400), Math.sqrt(6 / 400)],
    ["glorotNormal", nn.glorotNormal, Math.sqrt(2 / 400), (2 * Math.sqrt(2 / 400)) / 0.87962566],
    ["heUniform", nn.heUniform, Math.sqrt(2 / 300), Math.sqrt(6 / 300)],
    ["heNormal", nn.heNormal, Math.sqrt(2 / 300), (2 * Math.sqrt(2 / 300)) / 0.87962566],
    ["lecunUniform", nn.lecunUniform, Math.sqrt(1 / 300), Math.sqrt(3 / 300)],
    ["lecunNormal", nn.lecunNormal, Math.sqrt(1 / 300), (2 * Math.sqrt(1 / 300)) / 0.87962566],
    ["pytorchUniform", nn.pytorchUniform, Math.sqrt(1 / 900), Math.sqrt(1 / 300)],
    ["randomNormal", nn.randomNormal(0, 0.2), 0.2, Infinity],
    ["randomUniform", nn.randomUniform(-0.3, 0.3), 0.3 / Math.sqrt(3), 0.3],
  ];
  for (const [name, initializer, deviation, bound] of expected)
    it(name, () => {
      const { deviation: found, largest } = spread(initializer([300, 100], key, fans));
      assert.ok(Math.abs(found / deviation - 1) < 0.015, `deviation ${found}, expected ${deviation}`);
      assert.ok(largest <= bound * (1 + 1e-6), `largest ${largest}, bound ${bound}`);
    });

  it("orthogonal rows or columns, times the gain", () => {
    for (const shape of [[6, 4], [4, 6], [4, 2, 3, 1]]) {
      const [rows, columns] = [shape[0], shape.slice(1).reduce((a, b) => a * b)];
      const w = nn.orthogonal(2)(shape, key, fans);
      const at = (i: number, j: number) => (rows <= columns ? w.subarray(i * columns, (i + 1) * columns).reduce((dot, x, k) => dot + x * w[j * columns + k], 0) : Array.from({ length: rows }, (_, k) => w[k * columns + i] * w[k * columns + j]).reduce((a, b) => a + b));
      for (let i = 0; i < Math.min(rows, columns); i++) for (let j = 0; j < Math.min(rows, columns); j++) assert.ok(Math.abs(at(i, j) - (i === j ? 4 : 0)) < 1e-5);
    }
  });

  it("count the fans of convolutions as Keras does, and give a bias those of its kernel", () => {
    const { fans: keras } = JSON.parse(readFileSync(new URL("oracles/keras.json", import.meta.url), "utf8")) as { readonly fans: Readonly<Record<string, readonly [number, number]>> };
    const seen: (readonly [number, number])[] = [];
    const record: nn.Initializer = (shape, _key, { fanIn, fanOut }) => {
      seen.push([fanIn, fanOut]);
      return new Float32Array(shape.reduce((a, b) => a * b));
    };
    const options = { kernelSize: [3, 2], kernelInitializer: record, biasInitializer: record } as const;
    for (const layer of [nn.Conv2d(8, options), nn.ConvTranspose2d(8, options)]) for (const parameter of layer("c", [6, 9, 9]).parameters) parameter.initial(0);
    assert.deepEqual(seen, [keras.conv, keras.conv, keras.transposed, keras.transposed]);
  });

  it("are the values of the stream in their order, bit for bit, on every host", () => {
    const shape = [301, 173];
    for (const [initializer, fill] of [[nn.randomUniform(0, 1), fillUniform], [nn.randomNormal(0, 1), fillNormal]] as const) {
      const expected = new Float32Array(301 * 173);
      fill(expected, key);
      assert.deepEqual(Buffer.from(initializer(shape, key, fans).buffer), Buffer.from(expected.buffer));
    }
  });

  it("depend on the seed and the name, not on the order of creation", () => {
    const make = (name: string) => nn.Dense(3)(name, [4]).parameters[0];
    assert.deepEqual(make("a").initial(1), make("a").initial(1));
    assert.notDeepEqual(make("a").initial(1), make("b").initial(1));
    assert.notDeepEqual(make("a").initial(1), make("a").initial(2));
  });
});
