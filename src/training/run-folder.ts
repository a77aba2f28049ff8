/** `runs/<id>/`: plain files that people and other tools can read. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { RunError, UsageError } from "../errors.js";
import { removeParts, writeWhole } from "./files.js";
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

const record = z.record(z.string(), z.unknown());
const runConfig: z.ZodType<RunConfig> = z.object({
  format: z.literal(1),
  model: z.object({ name: z.string(), options: record }),
  data: record,
  training: record,
  engine: z.object({ name: z.string(), version: z.string(), threads: z.number() }),
  versions: z.record(z.string(), z.string()),
});

const ID = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** Makes and takes a new run folder: at `path` when given, else `root`/<model>-<next free number>. */
export async function createRun(config: RunConfig, { root = "runs", path }: { readonly root?: string; readonly path?: string | undefined } = {}): Promise<Run> {
  const folder = path === undefined ? await claimNext(root, config.model.name) : await claim(path);
  return lockedRun(folder, async () => {
    await mkdir(join(folder, "checkpoints"), { recursive: true });
    await mkdir(join(folder, "figures"), { recursive: true });
    await writeWhole(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
    return config;
  });
}

/** Gives `work` a folder to train in that nobody will come back to: it is removed when the work is done. */
export async function inTemporaryRun<Result>(work: (run: Pick<Run, "path">) => Promise<Result>): Promise<Result> {
  const path = await mkdtemp(join(tmpdir(), "morphogen-"));
  try {
    await mkdir(join(path, "checkpoints"));
    return await work({ path });
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** Takes the folder and does the first work in it; when that fails, the folder is let go. */
async function lockedRun(path: string, work: () => Promise<RunConfig>): Promise<Run> {
  const release = await lockFolder(path);
  try {
    return { path, config: await work(), release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** A run's name becomes a folder: it must not lead out of the one it is made in. */
function requireId(id: string): void {
  if (!ID.test(id)) throw new UsageError(`"${id}" cannot name a run`, "Use letters, digits, dots, dashes and underscores, 64 at most; the first a letter or a digit.");
}

async function claim(path: string): Promise<string> {
  requireId(basename(resolve(path)));
  await mkdir(dirname(resolve(path)), { recursive: true });
  const existed = await mkdir(path).then(() => false, (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? true : Promise.reject(error)));
  if (existed && (await readdir(path)).length > 0) throw new UsageError(`${path} exists and is not empty`, `Name another folder with --out, or go on with: morphogen resume ${path}`);
  return path;
}

/** mkdir is atomic: of two processes that want the same number, one gets it and the other the next. */
async function claimNext(root: string, name: string): Promise<string> {
  await mkdir(root, { recursive: true });
  for (let number = 1; ; number++) {
    const id = `${name}-${number}`;
    requireId(id);
    const path = join(root, id);
    const made = await mkdir(path).then(() => true, (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? false : Promise.reject(error)));
    if (made) return path;
  }
}

/** Takes an existing run, so that it can be resumed. */
export async function openRun(path: string): Promise<Run> {
  // A first look says what is no run at all; the second is at what no other process can change any more.
  await readRunConfig(path);
  return lockedRun(path, async () => {
    await removeParts(join(path, "checkpoints"));
    return readRunConfig(path);
  });
}

/** config.json of a run, without taking the run. */
export async function readRunConfig(path: string): Promise<RunConfig> {
  const text = await readFile(join(path, "config.json"), "utf8").catch(async () => {
    const { length } = await listRuns(dirname(path));
    throw new UsageError(`${path} is not a run folder: it has no config.json`, length > 0 ? "morphogen runs lists the runs." : "Train a model first: morphogen train variational");
  });
  return parseRunConfig(text, join(path, "config.json"));
}

function parseRunConfig(text: string, file: string): RunConfig {
  try {
    return runConfig.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`).join("; ") : String(error);
    throw new RunError(`${file} is damaged, or of another version of Morphogen: ${reason}`, "Train anew, or mend the file: it is JSON, like that of any other run.", { cause: error });
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
