/** One of the chapter's experiments: trained into a folder that is thrown away, and measured. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { train } from "../src/verbs/train.js";
import type { Row } from "./rows.js";

/** A number of the book and ours. The fields are named as scripts read them. */
export interface Result {
  /** The row, and behind a colon the stage when it is not the last. */
  readonly id: string;
  readonly title: string;
  readonly seed: number;
  readonly val: number;
  readonly book: number;
  /** Passes over the data of this stage. */
  readonly epochs: number;
  /** Of this stage, with its validations and checkpoints. */
  readonly seconds: number;
  readonly ms_per_step: number;
}

export interface ReproduceOptions {
  readonly seed: number;
  readonly engine?: string | undefined;
  /** Gets a line for each validation. */
  readonly onLine: (line: string) => void;
}

/** A stage's validations, and when it ended. */
interface Measured {
  readonly validations: Readonly<Record<string, number>>[];
  ended: number;
  msPerStep: number;
}

const newStage = (): Measured => ({ validations: [], ended: NaN, msPerStep: NaN });

/** The row's stages that the book has numbers for, the last one last. */
export async function reproduce(row: Row, { seed, engine, onLine }: ReproduceOptions): Promise<Result[]> {
  const { id, title, request, stages = {} } = row;
  const folder = await mkdtemp(join(tmpdir(), "morphogen-book-"));
  const measured = new Map<string, Measured>();
  const start = performance.now();
  let current = newStage();
  measured.set("", current);
  try {
    const outcome = await train({
      ...request,
      data: "fashion-mnist",
      split: "book",
      engine,
      training: { ...request.training, seed },
      out: join(folder, id),
      onProgress: (line) => console.error(line),
      onEvent(event) {
        if (event.event === "stage") measured.set(event.name, (current = newStage()));
        if (event.event === "step") current.msPerStep = (1000 * request.training.batchSize) / event.imagesPerSecond;
        if (event.event !== "validation") return;
        current.validations.push(event.validation);
        current.ended = performance.now();
        onLine(`${id}: seed ${seed}, epoch ${event.epoch}, ${Object.entries(event.validation).map(([name, value]) => `${name} ${value.toFixed(5)}`).join(", ")}`);
      },
    });
    await outcome.dispose();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const all = [...measured].filter(([, { validations }]) => validations.length > 0);
  return all.flatMap(([name, { validations, ended, msPerStep }], i) => {
    const isLast = i === all.length - 1;
    const comparison = isLast ? row : stages[name];
    if (!comparison) return [];
    const began = i === 0 ? start : all[i - 1][1].ended;
    const val = Number(comparison.value(validations.at(-1)!).toFixed(5));
    const seconds = Number(((ended - began) / 1000).toFixed(1));
    return [{ id: isLast ? id : `${id}:${name}`, title: isLast ? title : `${title}: ${name} alone`, seed, val, book: comparison.book, epochs: validations.length, seconds, ms_per_step: Number(msPerStep.toFixed(3)) }];
  });
}
