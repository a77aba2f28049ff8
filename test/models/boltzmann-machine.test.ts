import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { boltzmannMachine, contrastiveDivergence, gibbs, gibbsMean, type BoltzmannMachine, type UnitName } from "../../src/models/boltzmann-machine.js";
import { constant, gradients, zeros, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";
import { binaryStates, energy, hiddenMeans, logSumExp, probabilities, type Weights } from "./support/tiny-machine.js";

const weights: Weights = { kernel: [[0.5, -1], [1.5, 0.3], [-0.7, 0.8]], visibleBias: [0.1, -0.4, 0.6], hiddenBias: [-0.2, 0.9] };
const machineOf = (visibleUnits: UnitName, hiddenUnits: UnitName) => boltzmannMachine("machine", { visible: 3, hidden: 2, visibleUnits, hiddenUnits });

/** Runs outputs of a machine that has the weights above. */
async function run({ kernel, visibleBias, hiddenBias }: BoltzmannMachine, outputs: Readonly<Record<string, Tensor>>) {
  const engine = referenceEngine();
  await engine.write(kernel, weights.kernel.flat());
  await engine.write(visibleBias, weights.visibleBias);
  await engine.write(hiddenBias, weights.hiddenBias);
  return runOnce({ outputs }, {}, { seed: 5 }, engine);
}

const states = [[0, 0, 0], [1, 0, 1], [1, 1, 1], [0.2, 0.9, 0.4]];
const v = constant(states.flat(), [4, 3]);

describe("a restricted Boltzmann machine", () => {
  it("has the free energy of a sum over all states of its binary hidden units", async () => {
    for (const visibleUnits of ["binary", "gaussian"] as const) {
      const machine = machineOf(visibleUnits, "binary");
      const expected = states.map((state) => -logSumExp(binaryStates(2).map((h) => -energy(weights, state, h, { visibleUnits }))));
      assertClose((await run(machine, { freeEnergy: machine.freeEnergy(v) })).freeEnergy, expected, 1e-12);
    }
  });

  it("has the free energy of an integral over its Gaussian hidden units, but for the constant log(2 pi)", async () => {
    const machine = machineOf("binary", "gaussian");
    const grid = Array.from({ length: 161 }, (_, i) => -8 + i / 10);
    const integral = (state: readonly number[]) => logSumExp(grid.flatMap((a) => grid.map((b) => -energy(weights, state, [a, b], { hiddenUnits: "gaussian" })))) + 2 * Math.log(0.1);
    assertClose((await run(machine, { freeEnergy: machine.freeEnergy(v) })).freeEnergy, states.map((state) => Math.log(2 * Math.PI) - integral(state)), 1e-9);
  });

  it("has as its surrogate's gradient the rule of contrastive divergence, computed by hand", async () => {
    const machine = machineOf("binary", "binary");
    const samples = [[1, 0, 0], [0, 1, 1]];
    const found = gradients(contrastiveDivergence(machine, v, constant(samples.flat(), [2, 3])), machine.parameters);
    const { kernel, visibleBias, hiddenBias } = await run(machine, { kernel: found[0], visibleBias: found[1], hiddenBias: found[2] });
    /** Means over the batch of v h, v and h. */
    const statistics = (batch: readonly (readonly number[])[]) => {
      const mean = (f: (state: readonly number[]) => number) => batch.reduce((total, state) => total + f(state), 0) / batch.length;
      return {
        kernel: [0, 1, 2].flatMap((i) => [0, 1].map((j) => mean((state) => state[i] * hiddenMeans(weights, state)[j]))),
        visibleBias: [0, 1, 2].map((i) => mean((state) => state[i])),
        hiddenBias: [0, 1].map((j) => mean((state) => hiddenMeans(weights, state)[j])),
      };
    };
    const [ofData, ofSamples] = [statistics(states), statistics(samples)];
    assertClose(kernel, ofData.kernel.map((value, i) => ofSamples.kernel[i] - value), 1e-12);
    assertClose(visibleBias, ofData.visibleBias.map((value, i) => ofSamples.visibleBias[i] - value), 1e-12);
    assertClose(hiddenBias, ofData.hiddenBias.map((value, i) => ofSamples.hiddenBias[i] - value), 1e-12);
  });

  it("holds its samples fixed: no gradient flows through how they were drawn", async () => {
    const machine = machineOf("binary", "binary");
    const samples = gibbsMean(machine, v, 2);
    const drawn = await run(machine, { samples, kernel: gradients(contrastiveDivergence(machine, v, samples), [machine.kernel])[0] });
    const given = await run(machine, { kernel: gradients(contrastiveDivergence(machine, v, constant(drawn.samples, [4, 3])), [machine.kernel])[0] });
    assertClose(drawn.kernel, given.kernel, 1e-12);
  });

  it("draws states as often as they are probable, wherever it starts", async () => {
    const [machine, count] = [machineOf("binary", "binary"), 12_000];
    const drawn = (await run(machine, { v: gibbs(machine, zeros([count, 3]), 15) })).v;
    const frequencies = new Float64Array(8);
    for (let i = 0; i < count; i++) frequencies[drawn[3 * i] + 2 * drawn[3 * i + 1] + 4 * drawn[3 * i + 2]] += 1 / count;
    // Three standard deviations of a frequency are 0.014 at most.
    assertClose(frequencies, probabilities(weights), 0.014);
  });

  it("draws Gaussian units about their mean with variance 1", async () => {
    const [machine, count] = [machineOf("gaussian", "binary"), 20_000];
    const h = constant(Array.from({ length: 2 * count }, (_, i) => i % 2), [count, 2]);
    const { drawn, mean } = await run(machine, { drawn: machine.drawVisible(h), mean: machine.visible(h) });
    for (let i = 0; i < 3; i++) {
      const differences = Array.from({ length: count }, (_, row) => drawn[3 * row + i] - mean[3 * row + i]);
      const average = differences.reduce((a, b) => a + b) / count;
      assertClose([mean[i], average, differences.reduce((total, d) => total + d * d, 0) / count], [weights.visibleBias[i] + weights.kernel[i][1], 0, 1], 0.03);
    }
  });
});
