/** How training steps are timed: the same way for every engine, and as the peers' scripts do it. */
import { chooseEngine } from "../src/engines/choose.js";
import { cases } from "./cases.js";

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Median milliseconds of `runs` training steps of a case, after a warm-up of a quarter as many. Without a name, on the engine that training would choose. */
export async function timeSteps(engineName: string | undefined, caseName: string, runs: number): Promise<number> {
  const engine = await chooseEngine(engineName);
  try {
    const { programs } = cases[caseName].build();
    const parts = [];
    for (const { program, feeds } of programs) parts.push({ executable: await engine.compile(program), feeds });
    const times: number[] = [];
    for (let step = 0; step < Math.floor(runs / 4) + runs; step++) {
      const start = performance.now();
      for (const { executable, feeds } of parts) await executable.run(feeds, { seed: 1, step });
      times.push(performance.now() - start);
    }
    return median(times.slice(-runs));
  } finally {
    await engine.dispose();
  }
}
