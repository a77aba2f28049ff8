/** Where training shows itself: a bar that moves below the lines in a terminal; now and then a line elsewhere. */
import { MultiBar, Presets } from "cli-progress";
import { formatSeconds } from "./print.js";

export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

export interface Display {
  /** Prints a line, above the bar if there is one. */
  line(text: string): void;
  progress(at: Progress): void;
  stop(): void;
}

export const formatNumber = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(1) : value.toPrecision(4));

const facts = ({ loss, imagesPerSecond, secondsLeft }: Progress) => ({
  loss: formatNumber(loss),
  rate: Math.round(imagesPerSecond).toLocaleString("en"),
  left: formatSeconds(secondsLeft),
});

/** For a terminal. */
function bars(): Display {
  const all = new MultiBar(
    { format: "{bar} {percentage}%  step {value}/{total}  loss {loss}  {rate} images/s  {left} left", barsize: 24, hideCursor: true, clearOnComplete: true, stream: process.stdout },
    Presets.shades_classic,
  );
  let bar: ReturnType<typeof all.create> | undefined;
  return {
    line: (text) => (bar ? all.log(`${text}\n`) : console.log(text)),
    progress(at) {
      bar ??= all.create(at.steps, at.step, facts(at));
      bar.update(at.step, facts(at));
    },
    stop: () => all.stop(),
  };
}

const PLAIN_EVERY_MS = 15_000;

/** For a file or a pipe. */
function plain(): Display {
  let told = performance.now();
  return {
    line: (text) => console.log(text),
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
