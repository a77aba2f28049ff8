/** What the commands that sample a diffusion model share: its settings, and how far it is. */
import cliProgress from "cli-progress";
import { UsageError } from "../errors.js";
import type { TrainedRun } from "../verbs/open.js";
import { diffusionSettings, type DiffusionFlags } from "./diffusion-options.js";
import { formatSeconds } from "./print.js";
import { withRun, type RunFlags } from "./run-command.js";

/** Like `withRun`, with the settings that the flags give, and a bar while a diffusion model samples. A UsageError for such flags with another model. */
export const withDiffusionRun = (path: string, flags: RunFlags & DiffusionFlags, work: (trained: TrainedRun) => Promise<void>): Promise<void> =>
  withRun(path, flags, async (trained) => {
    const settings = diffusionSettings(flags, trained.built.diffusion?.jumps !== undefined);
    if (!trained.built.diffusion) {
      if (settings) throw new UsageError(`"${trained.model.name}" is no diffusion model: there is no sampler to choose`, "Leave out the options of diffusion models (--help).");
      return work(trained);
    }
    const progress = samplingProgress();
    try {
      await work({ ...trained, sampling: { ...settings, onStep: progress.onStep } });
    } finally {
      progress.stop();
    }
  });

const PLAIN_EVERY_MS = 15_000;

/** A bar on standard error that is gone when sampling is done, and leaves the terminal as it was when Ctrl-C ends it; now and then a line where that is no terminal. */
function samplingProgress(): { readonly onStep: (done: number, steps: number) => void; readonly stop: () => void } {
  if (!process.stderr.isTTY) {
    let [begun, told] = [0, 0];
    return {
      onStep(done, steps) {
        const now = performance.now();
        if (done === 1) [begun, told] = [now, now];
        if (now - told < PLAIN_EVERY_MS) return;
        told = now;
        console.error(`sampling step ${done} of ${steps}  ${formatSeconds(((now - begun) / 1000 / (done - 1)) * (steps - done))} left`);
      },
      stop: () => undefined,
    };
  }
  const bar = new cliProgress.SingleBar({ format: "{bar} {percentage}%  sampling step {value}/{total}  {eta_formatted} left", barsize: 20, clearOnComplete: true, linewrap: true }, cliProgress.Presets.shades_classic);
  return {
    onStep(done, steps) {
      if (done === 1) bar.start(steps, done);
      else bar.update(done);
      if (done === steps) bar.stop();
    },
    stop: () => bar.stop(),
  };
}
