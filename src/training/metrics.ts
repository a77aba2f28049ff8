/** metrics.jsonl: one line for each logged step and each validation. */
import { closeSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { asRunError, writeWhole } from "./files.js";

const fileOf = (runPath: string): string => join(runPath, "metrics.jsonl");

/** metrics.jsonl, open for more lines. */
export interface MetricsLog {
  append(line: Readonly<Record<string, unknown>>): void;
  /** Brings all lines to the file; called before a checkpoint says that its steps are done. */
  flush(): void;
  close(): void;
}

/** Lines wait no longer than this to be written: a write costs a tenth of a small training step. */
const FLUSH_MS = 250;

/** Opens metrics.jsonl at its end. */
export function openMetrics(runPath: string): MetricsLog {
  const path = fileOf(runPath);
  const file = openSync(path, "a");
  let waiting = "";
  let written = performance.now();
  const flush = () => {
    const text = waiting;
    waiting = "";
    written = performance.now();
    try {
      if (text) writeSync(file, text);
    } catch (error) {
      throw asRunError(error, path);
    }
  };
  return {
    append(line) {
      waiting += `${JSON.stringify(line)}\n`;
      if (performance.now() - written > FLUSH_MS) flush();
    },
    flush,
    close() {
      try {
        flush();
      } finally {
        closeSync(file);
      }
    },
  };
}

/** Beside what is named, the metrics of a training step. */
export interface MetricsLine extends Readonly<Record<string, unknown>> {
  readonly step: number;
  readonly epoch: number;
  readonly loss?: number;
  readonly validation?: Readonly<Record<string, number>>;
  /** Lists that belong to a validation: the KL term of each coding. */
  readonly details?: Readonly<Record<string, readonly number[]>>;
}

/** The lines of metrics.jsonl; one that a crash cut off is passed over. */
export async function readMetrics(runPath: string): Promise<MetricsLine[]> {
  const text = await readFile(fileOf(runPath), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      return line ? [JSON.parse(line) as MetricsLine] : [];
    } catch {
      return [];
    }
  });
}

/** Drops the lines after `step`, which a resumed run will write again. */
export async function truncateMetrics(runPath: string, step: number): Promise<void> {
  const kept = (await readMetrics(runPath)).filter((line) => line.step <= step);
  await writeWhole(fileOf(runPath), kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
}
