import { describe, it } from "node:test";
import { adversarialLosses, type AdversarialLossName } from "../../src/models/adversarial-losses.js";
import { constant } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

const [real, made] = [[2, -0.5], [0.25, -3]];
const mean = (values: readonly number[], f: (value: number) => number): number => values.map(f).reduce((a, b) => a + b) / values.length;
const logSigmoid = (x: number): number => -Math.log1p(Math.exp(-x));
const classify = mean(real, (x) => -logSigmoid(x)) + mean(made, (x) => -logSigmoid(-x));

describe("adversarial losses", () => {
  const expected: Readonly<Record<AdversarialLossName, readonly [discriminator: number, generator: number]>> = {
    "non-saturating": [classify, mean(made, (x) => -logSigmoid(x))],
    minimax: [classify, mean(made, (x) => logSigmoid(-x))],
    "least-squares": [mean(real, (x) => (x - 1) ** 2 / 2) + mean(made, (x) => x ** 2 / 2), mean(made, (x) => (x - 1) ** 2 / 2)],
    hinge: [mean(real, (x) => Math.max(0, 1 - x)) + mean(made, (x) => Math.max(0, 1 + x)), mean(made, (x) => -x)],
    wasserstein: [mean(made, (x) => x) - mean(real, (x) => x), mean(made, (x) => -x)],
  };
  for (const [name, [discriminator, generator]] of Object.entries(expected))
    it(`are the papers' formulas: ${name}`, async () => {
      const loss = adversarialLosses[name as AdversarialLossName];
      const [a, b] = [constant(real, [2, 1]), constant(made, [2, 1])];
      assertClose(await valueOf(loss.discriminator(a, b, 0)), [discriminator], 1e-9);
      assertClose(await valueOf(loss.generator(b)), [generator], 1e-9);
    });

  it("smooth the target of real examples alone", async () => {
    const smoothed = await valueOf(adversarialLosses["non-saturating"].discriminator(constant(real, [2, 1]), constant(made, [2, 1]), 0.1));
    assertClose(smoothed, [classify + 0.1 * mean(real, (x) => x)], 1e-9);
  });
});
