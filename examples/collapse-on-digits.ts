/**
 * Digits on which a GAN collapses, and what helps: of how many of the ten there are samples after each epoch, for each remedy and three seeds, with a "!" where the validation tells of a
 * collapse. The cause is a discriminator that learns at a fiftieth of the generator's rate. The figure has samples of the first seed.
 *
 *   npx tsx examples/collapse-on-digits.ts [figure.png]
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findModel, labelledGridSvg, rastersOf, sample, svgToPng, train, type LabelledRow } from "morphogen";
import { telling } from "./told.js";

const collapsing = { channels: [16, 32], style: "paper", discriminatorRate: 0.02 };
const training = { epochs: 6, watchClasses: true, optimizer: { name: "adam", learningRate: 2e-3, beta1: 0.5 } } as const;
const remedies: Readonly<Record<string, object>> = {
  nothing: {},
  "--minibatch discrimination": { minibatch: "discrimination" },
  "--replay 1000": { replay: 1000 },
  "--minibatch standard-deviation": { minibatch: "standard-deviation" },
  "--penalty r1 --penalty-weight 0.1": { penalty: "r1", penaltyWeight: 0.1 },
};
const seeds = [1, 2, 3];

/** What the validations of a run say, and samples of it. */
async function trained(remedy: object, seed: number) {
  const out = await mkdtemp(join(tmpdir(), "collapse-"));
  const [told, validations]: [boolean[], Readonly<Record<string, number>>[]] = [[], []];
  const run = await train({
    model: telling(findModel("dcgan"), told),
    options: { ...collapsing, ...remedy },
    training: { ...training, seed },
    data: "mnist",
    limit: 10_000,
    threads: 1,
    out: join(out, "run"),
    onEvent: (event) => event.event === "validation" && validations.push(event.validation),
  });
  const samples = rastersOf(await sample(run, { count: 12 }), { shape: [1, 28, 28], range: run.model.accepts.range });
  await run.dispose();
  await rm(out, { recursive: true });
  return { told, validations, samples };
}

const rows: LabelledRow[] = [];
for (const [name, remedy] of Object.entries(remedies))
  for (const seed of seeds) {
    const { told, validations, samples } = await trained(remedy, seed);
    const { leastClassShare, coverage, sampleVariance, dataVariance } = validations.at(-1)!;
    const found = validations.map(({ classesFound }, i) => `${classesFound}${told[i] ? "!" : ""}`);
    const ending = `least ${(100 * leastClassShare).toFixed(1)}%, coverage ${coverage.toFixed(2)}, variance ${(sampleVariance / dataVariance).toFixed(2)} of the data's`;
    console.log(`${name.padEnd(36)} seed ${seed}  ${found.join(" ")}  ${ending}`);
    if (seed === seeds[0]) rows.push({ label: name, images: samples.map((raster) => ({ raster })) });
  }
const [figure] = process.argv.slice(2);
if (figure) await writeFile(figure, await svgToPng(labelledGridSvg(rows, { title: `Samples of a GAN after ${training.epochs} epochs` })));
