/**
 * A GAN that collapses on purpose, and what helps: modes found of eight, every thousand steps, for each remedy and three seeds. The cause is a discriminator that learns at a tenth of
 * the generator's rate: the generator runs from mode to mode before it is told that they are overcrowded.
 *
 *   npx tsx examples/ring-of-gaussians.ts [figure.svg]
 */
import { writeFileSync } from "node:fs";
import { chooseEngine, curvesSvg, findModel, training, type Series } from "morphogen";
import { countingModes, ring } from "./ring.js";
import { telling } from "./told.js";

const collapsing = { hidden: [128, 128], latentSize: 16, discriminatorRate: 0.1 };
const remedies: Readonly<Record<string, object>> = {
  nothing: {},
  "--minibatch discrimination": { minibatch: "discrimination" },
  "--replay 10000": { replay: 10_000 },
  "--minibatch standard-deviation": { minibatch: "standard-deviation" },
  "--penalty r1 --penalty-weight 0.1": { penalty: "r1", penaltyWeight: 0.1 },
  both: { minibatch: "standard-deviation", penalty: "r1", penaltyWeight: 0.1 },
};
const seeds = [1, 2, 3];
const [gan, splits, engine] = [countingModes(findModel("gan")), ring(), await chooseEngine(undefined, { threads: 1 })];

/** Modes found after every thousand steps, and how many of these validations told of a collapse. */
async function modesOf(remedy: object, seed: number): Promise<{ readonly modes: Series["points"]; readonly warned: number }> {
  const told: boolean[] = [];
  const model = telling(gan, told).build(gan.options.parse({ ...collapsing, ...remedy }), splits.train.spec);
  const config = training.trainingConfig.parse({ epochs: 80, batchSize: 32, seed, validateEvery: 4, logEvery: 1000, optimizer: { name: "adam", learningRate: 5e-4, beta1: 0.5 } });
  const modes: { step: number; value: number }[] = [];
  await training.inTemporaryRun((run) =>
    training.train({ model, examples: splits, range: gan.accepts.range, engine, config, run, onEvent: (event) => event.event === "validation" && modes.push({ step: event.step, value: event.validation.modes }) }),
  );
  return { modes, warned: told.filter(Boolean).length };
}

const series: Series[] = [];
for (const [name, remedy] of Object.entries(remedies)) {
  const runs: Series["points"][] = [];
  for (const seed of seeds) {
    const { modes, warned } = await modesOf(remedy, seed);
    runs.push(modes);
    console.log(`${name.padEnd(36)} seed ${seed}  ${modes.map(({ value }) => value).join(" ")}  collapsed at ${warned} of ${modes.length}`);
  }
  series.push({ name, points: runs[0].map(({ step }, i) => ({ step, value: runs.reduce((sum, run) => sum + run[i].value / runs.length, 0) })) });
}
await engine.dispose();
const [figure] = process.argv.slice(2);
if (figure) writeFileSync(figure, curvesSvg(series, { title: "Modes found of eight, mean of three seeds", label: "modes" }));
