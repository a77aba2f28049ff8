/** The thread that `trainInWorker` and `resumeInWorker` start: one job, then it ends. */
import { parentPort } from "node:worker_threads";
import { conclude, type FromWorker, type Job, type ToWorker } from "./in-worker.js";
import { packError } from "./thread-errors.js";
import { resume, train, type TrainOutcome } from "./train.js";

const controller = new AbortController();
const { signal } = controller;
const tell = (message: FromWorker) => parentPort?.postMessage(message);

function work(job: Job): Promise<TrainOutcome> {
  const listeners = { signal, onEvent: (event) => tell({ tell: "event", event }), onProgress: (line) => tell({ tell: "progress", line }) } satisfies Parameters<typeof resume>[1];
  return job.do === "train" ? train({ ...job.request, ...listeners }) : resume(job.path, { ...job.request, ...listeners });
}

async function answer(job: Job): Promise<void> {
  try {
    tell({ tell: "done", report: await conclude(await work(job)) });
  } catch (error) {
    tell({ tell: "failed", error: packError(error), aborted: signal.aborted && error === signal.reason });
  } finally {
    // Nothing more to hear: the thread ends.
    parentPort?.close();
  }
}

parentPort?.on("message", (message: ToWorker) => {
  if (message.do === "abort") controller.abort();
  else void answer(message);
});
