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
  /** Exact PCA with codings of the same size, on the same images. */
  readonly pca?: { readonly codings: number; readonly error: number };
  /** Passes over the data of this stage. */
  readonly epochs: number;
  /** Of this stage, with its validations and checkpoints. */
  readonly seconds: number;
  readonly ms_per_step: number;
}

export interface ReproduceOptions {
  readonly seed: number;
  readonly engine?: string | undefined;
  /** Default: all cores. */
  readonly threads?: number | undefined;
  /** Gets a line for each validation. */
  readonly onLine: (line: string) => void;
  /** Error of exact PCA with so many codings. */
  readonly pcaError: (codings: number) => Promise<number>;
}

/** A validation: of which stage, when, and how fast the training before it was. */
interface Mark {
  readonly stage: string;
  readonly validation: Readonly<Record<string, number>>;
  readonly time: number;
  readonly msPerStep: number;
}

/** Results of the row's stages that the book has numbers for, the last one last. */
export async function reproduce(row: Row, { seed, engine, threads, onLine, pcaError }: ReproduceOptions): Promise<Result[]> {
  const { id, request } = row;
  const folder = await mkdtemp(join(tmpdir(), "morphogen-book-"));
  const start = performance.now();
  const marks: Mark[] = [];
  let [stage, msPerStep] = ["", NaN];
  try {
    const outcome = await train({
      ...request,
      data: "fashion-mnist",
      split: "book",
      engine,
      threads,
      training: { ...request.training, seed },
      out: join(folder, id),
      onProgress: (line) => console.error(line),
      onEvent(event) {
        if (event.event === "stage") stage = event.name;
        if (event.event === "step") msPerStep = (1000 * request.training.batchSize) / event.imagesPerSecond;
        if (event.event !== "validation") return;
        marks.push({ stage, validation: event.validation, time: performance.now(), msPerStep });
        onLine(`${id}: seed ${seed}, epoch ${event.epoch}, ${Object.entries(event.validation).map(([name, value]) => `${name} ${value.toFixed(5)}`).join(", ")}`);
      },
    });
    await outcome.dispose();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return Promise.all(
    resultsOf(row, seed, start, marks).map(async ({ codings, ...result }) => ({ ...result, ...(codings !== undefined && { pca: { codings, error: Number((await pcaError(codings)).toFixed(5)) } }) })),
  );
}

function resultsOf({ id, title, stages = {}, ...whole }: Row, seed: number, start: number, marks: readonly Mark[]): (Omit<Result, "pca"> & { readonly codings: number | undefined })[] {
  const ends = marks.filter(({ stage }, i) => marks[i + 1]?.stage !== stage);
  return ends.flatMap(({ stage, validation, time, msPerStep }, i) => {
    const isLast = i === ends.length - 1;
    const comparison = isLast ? whole : stages[stage];
    if (!comparison) return [];
    const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
    return [
      {
        id: isLast ? id : `${id}:${stage}`,
        title: isLast ? title : `${title}: ${stage} alone`,
        seed,
        val: rounded(comparison.value(validation), 5),
        book: comparison.book,
        codings: comparison.codings,
        epochs: marks.filter((mark) => mark.stage === stage).length,
        seconds: rounded((time - (ends[i - 1]?.time ?? start)) / 1000, 1),
        ms_per_step: rounded(msPerStep, 3),
      },
    ];
  });
}
