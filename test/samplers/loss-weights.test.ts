import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { preconditions, weightings, type Prediction, type WeightingOptions } from "../../src/samplers/index.js";
import { broadcastTo, constant, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

const SIGMAS = [0.002, 0.05, 0.3, 1, 2.5, 14, 80];
const SIGMA_DATA = 0.5;
const sigma = constant(SIGMAS);
/** The values at SIGMAS. */
const at = (x: Tensor): Promise<number[]> => valueOf(broadcastTo(x, [SIGMAS.length]));
const valuesOf = async (prediction: Prediction) => {
  const { skip, out, in: scale } = preconditions[prediction](sigma, SIGMA_DATA);
  return { skip: await at(skip), out: await at(out), in: await at(scale) };
};

const [X0, NOISE] = [0.8, -1.3];

/** What each network sees and is to say, in its paper's own terms. */
const definitions: Record<Exclude<Prediction, "edm">, (sigma: number) => { sees: number; says: number }> = {
  noise(sigma) {
    const alphaCumprod = 1 / (1 + sigma ** 2);
    return { sees: Math.sqrt(alphaCumprod) * X0 + Math.sqrt(1 - alphaCumprod) * NOISE, says: NOISE };
  },
  x0(sigma) {
    const alphaCumprod = 1 / (1 + sigma ** 2);
    return { sees: Math.sqrt(alphaCumprod) * X0 + Math.sqrt(1 - alphaCumprod) * NOISE, says: X0 };
  },
  velocity(sigma) {
    // alpha = cos(phi), sigma of the paper = sin(phi).
    const phi = Math.atan(sigma);
    return { sees: Math.cos(phi) * X0 + Math.sin(phi) * NOISE, says: Math.cos(phi) * NOISE - Math.sin(phi) * X0 };
  },
  flow(sigma) {
    const t = sigma / (1 + sigma);
    return { sees: (1 - t) * X0 + t * NOISE, says: NOISE - X0 };
  },
};

const isPrediction = (name: string): name is keyof typeof definitions => name in definitions;

describe("preconditions", () => {
  for (const name of Object.keys(definitions).filter(isPrediction))
    it(`${name}: the network sees what its paper gives it, and its true answer leads to x0`, async () => {
      const { skip, out, in: scale } = await valuesOf(name);
      const wanted = SIGMAS.map(definitions[name]);
      const x = SIGMAS.map((s) => X0 + s * NOISE);
      assertClose(x.map((value, i) => scale[i] * value), wanted.map(({ sees }) => sees), 1e-12, "input");
      assertClose(x.map((value, i) => skip[i] * value + out[i] * wanted[i].says), x.map(() => X0), 1e-12, "D(x)");
    });

  it("edm: input and target have variance 1 at every sigma, and the error of F counts least (Karras et al. 2022, section 5)", async () => {
    const { skip, out, in: scale } = await valuesOf("edm");
    // Of x0 with deviation SIGMA_DATA and n with 1, independent: x = x0 + sigma n, target = ((1 - skip) x0 - skip sigma n) / out.
    const variance = (ofX0: number, ofNoise: number): number => ofX0 ** 2 * SIGMA_DATA ** 2 + ofNoise ** 2;
    const squaredOut = (s: number, c: number): number => variance(1 - c, c * s);
    for (const [i, s] of SIGMAS.entries()) {
      assertClose([variance(scale[i], scale[i] * s), variance((1 - skip[i]) / out[i], (skip[i] * s) / out[i])], [1, 1], 1e-9, `sigma ${s}`);
      for (const other of [skip[i] - 1e-3, skip[i] + 1e-3]) assert.ok(squaredOut(s, other) > out[i] ** 2, `sigma ${s}: skip ${skip[i]} against ${other}`);
    }
  });
});

describe("loss weights", () => {
  const snr = SIGMAS.map((s) => 1 / s ** 2);
  const predictions = ["noise", "x0", "velocity", "edm", "flow"] as const;
  const weights = (name: keyof typeof weightings, prediction: Prediction, options?: WeightingOptions): Promise<number[]> => at(weightings[name](sigma, prediction, options));

  it("min-SNR: the three formulas of Hang et al.", async () => {
    for (const gamma of [1, 5]) {
      const least = snr.map((value) => Math.min(value, gamma));
      assertClose(await weights("min-snr", "x0", { gamma }), least, 1e-12);
      assertClose(await weights("min-snr", "noise", { gamma }), least.map((value, i) => value / snr[i]), 1e-12);
      assertClose(await weights("min-snr", "velocity", { gamma }), least.map((value, i) => value / (snr[i] + 1)), 1e-12);
    }
    assert.deepEqual(await weights("min-snr", "noise"), await weights("min-snr", "noise", { gamma: 5 }));
  });

  it("P2: 1 / (k + SNR)^gamma on the error of the noise", async () => {
    for (const [k, gamma] of [[1, 1], [1, 0.5], [2, 1.5]]) assertClose(await weights("p2", "noise", { k, gamma }), snr.map((value) => 1 / (k + value) ** gamma), 1e-12, "noise", 0);
    assert.deepEqual(await weights("p2", "noise"), await weights("p2", "noise", { k: 1, gamma: 1 }));
  });

  it("none: L_simple for noise, and lambda(sigma) of Karras et al. for edm", async () => {
    assertClose(await weights("none", "noise"), SIGMAS.map(() => 1), 0);
    // Table 1: lambda weighs the error of D, which is that of F times out.
    const { out } = await valuesOf("edm");
    const lambda = SIGMAS.map((s) => (s ** 2 + SIGMA_DATA ** 2) / (s * SIGMA_DATA) ** 2);
    assertClose(await weights("none", "edm"), lambda.map((value, i) => value * out[i] ** 2), 1e-12);
  });

  for (const name of ["min-snr", "p2"] as const)
    it(`${name}: the same error of x0 costs the same, whatever the network predicts`, async () => {
      const costs = await Promise.all(predictions.map(async (prediction) => {
        const [values, { out }] = [await weights(name, prediction, { sigmaData: SIGMA_DATA }), await valuesOf(prediction)];
        return values.map((weight, i) => weight / out[i] ** 2);
      }));
      for (const [i, cost] of costs.entries()) assertClose(cost, costs[0], 1e-9, predictions[i], 0);
    });
});
