/** How fast training goes and how long it has to go, told often enough for a progress bar. */
import type { OnEvent } from "./events.js";

const TELL_MS = 200;
/** Steps and time after which the first estimate is worth telling; the very first step is slower than the others. */
const ESTIMATE_STEPS = 10;
const ESTIMATE_MS = 1000;

export interface Pace {
  /** Counts a step; tells progress now and then, and lets timers and signals have their turn. */
  tick(step: number, epoch: number, loss: number): Promise<{ readonly imagesPerSecond: number }>;
  /** Does something that is not training, and does not count its time. */
  pause(work: () => Promise<void>): Promise<void>;
}

export function pace({ steps, batchSize, from, onEvent }: { readonly steps: number; readonly batchSize: number; readonly from: number; readonly onEvent: OnEvent }): Pace {
  let begun = performance.now();
  let counted = from;
  let told = begun;
  let estimated = false;
  let imagesPerSecond = 0;

  return {
    async tick(step, epoch, loss) {
      const now = performance.now();
      // The first step warms caches and memory up; time counts from its end.
      if (step === from + 1) [begun, counted] = [now, step];
      else imagesPerSecond = ((step - counted) * batchSize * 1000) / (now - begun);
      const secondsLeft = imagesPerSecond > 0 ? ((steps - step) * batchSize) / imagesPerSecond : 0;
      if (!estimated && step - from > ESTIMATE_STEPS && now - begun > ESTIMATE_MS) {
        estimated = true;
        onEvent({ event: "estimate", seconds: secondsLeft });
      }
      if (now - told >= TELL_MS || step === steps) {
        told = now;
        onEvent({ event: "progress", step, steps, epoch, loss, imagesPerSecond, secondsLeft });
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { imagesPerSecond };
    },
    async pause(work) {
      const start = performance.now();
      await work();
      begun += performance.now() - start;
    },
  };
}
