import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { activeUnits, collapseWarnings } from "../../src/models/active-units.js";
import { latentMetrics, logMeanExp, logWeights, negativeElbo } from "../../src/models/latent.js";
import { observation } from "../../src/models/observation.js";
import { inferenceMode } from "../../src/nn/index.js";
import { constant, mean, neg } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce, valueOf } from "../support/compute.js";
import { linearGaussian, logDensity } from "./linear-gaussian.js";

const points = [0.3, -0.2, 1.5, 0.4, -1, 2];
const exact = [0, 2, 4].map((i) => logDensity(points.slice(i, i + 2)));
const batch = { x: constant(points, [3, 1, 1, 2]) };
const bound = async (off: number, samples: number) => {
  const model = linearGaussian(off);
  return valueOf(logMeanExp(logWeights(model, batch, model.posterior(batch, inferenceMode()), samples, inferenceMode())));
};

describe("importance weights", () => {
  it("are all p(x) where the posterior is exact: one sample gives the likelihood in closed form", async () => {
    assertClose(await bound(0, 1), exact, 1e-9);
    assertClose(await bound(0, 7), exact, 1e-9);
  });

  it("give a bound that rises with the number of samples towards log p(x), where it is not", async () => {
    const [one, many, most] = [await bound(0.8, 1), await bound(0.8, 50), await bound(0.8, 20000)];
    const total = (values: number[]) => values.reduce((a, b) => a + b, 0);
    assert.ok(total(one) < total(many) && total(many) < total(most), `${total(one)} ${total(many)} ${total(most)}`);
    assertClose(most, exact, 0.02);
  });
});

describe("the evidence lower bound", () => {
  it("is log p(x) less the KL from the posterior to the exact one", async () => {
    // The exact posterior, moved by `off`: KL = off^2 / (2 variance). One estimate from many samples.
    const [off, precision] = [0.8, 1 + 0.89 / 0.3];
    const { reconstruction, kl } = negativeElbo(linearGaussian(off), batch, 40000, inferenceMode());
    const values = await runOnce({ outputs: { reconstruction, kl } }, {}, { seed: 5 });
    const expected = exact.reduce((a, b) => a - b / 3, 0) + (off ** 2 * precision) / 2;
    assertClose([values.reconstruction[0] + values.kl[0]], [expected], 0.02);
  });

  it("agrees with one importance sample of the same noise in the mean", async () => {
    const model = linearGaussian(0.3);
    const { reconstruction, kl } = negativeElbo(model, batch, 20000, inferenceMode());
    const sampled = neg(mean(logWeights(model, batch, model.posterior(batch, inferenceMode()), 20000, inferenceMode())));
    const values = await runOnce({ outputs: { reconstruction, kl, sampled } }, {}, { seed: 2 });
    assertClose(values.sampled, [values.reconstruction[0] + values.kl[0]], 0.01);
  });
});

describe("active units", () => {
  it("are the codings whose posterior mean varies by more than 0.01 over the data", async () => {
    assert.equal(activeUnits([0, 2, -1], [0.02, 4.005, 1.5]), 2);
    const model = linearGaussian();
    const metrics = latentMetrics(model, negativeElbo(model, batch, 1, inferenceMode()));
    const values = await runOnce({ outputs: { ...metrics } }, {}, { seed: 0 });
    assert.equal(activeUnits(values.codingMean, values.codingSquare), 1);
    assert.deepEqual(values.klPerCoding.length, 1);
  });

  it("that are fewer than a tenth are a collapse, which is told with the way out", () => {
    assert.deepEqual(collapseWarnings(2, 16), []);
    assert.match(collapseWarnings(1, 16)[0], /collapsed: 1 of the 16 codings[\s\S]*annealing/);
  });
});

describe("binarised images", () => {
  const grey = constant([0, 0.2, 0.5, 0.7, 1], [1, 1, 1, 5]);
  const of = (binarize: "stochastic" | "threshold") => observation({ likelihood: "bernoulli", variance: 0.5, binarize }, [1, 1, 5]);

  it("are white above 0.5, or drawn with the grey as probability", async () => {
    assert.deepEqual(await valueOf(of("threshold").observed(grey)), [0, 0, 0, 1, 1]);
    assert.deepEqual(await valueOf(of("stochastic").likeliest(grey)), [0, 0, 0, 1, 1]);
    const draws = constant(Array<number>(4000).fill(0.2), [4000, 1, 1, 1]);
    const drawn = await valueOf(of("stochastic").observed(draws));
    assert.deepEqual([...new Set(drawn)].sort(), [0, 1]);
    assert.ok(Math.abs(drawn.reduce((a, b) => a + b, 0) / 4000 - 0.2) < 0.02);
  });

  it("are not for the Gaussian likelihood", () => {
    assert.throws(() => observation({ likelihood: "gaussian", variance: 1, binarize: "threshold" }, [1, 1, 5]), /binarize is threshold/);
  });
});
