/** One training of the table, which can be stopped and gone on with: at its last checkpoint, and with the seconds that it has taken until then. */
import { existsSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../src/errors.js";
import { checkpointSteps, type TrainingEvent } from "../src/training/index.js";
import { resume, train, type TrainRequest } from "../src/verbs/train.js";

const spent = z.object({ seconds: z.number(), finished: z.boolean() });
type Spent = z.output<typeof spent>;

/**
 * Trains into the run folder `out`, or goes on with what is there, and says how many seconds the training took in all, data and figures included: of one that was stopped, those
 * until the checkpoint that was gone on from, and those since. What is there whole is not trained again. Throws the signal's reason when that stops it.
 */
export async function trainedSeconds({ out, signal, onEvent, ...request }: TrainRequest & { readonly out: string }): Promise<number> {
  const file = join(out, "seconds.json");
  const before = await spentUntilNow(out, file);
  if (before.finished) return before.seconds;
  const start = performance.now();
  const keep = (finished: boolean): number => {
    const seconds = before.seconds + (performance.now() - start) / 1000;
    writeFileSync(file, `${JSON.stringify({ seconds, finished })}\n`);
    return seconds;
  };
  const told = {
    signal,
    onEvent(event: TrainingEvent) {
      if (event.event === "checkpoint") keep(false);
      onEvent?.(event);
    },
  };
  const { engine, threads, onProgress } = request;
  const outcome = existsSync(join(out, "config.json")) ? await resume(out, { engine, threads, onProgress, ...told }) : await train({ ...request, out, ...told });
  await outcome.dispose();
  if (outcome.result.status === "interrupted") signal?.throwIfAborted();
  return keep(true);
}

async function spentUntilNow(out: string, file: string): Promise<Spent> {
  if (existsSync(file)) return spent.parse(JSON.parse(await readFile(file, "utf8")));
  if ((await checkpointSteps(out)).length > 0) throw new UsageError(`How long the training in ${out} took is not known: ${file} is not there`, "Remove the folder, and it is trained anew.");
  return { seconds: 0, finished: false };
}
