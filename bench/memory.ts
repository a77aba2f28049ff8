/** Does the resident memory grow over steps, or over programs that are compiled and disposed of? Measured after the collector has run. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MorphogenError } from "../src/errors.js";
import { onednnEngine, type OnednnEngine } from "../src/engines/onednn/index.js";
import { cases } from "./cases.js";

const STEPS = 10_000;
const ROUNDS = 600;
const SAMPLE_EVERY = 50;
/** Megabytes that the memory may grow by: over the steps after the first thousand, and from the second to the last third of the rounds. */
const LIMITS = { steps: 2, rounds: 4 };

setFlagsFromString("--expose-gc");
const gc: unknown = runInNewContext("gc");
const collect = (): void => {
  if (typeof gc === "function") Reflect.apply(gc, undefined, []);
};

/** Resident megabytes. */
function resident(): number {
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().rss / 1e6;
}

interface Growth {
  readonly what: string;
  readonly early: number;
  readonly late: number;
  readonly limit: number;
}

async function overSteps(engine: OnednnEngine): Promise<Growth> {
  const [{ program, feeds }] = cases["mlp-ae-32"].build().programs;
  const executable = await engine.compile(program);
  const run = async (from: number, to: number): Promise<number> => {
    for (let step = from; step < to; step++) await executable.run(feeds, { seed: 1, step });
    return resident();
  };
  const early = await run(0, STEPS / 10);
  const late = await run(STEPS / 10, STEPS);
  await executable.dispose();
  return { what: `steps ${STEPS / 10} to ${STEPS} of mlp-ae-32`, early, late, limit: LIMITS.steps };
}

/** The memory goes up and down by several megabytes while programs come and go; what stays is the least of each third. */
async function overPrograms(engine: OnednnEngine): Promise<Growth> {
  const [{ program, feeds }] = cases["mlp-ae-32"].build().programs;
  const samples: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const executable = await engine.compile(program);
    await executable.run(feeds, { seed: 1, step: 0 });
    await executable.dispose();
    if (round % SAMPLE_EVERY === 0) samples.push(resident());
  }
  const third = samples.length / 3;
  const [early, late] = [Math.min(...samples.slice(third, 2 * third)), Math.min(...samples.slice(2 * third))];
  return { what: `rounds ${ROUNDS / 3} to ${(2 * ROUNDS) / 3} of compiling, running and disposing, and ${(2 * ROUNDS) / 3} to ${ROUNDS}, at least`, early, late, limit: LIMITS.rounds };
}

/** Lines for people; a MorphogenError when the memory grew by more than it may. */
export async function measureMemory(): Promise<string> {
  const engine = await onednnEngine();
  try {
    const growths = [await overSteps(engine), await overPrograms(engine)];
    const line = ({ what, early, late, limit }: Growth): string => `${what}: ${early.toFixed(1)} MB to ${late.toFixed(1)} MB, ${(late - early).toFixed(1)} MB more (${limit} are allowed)`;
    const lines = growths.map(line).join("\n");
    if (growths.some(({ early, late, limit }) => late - early > limit)) throw new MorphogenError(`The memory of the process grows:\n${lines}`);
    return lines;
  } finally {
    await engine.dispose();
  }
}
