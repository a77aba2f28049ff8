/** npm run book: trains the chapter's models on its data and prints our numbers beside the book's. */
import { fail } from "../src/cli/fail.js";
import { optionalWholeNumber, wholeNumber } from "../src/cli/numbers.js";
import { printTable } from "../src/cli/print.js";
import { scriptFlags } from "../src/cli/script-flags.js";
import { suggest, UsageError } from "../src/errors.js";
import { pcaErrors } from "./pca.js";
import { reproduce, type Result } from "./reproduce.js";
import { rows, type Row } from "./rows.js";

const { values: flags } = scriptFlags({
  options: {
    rows: { type: "string", multiple: true, default: [] },
    engine: { type: "string" },
    threads: { type: "string" },
    seeds: { type: "string", default: "42" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const families = [...new Set(rows.map(({ family }) => `all-${family}`))];
const names = ["all", ...families, ...rows.map(({ id }) => id)];
const isNamed = ({ id, family }: Row, name: string): boolean => name === "all" || name === id || name === `all-${family}`;

await main().catch(fail);

async function main(): Promise<void> {
  if (flags.help) {
    console.log(`npm run book -- [--rows ${names.join(",")}] [--engine onnx] [--threads 1] [--seeds 42,1,2] [--json]`);
    console.log("Trains each row as the book does and prints the validation value after the last epoch; val should be at most book.");
    return;
  }
  const wanted = flags.rows.flatMap((text) => text.split(","));
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`There is no row "${unknown}"`, suggest(unknown, names));
  const seeds = flags.seeds.split(",").map((seed) => wholeNumber("--seeds", seed, 0));
  await run(rows.filter((row) => wanted.length === 0 || wanted.some((name) => isNamed(row, name))), seeds);
}

async function run(chosen: readonly Row[], seeds: readonly number[]): Promise<void> {
  const results: Result[] = [];
  const threads = optionalWholeNumber("--threads", flags.threads, 1);
  const pcaError = pcaErrors(flags.engine);
  for (const row of chosen)
    for (const seed of seeds) {
      const outcomes = await reproduce(row, { seed, engine: flags.engine, threads, pcaError, onLine: flags.json ? () => undefined : console.log });
      if (flags.json) for (const result of outcomes) console.log(JSON.stringify(result));
      results.push(...outcomes);
    }
  if (!flags.json) show(results);
}

/** One line for each result: a value at most the book's has a ratio of at most 1. */
function show(results: readonly Result[]): void {
  const figures = results.map(({ val, book, pca, seed, epochs, seconds, ms_per_step: ms, id }) => [
    val.toFixed(5), String(book), (val / book).toFixed(3), pca ? `${pca.error.toFixed(5)} (${pca.codings})` : "", String(seed), String(epochs), seconds.toFixed(0), ms.toFixed(2), id,
  ]);
  console.log("");
  printTable([["val", "book", "ratio", "PCA (codings)", "seed", "epochs", "seconds", "ms/step", "row"], ...figures], 8);
  console.log("");
  for (const [id, title] of new Map(results.map(({ id, title }) => [id, title]))) console.log(`${id}: ${title}`);
}
