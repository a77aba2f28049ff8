import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { boltzmann } from "../../src/models/boltzmann.js";
import { sgd } from "../../src/optimizers/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";
import { binaryStates, probabilities, type Weights } from "./support/tiny-machine.js";

const build = (options: Readonly<Record<string, unknown>>) => boltzmann.build(boltzmann.options.parse({ hidden: 2, ...options }), { kind: "vectors", shape: [3] });
/** The first two units agree, the third is mostly 1. */
const examples = [[0, 0, 1], [1, 1, 1], [0, 0, 1], [1, 1, 1], [1, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]];

/** Mean of log p(v) over the examples, in nats, by enumerating every state. */
function logLikelihood(weights: Weights): number {
  const [all, states] = [probabilities(weights), binaryStates(3).map(String)];
  return examples.reduce((total, v) => total + Math.log(all[states.indexOf(String(v))]), 0) / examples.length;
}

describe("the restricted Boltzmann machine", () => {
  for (const options of [{ chains: "data" }, { chains: "data", steps: 3 }, { chains: "persistent", particles: 100 }])
    it(`raises the exact log-likelihood of its examples: ${JSON.stringify(options)}`, async () => {
      const [engine, model] = [referenceEngine(), build(options)];
      const [phase] = model.stages[0].phases;
      // Many of each, so that their negative samples say more.
      const { inputs, loss, updates } = phase.objective(64);
      const x = Float64Array.from(Array.from({ length: 8 }, () => examples).flat(2));
      const step = await engine.compile({ inputs, outputs: { loss }, updates: new Map([...updates, ...sgd({ learningRate: 0.3 }).minimize(loss, phase.parameters)]) });
      for (const variable of model.variables) await engine.write(variable, variable.initial(1));
      const likelihood = async () => {
        const [kernel, visibleBias, hiddenBias] = await Promise.all(phase.parameters.map(async (parameter) => [...(await engine.read(parameter))]));
        return logLikelihood({ kernel: [kernel.slice(0, 2), kernel.slice(2, 4), kernel.slice(4)], visibleBias, hiddenBias });
      };
      const values = [await likelihood()];
      for (let i = 0; i < 750; i++) {
        await step.run({ x }, { seed: 3, step: i });
        if (i % 250 === 249) values.push(await likelihood());
      }
      // At first every state is as likely: -3 log 2 = -2.08. The examples' own entropy, 1.26, is the most there can be.
      assert.ok(values[0] < -2.07 && values[1] > values[0] + 0.1 && values[3] > -1.45, values.join(", "));
    });

  it("lets persistent chains go on from where they were", async () => {
    const [engine, model] = [referenceEngine(), build({ chains: "persistent", particles: 5 })];
    const { inputs, loss, updates } = model.stages[0].phases[0].objective(2);
    const step = await engine.compile({ inputs, outputs: { loss }, updates });
    const chains = model.variables.find(({ name }) => name === "chains")!;
    assert.deepEqual(chains.shape, [5, 3]);
    const states: string[] = [];
    for (let i = 0; i < 3; i++) {
      await step.run({ x: Float64Array.of(0, 1, 1, 1, 0, 0) }, { seed: 3, step: i });
      states.push(String(await engine.read(chains)));
    }
    assert.ok(states.every((state) => /^[01](,[01]){14}$/.test(state)) && new Set(states).size === 3, states.join("; "));
  });

  it("keeps Gaussian units in the unit of the values", async () => {
    // The mean of v for h = 0 is the bias, in deviations.
    const [engine, model] = [referenceEngine(), build({ visibleUnits: "gaussian", deviation: 0.25 })];
    await engine.write(model.variables.find(({ name }) => name === "machine.visibleBias")!, [1, 2, 3]);
    await engine.write(model.variables.find(({ name }) => name === "machine.kernel")!, [0, 0, 0, 0, 0, 0]);
    assertClose((await runOnce(model.abilities.decode!(1), { codings: Float64Array.of(0, 0) }, undefined, engine)).images, [0.25, 0.5, 0.75], 1e-12);
    assertClose((await runOnce(model.abilities.reconstruct!(1), { x: Float64Array.of(0, 1, 0) }, undefined, engine)).reconstruction, [0.25, 0.5, 0.75], 1e-12);
    const { meanSquaredError } = await runOnce(model.validation(1), { x: Float64Array.of(0.25, 0.5, 1) }, { seed: 0 }, engine);
    assertClose(meanSquaredError, [0.0625 / 3], 1e-12);
  });
});
