/** Does the resident memory grow over steps, or over programs that are compiled and disposed of? Measured after the collector has run. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MorphogenError } from "../src/errors.js";
import { onednnEngine, type OnednnEngine } from "../src/engines/onednn/index.js";
import { cases } from "./cases.js";

const STEPS = 10_000;
const ROUNDS = 600;
/** The memory is looked at so many times, evenly. */
const SAMPLES = 12;
/** Megabytes that the memory may grow by from the second to the last third. */
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

/** Does something many times. The memory goes up and down by several megabytes meanwhile, and up at first; what stays is the least of each third. */
async function growth(what: string, times: number, limit: number, work: (i: number) => Promise<void>): Promise<Growth> {
  const samples: number[] = [];
  for (let i = 1; i <= times; i++) {
    await work(i);
    if (i % Math.floor(times / SAMPLES) === 0) samples.push(resident());
  }
  const third = SAMPLES / 3;
  return { what: `${times} ${what}`, early: Math.min(...samples.slice(third, 2 * third)), late: Math.min(...samples.slice(2 * third)), limit };
}

async function overSteps(engine: OnednnEngine): Promise<Growth> {
  const [{ program, feeds }] = cases["mlp-ae-32"].build().programs;
  const executable = await engine.compile(program);
  const result = await growth("steps of mlp-ae-32", STEPS, LIMITS.steps, async (step) => void (await executable.run(feeds, { seed: 1, step })));
  await executable.dispose();
  return result;
}

async function overPrograms(engine: OnednnEngine): Promise<Growth> {
  const [{ program, feeds }] = cases["mlp-ae-32"].build().programs;
  return growth("rounds of compiling, running and disposing", ROUNDS, LIMITS.rounds, async () => {
    const executable = await engine.compile(program);
    await executable.run(feeds, { seed: 1, step: 0 });
    await executable.dispose();
  });
}

/** Lines for people; a MorphogenError when the memory grew by more than it may. */
export async function measureMemory(): Promise<string> {
  const engine = await onednnEngine();
  try {
    const growths = [await overSteps(engine), await overPrograms(engine)];
    const line = ({ what, early, late, limit }: Growth): string => `${what}: at least ${early.toFixed(1)} MB in the second third, ${late.toFixed(1)} MB in the last, ${(late - early).toFixed(1)} MB more (${limit} are allowed)`;
    const lines = growths.map(line).join("\n");
    if (growths.some(({ early, late, limit }) => late - early > limit)) throw new MorphogenError(`The memory of the process grows:\n${lines}`);
    return lines;
  } finally {
    await engine.dispose();
  }
}
