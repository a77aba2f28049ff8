/** Where training shows itself: a bar that moves below the lines in a terminal; now and then a line elsewhere. */
import cliProgress, { type GenericFormatter } from "cli-progress";
import { formatSeconds } from "./print.js";

export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

export interface Display {
  /** Training has begun: what is shown moves from here on, however long a step takes. */
  begin(step: number, steps: number): void;
  /** Prints a line, above the bar if there is one. */
  line(text: string): void;
  /** A line about the command itself, not about training: to standard error where there is no bar. */
  notice(text: string): void;
  progress(at: Progress): void;
  stop(): void;
}

export const formatNumber = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(1) : value.toPrecision(4));

const facts = ({ loss, imagesPerSecond, secondsLeft }: Progress) => ({
  loss: formatNumber(loss),
  rate: Math.round(imagesPerSecond).toLocaleString("en"),
  left: formatSeconds(secondsLeft),
});

const REDRAWS_PER_SECOND = 4;
const SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/** What the bar shows between two steps: how far training was, and when that was. */
interface Shown {
  readonly since: number;
  readonly at: Progress | undefined;
}

/** Drawn anew at every redraw, so that the spinner and the time go on while a step is computed. */
const drawBar: GenericFormatter = (options, { progress, value, total, startTime }, { since, at }: Shown) => {
  const now = Date.now();
  const spinner = SPINNER[Math.floor((now * REDRAWS_PER_SECOND) / 1000) % SPINNER.length];
  const start = `${spinner} ${cliProgress.Format.BarFormat(progress, options)} ${Math.floor(progress * 100)}%  step ${value}/${total}`;
  const elapsed = formatSeconds((now - startTime) / 1000);
  if (!at) return `${start}  ${elapsed}`;
  // After one step there is no rate yet.
  if (at.imagesPerSecond === 0) return `${start}  loss ${formatNumber(at.loss)}  ${elapsed}`;
  const { loss, rate, left } = facts({ ...at, secondsLeft: at.secondsLeft - (now - since) / 1000 });
  return `${start}  loss ${loss}  ${rate} images/s  ${left} left`;
};

/** For a terminal. */
function bars(): Display {
  // Ctrl-C is interrupt.ts's: the bar stays until the step under way is done.
  const all = new cliProgress.MultiBar({ format: drawBar, barsize: 20, fps: REDRAWS_PER_SECOND, hideCursor: true, clearOnComplete: true, gracefulExit: false, stream: process.stdout }, cliProgress.Presets.shades_classic);
  let bar: ReturnType<typeof all.create> | undefined;
  const above = (text: string) => {
    all.log(`${text}\n`);
    all.update();
  };
  const shown = (at?: Progress): Shown => ({ since: Date.now(), at });
  return {
    begin: (step, steps) => void (bar = all.create(steps, step, shown())),
    line: (text) => (bar ? above(text) : console.log(text)),
    notice: (text) => (bar ? above(text) : console.error(text)),
    progress: (at) => bar?.update(at.step, shown(at)),
    stop() {
      if (bar) all.stop();
      bar = undefined;
    },
  };
}

const PLAIN_EVERY_MS = 15_000;

/** For a file or a pipe. */
function plain(): Display {
  let told = performance.now();
  return {
    begin: () => undefined,
    line: (text) => console.log(text),
    notice: (text) => console.error(text),
    progress(at) {
      if (performance.now() - told < PLAIN_EVERY_MS) return;
      told = performance.now();
      const { loss, rate, left } = facts(at);
      console.log(`step ${at.step} of ${at.steps}  loss ${loss}  ${rate} images/s  ${left} left`);
    },
    stop: () => undefined,
  };
}

export const display = (): Display => (process.stdout.isTTY ? bars() : plain());
