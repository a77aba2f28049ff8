/**
 * Training in a thread of its own. An engine may compute a step synchronously, for seconds; here the calling thread stays free
 * meanwhile, to draw, to answer signals, to serve.
 */
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { RunError } from "../errors.js";
import { abilityNames } from "../models/model.js";
import type { OnEvent, RunConfig, TrainingEvent, TrainingResult } from "../training/index.js";
import type { PcaOutcome } from "./pca-comparison.js";
import { unpackError, type PackedError } from "./thread-errors.js";
import type { ResumeRequest, TrainOutcome, TrainRequest } from "./train.js";

/** How training ended, without what lives in its thread only: the engine and the weights. `openTrained(path)` opens those. */
export interface TrainReport {
  readonly path: string;
  readonly config: RunConfig;
  readonly result: TrainingResult;
  /** What was written when it was done; empty when it was interrupted. */
  readonly files: readonly string[];
  /** What it reached beside PCA, where that is to be had in a few seconds. */
  readonly pca?: PcaOutcome | undefined;
  /** Names of what the model can do: "sample", "encode", ... */
  readonly abilities: readonly string[];
}

type Unclonable = "signal" | "onEvent" | "onProgress";
export type Job =
  | { readonly do: "train"; readonly request: Omit<TrainRequest, Unclonable> }
  | { readonly do: "resume"; readonly path: string; readonly request: Omit<ResumeRequest, Unclonable> };
export type ToWorker = Job | { readonly do: "abort" };
export type FromWorker =
  | { readonly tell: "event"; readonly event: TrainingEvent }
  | { readonly tell: "progress"; readonly line: string }
  | { readonly tell: "done"; readonly report: TrainReport }
  /** `aborted`: the error is only that the caller's signal cut something short. */
  | { readonly tell: "failed"; readonly error: PackedError; readonly aborted: boolean };

/**
 * `train` in a worker thread. Its signal stops it after the step under way however long a step takes, its events and lines
 * arrive while steps are computed, and its errors are those of `train`. A request that holds values instead of names, a Model,
 * an Engine or Splits, which cannot be sent to another thread or only as a copy, is trained in the calling thread.
 */
export async function trainInWorker(request: TrainRequest): Promise<TrainReport> {
  const { signal, onEvent, onProgress, ...rest } = request;
  if (typeof rest.model === "string" && typeof rest.data === "string" && typeof rest.engine !== "object") return inWorker({ do: "train", request: rest }, { signal, onEvent, onProgress });
  const { train } = await import("./train.js");
  return conclude(await train(request));
}

/** `resume` in a worker thread, as `trainInWorker` does it. */
export async function resumeInWorker(path: string, request: ResumeRequest = {}): Promise<TrainReport> {
  const { signal, onEvent, onProgress, ...rest } = request;
  if (!rest.model && !rest.data && typeof rest.engine !== "object") return inWorker({ do: "resume", path, request: rest }, { signal, onEvent, onProgress });
  const { resume } = await import("./train.js");
  return conclude(await resume(path, request));
}

/** Frees the engine and keeps what can be told of the outcome. */
export async function conclude({ path, config, result, files, pca, built, dispose }: TrainOutcome): Promise<TrainReport> {
  await dispose();
  return { path, config, result, files, pca, abilities: abilityNames(built) };
}

interface Listeners {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** Where the thread begins: the compiled file beside this one. Run from source, by tsx, each thread must be told how to read TypeScript. */
function workerEntry(): URL {
  const file = new URL(`./training-worker${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  if (extname(file.pathname) === ".js") return file;
  const code = `import { register } from ${JSON.stringify(import.meta.resolve("tsx/esm/api"))}; register(); await import(${JSON.stringify(file.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

async function inWorker(job: Job, { signal, onEvent, onProgress }: Listeners): Promise<TrainReport> {
  const worker = new Worker(workerEntry());
  const send = (message: ToWorker) => worker.postMessage(message);
  const abort = () => send({ do: "abort" });
  let run: string | undefined;
  /** What was heard of the end; the first counts. */
  const ends: (() => TrainReport)[] = [];
  const failWith = (error: unknown) =>
    ends.push(() => {
      throw error;
    });

  function hear(message: FromWorker): void {
    switch (message.tell) {
      case "event":
        if (message.event.event === "started") run = message.event.run;
        return onEvent?.(message.event);
      case "progress":
        return onProgress?.(message.line);
      case "done":
        return void ends.push(() => message.report);
      case "failed":
        return void failWith(message.aborted ? signal?.reason : unpackError(message.error));
    }
  }

  worker.on("message", (message: FromWorker) => {
    try {
      hear(message);
    } catch (error) {
      // A listener's error fails the training, as it does in the calling thread.
      failWith(error);
      abort();
    }
  });
  worker.on("error", (error) => failWith(died(error.message, run)));
  // Not before the thread has ended: then all that it held is free.
  const ended = new Promise<number>((resolve) => worker.on("exit", resolve));
  try {
    send(job);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    const code = await ended;
    const [end = () => { throw died(`its thread ended with code ${code}`, run); }] = ends;
    return end();
  } finally {
    signal?.removeEventListener("abort", abort);
    // Still running only where the job could not be sent: its options hold something that cannot be cloned.
    await worker.terminate();
  }
}

const died = (why: string, run: string | undefined): RunError =>
  new RunError(`Training ended unexpectedly: ${why}`, run === undefined ? undefined : `Go on from its newest checkpoint: morphogen resume ${run}`);
