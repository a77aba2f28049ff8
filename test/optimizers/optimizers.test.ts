import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import { adam, adamW, clipByGlobalNorm, constantRate, cosineDecay, exponentialDecay, exponentialMovingAverage, globalNorm, nadam, rmsprop, sgd, warmUp, type Optimizer } from "../../src/optimizers/index.js";
import { constant, input, mean, mul, square, sub, variable, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

type Paths = Readonly<Record<string, number[][]>> & { readonly schedules: Readonly<Record<string, number[]>> };
const load = (name: string) => JSON.parse(readFileSync(new URL(`oracles/${name}.json`, import.meta.url), "utf8")) as Paths;
const [keras, pytorch] = [load("keras"), load("pytorch")];

/** As in oracles/frameworks.py. */
const gradientAt = (step: number, p: ArrayLike<number>) => Float64Array.from({ length: 4 }, (_, i) => 0.3 * Math.sin(i * 1.3 + step * 0.7) + 0.2 * p[i]);

async function pathOf(optimizer: Optimizer): Promise<number[][]> {
  const engine = referenceEngine();
  const [p, g] = [variable("p", [4], [0.5, -1, 2, 0.1]), input("g", [4])];
  const step = await engine.compile({ inputs: { g }, outputs: {}, updates: optimizer.apply([p], [g]) });
  await engine.write(p, [0.5, -1, 2, 0.1]);
  const path: number[][] = [];
  for (let i = 0; i < 20; i++) {
    await step.run({ g: gradientAt(i, await engine.read(p)) });
    path.push(Array.from(await engine.read(p)));
  }
  return path;
}

describe("optimizers go where the frameworks go, 20 steps", () => {
  const cases: [string, Optimizer, number[][]][] = [
    ["Nadam as in Keras", nadam({ learningRate: 0.01 }), keras.nadam],
    ["Nadam clipped as in Keras", nadam({ learningRate: 0.01, clipNorm: 0.4 }), keras["nadam-clipped"]],
    ["Adam as in Keras, up to epsilon", adam({ learningRate: 0.01, epsilon: 1e-12 }), keras.adam],
    ["Adam as in PyTorch", adam({ learningRate: 0.01 }), pytorch.adam],
    ["AdamW as in PyTorch", adamW({ learningRate: 0.01, weightDecay: 0.1 }), pytorch.adamw],
    ["AdamW as in Keras, up to epsilon", adamW({ learningRate: 0.01, weightDecay: 0.1, epsilon: 1e-12 }), keras.adamw],
    ["RMSprop as in Keras", rmsprop({ learningRate: 0.01 }), keras.rmsprop],
    ["RMSprop centered with momentum as in Keras", rmsprop({ learningRate: 0.01, momentum: 0.5, centered: true }), keras["rmsprop-centered"]],
    ["SGD as in Keras", sgd({ learningRate: 0.01 }), keras.sgd],
    ["SGD with momentum as in Keras", sgd({ learningRate: 0.01, momentum: 0.9 }), keras["sgd-momentum"]],
    ["SGD with momentum as in PyTorch", sgd({ learningRate: 0.01, momentum: 0.9 }), pytorch["sgd-momentum"]],
    ["SGD with Nesterov's momentum as in Keras", sgd({ learningRate: 0.01, momentum: 0.9, nesterov: true }), keras["sgd-nesterov"]],
    ["SGD with Nesterov's momentum as in PyTorch", sgd({ learningRate: 0.01, momentum: 0.9, nesterov: true }), pytorch["sgd-nesterov"]],
  ];
  // Keras keeps its learning rate in float32, whatever the parameters are.
  for (const [name, optimizer, expected] of cases)
    it(name, async () => assertClose((await pathOf(optimizer)).flat(), expected.flat(), name.includes("Keras") ? 1e-6 : 1e-9, name));
});

describe("an optimizer of two programs", () => {
  it("has one state: steps of the one and the other in turn go where those of one program go", async () => {
    const [engine, optimizer] = [referenceEngine(), adam({ learningRate: 0.1 })];
    const [p, g] = [variable("p", [4], [0.5, -1, 2, 0.1]), input("g", [4])];
    const compiled = async (gradient: Tensor) => engine.compile({ inputs: { g }, outputs: {}, updates: optimizer.apply([p], [gradient]) });
    const programs = [await compiled(g), await compiled(mul(2, g))];
    await engine.write(p, [0.5, -1, 2, 0.1]);
    for (let i = 0; i < 20; i++) await programs[i % 2].run({ g: gradientAt(i, await engine.read(p)).map((value) => value / (1 + (i % 2))) });
    assertClose(await engine.read(p), (await pathOf(adam({ learningRate: 0.1 })))[19], 1e-9);
  });
});

describe("learning-rate schedules", () => {
  const rates = (schedule: (step: ReturnType<typeof constant>) => Parameters<typeof valueOf>[0], count = 15) =>
    Promise.all(Array.from({ length: count }, async (_, i) => (await valueOf(schedule(constant(i))))[0]));

  it("are Keras' cosine and exponential decays", async () => {
    assertClose(await rates(cosineDecay(0.1, 10, 0.02)), keras.schedules.cosine, 1e-7);
    assertClose(await rates(exponentialDecay(0.1, 4, 0.5)), keras.schedules.exponential, 1e-7);
    assertClose(await rates(exponentialDecay(0.1, 4, 0.5, true)), keras.schedules.stairs, 1e-7);
  });

  it("warm up in a line and then follow another", async () => {
    assertClose(await rates(warmUp(4, constantRate(0.4)), 6), [0.1, 0.2, 0.3, 0.4, 0.4, 0.4], 1e-9);
    assertClose((await rates(warmUp(2, exponentialDecay(1, 1, 0.5)), 5)), [0.5, 1, 1, 0.5, 0.25], 1e-9);
  });

  it("drive an optimizer", async () => {
    const path = await pathOf(sgd({ learningRate: (step) => sub(0.1, step) }));
    assertClose(path[0], gradientAt(0, [0.5, -1, 2, 0.1]).map((g, i) => [0.5, -1, 2, 0.1][i] - 0.1 * g), 1e-9);
  });
});

describe("clipping", () => {
  it("scales all gradients by one factor, and only when they are too long", async () => {
    const [a, b] = [constant([3, 0]), constant([4])];
    assert.deepEqual(await valueOf(globalNorm([a, b])), [5]);
    assertClose(await valueOf(clipByGlobalNorm([a, b], 1)[0]), [0.6, 0], 1e-12);
    assertClose(await valueOf(clipByGlobalNorm([a, b], 10)[1]), [4], 1e-12);
    assert.throws(() => clipByGlobalNorm([a], 0), UsageError);
  });
});

describe("averages of weights", () => {
  it("follow the new values with a decay that warms up", async () => {
    const engine = referenceEngine();
    const p = variable("p", [], 1);
    const updates = sgd({ learningRate: 0.5 }).minimize(mean(square(p)), [p]);
    const { averages, updates: more } = exponentialMovingAverage([p], updates, 0.9);
    const step = await engine.compile({ outputs: {}, updates: new Map([...updates, ...more]) });
    // p: 1 -> 0 at once; average: d = min(0.9, 1/10), then min(0.9, 2/11).
    await step.run({});
    assertClose(await engine.read(averages.get(p)!), [0.1], 1e-12);
    await step.run({});
    assertClose(await engine.read(averages.get(p)!), [0.1 * (2 / 11)], 1e-12);
    assert.throws(() => exponentialMovingAverage([p], updates, 1), UsageError);
  });
});
