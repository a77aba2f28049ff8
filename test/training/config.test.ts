import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { UsageError } from "../../src/errors.js";
import { square, variable } from "../../src/tensor/index.js";
import { optimizerOf, trainingConfig } from "../../src/training/index.js";
import { assertClose } from "../support/close.js";

const configured = (optimizer: object) => optimizerOf(trainingConfig.parse({ optimizer }), 10, "optimizer");

/** A parameter that starts at 1, after each of three steps down p². */
async function pathOf(optimizer: object): Promise<number[]> {
  const [engine, p] = [referenceEngine(), variable("p", [], 1)];
  const step = await engine.compile({ outputs: {}, updates: configured(optimizer).minimize(square(p), [p]) });
  const path: number[] = [];
  for (let i = 0; i < 3; i++) {
    await step.run({});
    path.push((await engine.read(p))[0]);
  }
  return path;
}

describe("the optimizer of a configuration", () => {
  const plain = { name: "sgd", learningRate: 0.1 };

  it("has the momentum that is asked for, none where none is", async () => {
    assertClose(await pathOf(plain), [0.8, 0.64, 0.512], 1e-12);
    assertClose(await pathOf({ ...plain, momentum: 0 }), [0.8, 0.64, 0.512], 1e-12);
    // v = v / 2 + 2p, p = p - v / 10.
    assertClose(await pathOf({ ...plain, momentum: 0.5 }), [0.8, 0.54, 0.302], 1e-12);
    // p = p - (2p + v / 2) / 10.
    assertClose(await pathOf({ ...plain, momentum: 0.5, nesterov: true }), [0.7, 0.44, 0.248], 1e-12);
  });

  it("has the betas that are asked for, its own where none are", async () => {
    // With beta1 0 every step is as long as the learning rate, but for what beta2 keeps: v = 0.5 v + 0.5 g², divided by 1 - 0.5^t.
    const expected = [1];
    for (let [t, v] = [1, 0]; t <= 3; t++) {
      const [p, g] = [expected[t - 1], 2 * expected[t - 1]];
      v = 0.5 * v + 0.5 * g * g;
      expected.push(p - (0.1 * g) / Math.sqrt(v / (1 - 0.5 ** t)));
    }
    assertClose(await pathOf({ name: "adam", learningRate: 0.1, beta1: 0, beta2: 0.5 }), expected.slice(1), 1e-7);
    assert.deepEqual(await pathOf({ name: "nadam", beta1: 0.9, beta2: 0.999 }), await pathOf({ name: "nadam" }));
  });

  it("is refused where it does not take an option, with those that do", () => {
    const refused = (optimizer: object, message: RegExp, hint: RegExp) =>
      assert.throws(() => configured(optimizer), (error: unknown) => error instanceof UsageError && message.test(error.message) && hint.test(error.hint ?? ""));
    refused({ name: "adam", momentum: 0.9 }, /adam has no momentum/, /sgd, rmsprop/);
    refused({ name: "rmsprop", nesterov: true }, /rmsprop has no nesterov/, /use sgd/);
    refused({ name: "sgd", epsilon: 1e-8 }, /sgd has no epsilon/, /rmsprop, adam, adamw, nadam/);
    refused({ name: "rmsprop", beta1: 0.5 }, /rmsprop has no beta1/, /adam, adamw, nadam/);
    refused({ name: "sgd", nesterov: true }, /momentum is 0/, /0.9/);
  });
});
