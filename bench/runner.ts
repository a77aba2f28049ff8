/** Whoever takes part in the benchmark: a command that prints the time of a case, run in a process of its own. */
import { execFile, type ExecFileException } from "node:child_process";
import { availableParallelism } from "node:os";
import { z } from "zod";

export interface Runner {
  /** "onnx", or a peer with its version. */
  readonly name: string;
  readonly ours: boolean;
  /** Called with `...args --runs N CASE`; prints {"case", "peer", "ms"}, or nothing when it does not know the case. */
  readonly command: string;
  readonly args: readonly string[];
}

/** Median milliseconds of a training step, or why there are none. */
export type Outcome = { readonly ms: number } | { readonly reason: string };

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly error: ExecFileException | null;
}

/** Runs a command to its end. Everyone gets as many threads as there are cores. */
export const run = (command: string, args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, OMP_NUM_THREADS: String(availableParallelism()) };
    execFile(command, args, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => resolve({ stdout, stderr, error }));
  });

/** The one JSON line among whatever libraries print around it. */
export function parseLine<T>(schema: z.ZodType<T>, stdout: string): T | undefined {
  const line = stdout.split("\n").find((text) => text.startsWith("{"));
  return line === undefined ? undefined : schema.parse(JSON.parse(line));
}

/** What went wrong, in one line: the last one that names an error, since advice may follow it; else the last one. */
export function reasonOf({ stderr, error }: Ended): string {
  if (error?.code === "ENOENT") return "there is no such program";
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const line = lines.findLast((text) => /^[\w.]*(Error|Exception)\b/.test(text)) ?? lines.at(-1);
  const ending = typeof error?.code === "string" ? error.code : (error?.signal ?? `exit code ${error?.code}`);
  return line?.trim().slice(0, 200) ?? `it ended with ${ending}`;
}

const timing = z.object({ ms: z.number() });

export async function timeCase({ command, args }: Runner, name: string, runs: number): Promise<Outcome> {
  const ended = await run(command, [...args, "--runs", String(runs), name]);
  if (ended.error) return { reason: reasonOf(ended) };
  return parseLine(timing, ended.stdout) ?? { reason: "does not have this case" };
}
