/** Running a peer's script in its own environment: it prints one JSON line per case. */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

export interface Timing {
  readonly case: string;
  /** Who: "onnx", or the peer's own name with its version. */
  readonly engine: string;
  /** Median milliseconds of one training step. */
  readonly ms: number;
}

const run = promisify(execFile);

/** Times of one case from `python script case`; lines are {"case", "peer", "ms"}. */
export async function timePeer(python: string, script: string, name: string): Promise<Timing[]> {
  const { stdout } = await run(python, [script, name], { env: { ...process.env, OMP_NUM_THREADS: String(availableParallelism()) } });
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { case: string; peer: string; ms: number })
    .map(({ case: caseName, peer, ms }) => ({ case: caseName, engine: peer, ms }));
}
