/** npm run book: trains the chapter's models on its data and prints our number beside the book's. */
import { parseArgs } from "node:util";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { train } from "../src/verbs/train.js";
import { rows, type Row } from "./rows.js";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", multiple: true, default: [] },
    engine: { type: "string" },
    seed: { type: "string", default: "42" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (flags.help) {
  console.log(`npm run book -- [--rows ${rows.map(({ id }) => id).join(",")}] [--engine onnx] [--seed 42] [--json]`);
  console.log("Trains each row as the book does and prints the validation value after the last epoch; val should be at most book.");
} else {
  const wanted = flags.rows.flatMap((text) => text.split(","));
  const unknown = wanted.find((id) => !rows.some((row) => row.id === id));
  if (unknown !== undefined) {
    console.error(`There is no row "${unknown}"; there are: ${rows.map(({ id }) => id).join(", ")}.`);
    process.exitCode = 2;
  } else for (const row of rows.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) await reproduce(row);
}

async function reproduce({ id, title, book, request, value }: Row): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "morphogen-book-"));
  const stepTimes: number[] = [];
  const validations: number[] = [];
  const { batchSize, epochs } = request.training;
  try {
    const outcome = await train({
      ...request,
      data: "fashion-mnist",
      split: "book",
      engine: flags.engine,
      training: { ...request.training, seed: Number(flags.seed) },
      out: join(folder, id),
      onProgress: (line) => console.error(line),
      onEvent(event) {
        if (event.event === "step") stepTimes.push((1000 * batchSize) / event.imagesPerSecond);
        if (event.event !== "validation") return;
        validations.push(value(event.validation));
        if (!flags.json) console.log(`${id}: epoch ${event.epoch} of ${epochs}, val ${validations.at(-1)!.toFixed(5)}`);
      },
    });
    await outcome.dispose();
    const val = Number(validations.at(-1)!.toFixed(5));
    const msPerStep = Number(stepTimes.at(-1)!.toFixed(3));
    if (flags.json) console.log(JSON.stringify({ id, val, book, epochs, ms_per_step: msPerStep }));
    else console.log(`${title}: val ${val}, the book's ${book} (${val <= book ? "reached" : "not reached"}); ${epochs} epochs, ${msPerStep} ms a step`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
