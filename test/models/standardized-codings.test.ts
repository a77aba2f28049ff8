import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import type { BuiltModel } from "../../src/models/model.js";
import { standardizedCodings } from "../../src/models/standardized-codings.js";
import { add, constant, gradients, input, mul, reshape, sum, sub, variable, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";

const offsets = constant([100, -3, 0.5], [1, 3, 1, 1]);
const scale = variable("scale", [], 5);

/** Three channels of two by two, of images of 12 pixels: codings are 5 x + offset, of the channel. The last is always 0.5. */
function autoencoder(codingShape?: readonly number[]): Pick<BuiltModel, "abilities" | "codingShape"> {
  const asGrid = (x: Tensor, batch: number): Tensor => reshape(x, [batch, 3, 2, 2]);
  const varies = constant([1, 1, 0], [1, 3, 1, 1]);
  return {
    ...(codingShape && { codingShape }),
    abilities: {
      encode(batch) {
        const x = input("x", [batch, 12]);
        return { inputs: { x }, outputs: { codings: reshape(add(mul(mul(scale, asGrid(x, batch)), varies), offsets), [batch, 12]) } };
      },
      decode(batch) {
        const codings = input("codings", [batch, 12]);
        return { inputs: { codings }, outputs: { images: reshape(mul(sub(asGrid(codings, batch), offsets), 0.2), [batch, 12]) } };
      },
    },
  };
}

const examples = Float32Array.from({ length: 60 }, (_, i) => (((i * 37) % 60) / 60) * (i % 12 < 4 ? 1 : 0.01) + 0.1);

/** An engine in which the pass over five examples has been made, in batches of 3 and 2. */
async function passed(made: ReturnType<typeof standardizedCodings>) {
  const engine = referenceEngine();
  for (const each of made.variables) await engine.write(each, each.initial(0));
  for (const [first, batch] of [[0, 3], [3, 2]]) {
    const { inputs, loss, updates } = made.stage.phases[0].objective(batch);
    await (await engine.compile({ inputs, outputs: { loss }, updates })).run({ x: examples.subarray(first * 12, (first + batch) * 12) });
  }
  const solve = made.stage.solve!;
  const values: Float32Array[] = [];
  for (const each of solve.reads) values.push(Float32Array.from(await engine.read(each)));
  for (const [each, solved] of solve.compute(values)) await engine.write(each, solved);
  return engine;
}

describe("standardized codings", () => {
  it("have mean 0 and variance 1 in every channel that varies, over all examples, and are decoded as before", async () => {
    const made = standardizedCodings(autoencoder([3, 2, 2]), { shape: [12] });
    assert.deepEqual(made.shape, [3, 2, 2]);
    const engine = await passed(made);
    const x = input("x", [5, 12]);
    const codings = made.encode(x);
    const { codings: values, back } = await (await engine.compile({ inputs: { x }, outputs: { codings, back: made.decode(codings) } })).run({ x: examples });
    const channel = (c: number) => Array.from(values).filter((_, i) => Math.floor((i % 12) / 4) === c);
    const moment = (of: number[], power: number) => of.reduce((total, value) => total + value ** power / of.length, 0);
    for (const c of [0, 1]) assertClose([moment(channel(c), 1), moment(channel(c), 2)], [0, 1], 1e-4);
    // What never varies is neither blown up nor divided by 0.
    assertClose(channel(2), new Array<number>(20).fill(0), 1e-6);
    assertClose(back, examples.map((value, i) => (i % 12 < 8 ? value : 0)), 1e-5);
  });

  it("are cut to the range that they have, channel by channel", async () => {
    const made = standardizedCodings(autoencoder([3, 2, 2]), { shape: [12] });
    const engine = await passed(made);
    const [x, far] = [input("x", [5, 12]), constant(new Array(12).fill(1e3), [1, 3, 2, 2])];
    const codings = made.encode(x);
    const outputs = { codings, limited: made.limit(codings), highest: made.limit(far), lowest: made.limit(mul(-1, far)) };
    const found = await (await engine.compile({ inputs: { x }, outputs })).run({ x: examples });
    assertClose(found.limited, found.codings, 1e-5);
    for (const c of [0, 1]) {
      const channel = Array.from(found.codings).filter((_, i) => Math.floor((i % 12) / 4) === c);
      assertClose([found.highest[4 * c], found.lowest[4 * c]], [Math.max(...channel), Math.min(...channel)], 1e-5);
    }
  });

  it("without a grid, each number is a channel", async () => {
    const made = standardizedCodings(autoencoder(), { shape: [12] });
    assert.deepEqual([made.shape, made.variables.find(({ name }) => name === "codings.deviation")!.shape], [[12], [12]]);
    const engine = await passed(made);
    const x = input("x", [5, 12]);
    const { codings } = await (await engine.compile({ inputs: { x }, outputs: { codings: made.encode(x) } })).run({ x: examples });
    for (let i = 0; i < 8; i++) assertClose([[0, 1, 2, 3, 4].reduce((total, row) => total + codings[row * 12 + i] ** 2 / 5, 0)], [1], 1e-4);
  });

  it("hold what encoder and decoder need, and lead no gradient to it", async () => {
    const made = standardizedCodings(autoencoder(), { shape: [12] });
    assert.deepEqual(made.variables.map(({ name }) => name), ["scale", ...["mean", "deviation", "least", "greatest", "count", "shift", "sums", "squares"].map((name) => `codings.${name}`)]);
    const engine = await passed(made);
    const x = input("x", [2, 12]);
    const [slope] = gradients(sum(made.encode(x)), [scale]);
    assert.deepEqual(Array.from((await (await engine.compile({ inputs: { x }, outputs: { slope: add(slope, mul(0, sum(x))) } })).run({ x: examples.subarray(0, 24) })).slope), [0]);
  });

  it("are of autoencoders that go both ways, told nothing but examples", () => {
    const { encode, decode } = autoencoder().abilities;
    const refused = (error: unknown): boolean => error instanceof UsageError && /codings and back/.test(error.message);
    assert.throws(() => standardizedCodings({ abilities: { encode: encode! } }, { shape: [12] }), refused);
    const told = (batch: number) => ({ ...decode!(batch), inputs: { ...decode!(batch).inputs!, labels: input("labels", [batch], "int32") } });
    assert.throws(() => standardizedCodings({ abilities: { encode: encode!, decode: told } }, { shape: [12] }), refused);
  });
});
