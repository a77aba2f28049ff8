/** How fast training goes and how long it has to go, told often enough for a progress bar. */
import type { OnEvent } from "./events.js";

const TELL_MS = 200;
/** How long steps may follow each other before timers, signals and messages have their turn. */
const TURN_MS = 100;
/** Steps and time after which the first estimate is worth telling; the very first step is slower than the others. */
const ESTIMATE_STEPS = 10;
const ESTIMATE_MS = 1000;

export interface Pace {
  /** Counts a step; tells progress now and then, and lets timers and signals have their turn. */
  tick(step: number, epoch: number, loss: number): Promise<{ readonly imagesPerSecond: number }>;
  /** Does something that is not training, and does not count its time. */
  pause<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function pace({ steps, batchSize, from, onEvent }: { readonly steps: number; readonly batchSize: number; readonly from: number; readonly onEvent: OnEvent }): Pace {
  let begun = performance.now();
  let counted = from;
  let told = begun;
  let turned = begun;
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
      }
      if (now - turned >= TURN_MS) {
        await eventLoopTurn();
        turned = performance.now();
      }
      return { imagesPerSecond };
    },
    async pause(work) {
      const start = performance.now();
      const result = await work();
      begun += performance.now() - start;
      return result;
    },
  };
}

/**
 * Lets everything that has arrived be heard. A step that an engine computes synchronously leaves only microtasks between steps, and
 * nothing arrives in those. Twice: the first may be the rest of a turn under way, the second is a whole one.
 */
async function eventLoopTurn(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}
