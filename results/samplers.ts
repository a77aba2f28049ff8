/** npm run samplers: how good and how fast the samplers are on one trained diffusion model, as a table in Markdown. What is done is kept, so that it can be stopped and gone on with. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../src/cli/fail.js";
import { numberFromZero, optionalWholeNumber, wholeNumber } from "../src/cli/numbers.js";
import { scriptFlags } from "../src/cli/script-flags.js";
import { UsageError } from "../src/errors.js";
import { sample } from "../src/verbs/abilities.js";
import type { DiffusionSettings } from "../src/verbs/diffusion.js";
import { findSampler } from "../src/samplers/index.js";
import { evaluate } from "../src/verbs/evaluate.js";
import { openTrained, type TrainedRun } from "../src/verbs/open.js";
import { dataOf, loadData } from "../src/verbs/prepare.js";
import type { Splits } from "../src/data/dataset.js";

const { values: flags, positionals: [path] } = scriptFlags({
  allowPositionals: true,
  options: { samples: { type: "string", default: "2000" }, guidance: { type: "string", default: "1" }, threads: { type: "string" }, only: { type: "string" }, help: { type: "boolean", default: false } },
});

const rows: readonly Pick<DiffusionSettings, "sampler" | "steps" | "samplerOptions">[] = [
  { sampler: "ddim", steps: 50 }, { sampler: "ddim", steps: 20 }, { sampler: "ddim", steps: 50, samplerOptions: { eta: 1 } },
  { sampler: "euler", steps: 20 }, { sampler: "heun", steps: 10 }, { sampler: "heun", steps: 20 },
  { sampler: "dpm-solver", steps: 10 }, { sampler: "dpm-solver", steps: 15 }, { sampler: "dpm-solver", steps: 20 },
  { sampler: "unipc", steps: 10 }, { sampler: "unipc", steps: 15 },
  { sampler: "ddpm", steps: 100 }, { sampler: "ddpm", steps: 1000 },
];

/** Images whose sampling is timed. */
const TIMED = 64;

type Diffusion = (typeof rows)[number] & Pick<DiffusionSettings, "guidance">;
interface Scored {
  readonly frechet: number;
  readonly precision: number;
  readonly recall: number;
  readonly asAsked?: number;
}
/** What is known of a row so far. */
interface Kept {
  msPerImage?: number;
  scored?: Scored;
}

/** Milliseconds for an image: of all steps as of those after the first, which also compiles and is slow once. */
async function timed(trained: TrainedRun, sampling: Diffusion): Promise<number> {
  const ends: number[] = [];
  await sample(trained, { count: TIMED, diffusion: { ...sampling, onStep: () => void ends.push(performance.now()) } });
  return (((ends[ends.length - 1] - ends[0]) / (ends.length - 1)) * ends.length) / TIMED;
}

async function scored(trained: TrainedRun, data: Splits, sampling: Diffusion, samples: number): Promise<Scored> {
  const { scores } = await evaluate({ ...trained, sampling }, { data, samples, draws: 1, onProgress: (line) => console.error(line) });
  const { frechet, precision, recall, asAsked } = scores;
  return { frechet: frechet!.mean, precision: precision!.mean, recall: recall!.mean, ...(asAsked && { asAsked: asAsked.mean }) };
}

/** Of the network, for an image without guidance: the last level is denoised by itself. */
const evaluationsOf = ({ sampler = "", steps = 0 }: Diffusion): number => (steps - 1) * findSampler(sampler).evaluations + 1;

/** All rows are timed before the first is scored, so that a quiet machine is wanted for minutes alone. */
async function main(): Promise<void> {
  const usage = "npm run samplers -- RUN [--samples 2000] [--guidance 1] [--only dpm-solver,unipc] [--threads 1]";
  if (flags.help) return console.log(`${usage}\nTimes the samplers on a trained diffusion model and scores their samples; prints a table in Markdown. What the run's folder holds already is not done again.`);
  if (path === undefined) throw new UsageError("No run was named", usage);
  const [samples, guidance, only] = [wholeNumber("--samples", flags.samples, 1), numberFromZero("--guidance", flags.guidance), flags.only?.split(",")];
  for (const name of only ?? []) findSampler(name);
  const trained = await openTrained(path, { threads: optionalWholeNumber("--threads", flags.threads, 1) });
  const { limit: _, ...request } = dataOf(trained.config);
  const data = await loadData(request);
  const file = join(path, `samplers-${samples}-guidance-${guidance}-threads-${trained.engine.threads}.json`);
  const kept = existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as Record<string, Kept>) : {};
  const keep = () => writeFile(file, `${JSON.stringify(kept, undefined, 2)}\n`);
  const chosen = rows.filter(({ sampler = "" }) => only === undefined || only.includes(sampler)).map((row) => {
    const name = `${row.sampler}${Object.entries(row.samplerOptions ?? {}).map(([option, value]) => `, ${option} ${String(value)}`).join("")}`;
    return { name, sampling: { ...row, guidance }, known: (kept[`${name}, ${row.steps} steps`] ??= {}) };
  });
  for (const { known, sampling } of chosen) {
    known.msPerImage ??= await timed(trained, sampling);
    await keep();
  }
  console.log("| sampler | steps | evaluations | ms for an image | FID | precision (%) | recall (%) | as asked (%) |");
  console.log(`|${" --- |".repeat(8)}`);
  for (const { name, known, sampling } of chosen) {
    known.scored ??= await scored(trained, data, sampling, samples);
    await keep();
    const { msPerImage = NaN, scored: { frechet, precision, recall, asAsked } } = known;
    const percent = (share: number): string => (100 * share).toFixed(1);
    console.log(`| ${[name, sampling.steps, evaluationsOf(sampling), msPerImage.toFixed(msPerImage < 10 ? 1 : 0), frechet.toFixed(2), percent(precision), percent(recall), asAsked === undefined ? "" : percent(asAsked)].join(" | ")} |`);
  }
  await trained.dispose();
}

await main().catch(fail);
