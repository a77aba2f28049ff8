import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseEngine, findModel, training } from "../../src/index.js";
import { countingModes, ring } from "../../examples/ring.js";

const gan = countingModes(findModel("gan"));

/** A thousand steps on the ring of eight Gaussians: the last validation, and what the model warns of. */
async function trained(discriminatorRate: number): Promise<{ readonly metrics: training.Metrics; readonly warnings: readonly string[] }> {
  const [splits, engine, warnings] = [ring({ train: 4000 }), await chooseEngine(undefined, { threads: 1 }), [] as string[]];
  const model = gan.build(gan.options.parse({ hidden: [64, 64], latentSize: 8, discriminatorRate }), splits.train.spec);
  const config = training.trainingConfig.parse({ epochs: 8, batchSize: 32, seed: 1, validateEvery: 8, logEvery: 1000, optimizer: { name: "adam", learningRate: 2e-3, beta1: 0.5 } });
  try {
    const { validation } = await training.inTemporaryRun((run) =>
      training.train({ model, examples: splits, range: gan.accepts.range, engine, config, run, onEvent: (event) => event.event === "warning" && warnings.push(event.message) }),
    );
    return { metrics: validation!, warnings };
  } finally {
    await engine.dispose();
  }
}

describe("a GAN on a ring of eight Gaussians", () => {
  it("collapses, and says so, where its discriminator learns at a hundredth of the generator's rate", async () => {
    const { metrics, warnings } = await trained(0.01);
    assert.ok(metrics.modes <= 1 && metrics.coverage < 0.1, JSON.stringify(metrics));
    assert.match(warnings.join("\n"), /modes have collapsed/);
  });

  it("finds modes, and is not said to have collapsed, where both learn at one rate", async () => {
    const { metrics, warnings } = await trained(1);
    assert.ok(metrics.modes >= 3 && metrics.coverage > 0.15, JSON.stringify(metrics));
    assert.deepEqual(warnings, []);
  });
});
