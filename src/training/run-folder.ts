/** `runs/<id>/`: plain files that people and other tools can read. */
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { RunError, UsageError } from "../errors.js";
import { asRunError, writeWhole } from "./files.js";
import { lockFolder } from "./lock.js";

/** A run that this process holds. */
export interface Run {
  readonly path: string;
  readonly config: RunConfig;
  /** Lets other processes have the folder. */
  readonly release: () => Promise<void>;
}

/** The content of config.json: everything needed to repeat the run. */
export interface RunConfig {
  readonly format: 1;
  readonly model: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly data: Readonly<Record<string, unknown>>;
  readonly training: Readonly<Record<string, unknown>>;
  readonly engine: { readonly name: string; readonly version: string; readonly threads: number };
  readonly versions: Readonly<Record<string, string>>;
}

const ID = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** Makes and takes a new run folder: at `path` when given, else `root`/<model>-<next free number>. */
export async function createRun(config: RunConfig, { root = "runs", path }: { readonly root?: string; readonly path?: string | undefined } = {}): Promise<Run> {
  const folder = path === undefined ? await claimNext(root, config.model.name) : await claim(path);
  const release = await lockFolder(folder);
  await mkdir(join(folder, "checkpoints"), { recursive: true });
  await mkdir(join(folder, "figures"), { recursive: true });
  await writeWhole(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  return { path: folder, config, release };
}

async function claim(path: string): Promise<string> {
  if (!ID.test(basename(resolve(path)))) throw new UsageError(`"${basename(path)}" cannot name a run`, "Use letters, digits, dots, dashes and underscores, 64 at most.");
  await mkdir(dirname(resolve(path)), { recursive: true });
  const existed = await mkdir(path).then(() => false, (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? true : Promise.reject(error)));
  if (existed && (await readdir(path)).length > 0) throw new UsageError(`${path} exists and is not empty`, `Name another folder with --out, or go on with: morphogen resume ${path}`);
  return path;
}

/** mkdir is atomic: of two processes that want the same number, one gets it and the other the next. */
async function claimNext(root: string, name: string): Promise<string> {
  await mkdir(root, { recursive: true });
  for (let number = 1; ; number++) {
    const path = join(root, `${name}-${number}`);
    const made = await mkdir(path).then(() => true, (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? false : Promise.reject(error)));
    if (made) return path;
  }
}

/** Takes an existing run, so that it can be resumed. */
export async function openRun(path: string): Promise<Run> {
  const config = await readRunConfig(path);
  return { path, config, release: await lockFolder(path) };
}

/** config.json of a run, without taking the run. */
export async function readRunConfig(path: string): Promise<RunConfig> {
  const text = await readFile(join(path, "config.json"), "utf8").catch(async () => {
    const { length } = await listRuns(dirname(path));
    throw new UsageError(`${path} is not a run folder: it has no config.json`, length > 0 ? "morphogen runs lists the runs." : "Train a model first: morphogen train variational");
  });
  try {
    const config = JSON.parse(text) as RunConfig;
    if (config.format !== 1 || !config.model?.name) throw new RunError(`${path}/config.json is of another version of Morphogen`);
    return config;
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError(`${path}/config.json is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Paths of all runs in `root`, oldest first. */
export async function listRuns(root = "runs"): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const made = await stat(join(root, name, "config.json")).catch(() => undefined);
      return made ? [{ path: join(root, name), time: made.mtimeMs }] : [];
    }),
  );
  return found.flat().sort((a, b) => a.time - b.time).map(({ path }) => path);
}

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
export function openMetrics(run: Run): MetricsLog {
  const path = join(run.path, "metrics.jsonl");
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

export interface MetricsLine {
  readonly step: number;
  readonly epoch: number;
  readonly loss?: number;
  readonly validation?: Readonly<Record<string, number>>;
}

/** The lines of metrics.jsonl; one that a crash cut off is passed over. */
export async function readMetrics(path: string): Promise<MetricsLine[]> {
  const text = await readFile(join(path, "metrics.jsonl"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      return line ? [JSON.parse(line) as MetricsLine] : [];
    } catch {
      return [];
    }
  });
}

/** Drops the lines after `step`, which a resumed run will write again. */
export async function truncateMetrics(run: Run, step: number): Promise<void> {
  const kept = (await readMetrics(run.path)).filter((line) => line.step <= step);
  await writeWhole(join(run.path, "metrics.jsonl"), kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
}
