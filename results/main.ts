/** npm run results: trains generative models for as many epochs each and scores their samples. What is done is kept, checkpoints of trainings too, so that it can be stopped and gone on with. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../src/cli/fail.js";
import { interruptible } from "../src/cli/interrupt.js";
import { optionalWholeNumber, wholeNumber } from "../src/cli/numbers.js";
import { scriptFlags } from "../src/cli/script-flags.js";
import { takeExamples } from "../src/data/batches.js";
import { suggest, UsageError } from "../src/errors.js";
import { evaluate, type Evaluation } from "../src/verbs/evaluate.js";
import { openTrained } from "../src/verbs/open.js";
import { loadData } from "../src/verbs/prepare.js";
import { writeWhole } from "../src/training/index.js";
import { samplesSvg, type PicturedRun } from "./picture.js";
import { rows, type Row } from "./rows.js";
import { trainedSeconds } from "./training.js";

const { values: flags } = scriptFlags({
  options: {
    rows: { type: "string", default: rows.map(({ id }) => id).join(",") },
    seeds: { type: "string", default: "42,1,2" },
    epochs: { type: "string", default: "10" },
    limit: { type: "string" },
    out: { type: "string", default: "runs/results" },
    threads: { type: "string" },
    figure: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const SPLIT = "book";
/** What is kept of a training: its scores, and how long it took. */
type Kept = Omit<Evaluation, "shown"> & { readonly seconds: number };

const epochsOf = ({ training }: Row): number => training?.epochs ?? wholeNumber("--epochs", flags.epochs, 1);
/** Where a training goes; its scores stand in a file beside it. */
const pathOf = (row: Row, seed: number): string => join(flags.out, `${row.id}-${epochsOf(row)}-epochs${flags.limit === undefined ? "" : `-of-${flags.limit}`}-seed-${seed}`);

await main().catch(fail);

async function main(): Promise<void> {
  if (flags.help) {
    console.log(`npm run results -- [--rows ${rows.map(({ id }) => id).join(",")}] [--seeds 42,1,2] [--epochs 10] [--limit 10000] [--out runs/results] [--threads 1] [--figure samples.svg]`);
    console.log("Trains each row with each seed on Fashion-MNIST and scores 10,000 samples; prints a table in Markdown. What --out holds already is not done again, and a training that was stopped is gone on with.");
    console.log("--figure also shows the first samples of each row's first seed, as SVG.");
    return;
  }
  const wanted = flags.rows.split(",");
  const unknown = wanted.find((id) => !rows.some((row) => row.id === id));
  if (unknown !== undefined) throw new UsageError(`There is no row "${unknown}"`, suggest(unknown, rows.map(({ id }) => id)));
  const seeds = flags.seeds.split(",").map((seed) => wholeNumber("--seeds", seed, 0));
  const screen = { notice: (line: string) => console.error(line), stop: () => undefined };
  await interruptible(screen, (signal) => run(rows.filter(({ id }) => wanted.includes(id)), seeds, signal));
}

async function run(chosen: readonly Row[], seeds: readonly number[], signal: AbortSignal): Promise<void> {
  await mkdir(flags.out, { recursive: true });
  const [lines, all, pictured]: [string[], Kept[], PicturedRun[]] = [[], [], []];
  for (const row of chosen) {
    const results: Kept[] = [];
    for (const seed of seeds) results.push(await resultOf(row, seed, signal));
    lines.push(lineOf(row.training?.epochs === undefined ? row.title : `${row.title}, ${row.training.epochs} epochs`, scoreSpreads(results, "draws"), String(Math.min(...results.map(({ seconds }) => seconds)))));
    console.error(lines.at(-1));
    all.push(...results);
    pictured.push({ title: row.title, path: pathOf(row, seeds[0]), epochs: epochsOf(row), scores: results[0].scores });
  }
  console.log("| model | FID | precision (%) | recall (%) | coverage (%) | classes missing | least share of a class (%) | as asked (%) | seconds, of the fastest seed |");
  console.log(`| --- |${" --- |".repeat(8)}`);
  for (const line of lines) console.log(line);
  console.log(lineOf("real test images", scoreSpreads(all, "floor"), ""));
  if (flags.figure === undefined) return;
  const { test } = await loadData({ data: "fashion-mnist", split: SPLIT });
  await writeFile(flags.figure, await samplesSvg(pictured, test));
}

/** The scores of one training, from the file where they are kept or from a training. */
async function resultOf(row: Row, seed: number, signal: AbortSignal): Promise<Kept> {
  const { id, model, options = {}, training } = row;
  const [epochs, limit, threads] = [epochsOf(row), optionalWholeNumber("--limit", flags.limit, 1), optionalWholeNumber("--threads", flags.threads, 1)];
  const out = pathOf(row, seed);
  const file = `${out}.json`;
  if (existsSync(file)) return JSON.parse(await readFile(file, "utf8")) as Kept;
  const seconds = await trainedSeconds({
    model, options, data: "fashion-mnist", split: SPLIT, limit, threads, out, signal,
    training: { ...training, epochs, seed },
    onEvent: (event) => event.event === "validation" && console.error(`${id}: seed ${seed}, epoch ${event.epoch}, ${Object.entries(event.validation).map(([name, value]) => `${name} ${value.toPrecision(4)}`).join(", ")}`),
  });
  const trained = await openTrained(out, { threads });
  try {
    const data = await loadData({ data: "fashion-mnist", split: SPLIT });
    const trainedOn = limit === undefined ? data.train : takeExamples(data.train, limit);
    const { shown: _, ...scores } = await evaluate(trained, { data, trainedOn, onProgress: (line) => console.error(line), signal });
    const kept: Kept = { ...scores, seconds: Math.round(seconds) };
    await writeWhole(file, `${JSON.stringify(kept, undefined, 2)}\n`);
    return kept;
  } finally {
    await trained.dispose();
  }
}

function lineOf(title: string, cells: readonly string[], seconds: string): string {
  return `| ${[title, ...cells, seconds].join(" | ")} |`;
}

/** Mean over the seeds, and the least and the greatest: of samples, or of the real test images that are the floor. */
function scoreSpreads(results: readonly Kept[], of: "draws" | "floor"): string[] {
  const spread = (values: readonly number[], digits: number): string => {
    if (values.length === 0) return "";
    const [mean, least, most] = [values.reduce((a, b) => a + b, 0) / values.length, Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
    return least === most ? mean : `${mean} (${least} to ${most})`;
  };
  const scores = (name: keyof Evaluation["scores"], digits: number, factor = 1): string =>
    spread(results.flatMap(({ scores: { [name]: score } }) => (score ? [factor * (of === "floor" ? score.floor : score.mean)] : [])), digits);
  const shares = results.flatMap(({ classes }) => (classes ? [100 * Math.min(...classes.map(({ samples, tests }) => (of === "floor" ? tests : samples)))] : []));
  return [scores("frechet", 1), scores("precision", 1, 100), scores("recall", 1, 100), scores("coverage", 1, 100), scores("missingClasses", 0), spread(shares, 1), scores("asAsked", 1, 100)];
}
