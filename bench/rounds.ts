/** Rounds in which everyone is timed in turn, so that a busy moment of the machine does not hit one of them alone. */
import { timeCase, type Outcome, type Runner } from "./runner.js";
import { median } from "./steps.js";

/** For each runner the median of its rounds, or why it has none: who fails once is not run again. */
export async function timeRounds(runners: readonly Runner[], name: string, runs: number, rounds: number): Promise<Map<Runner, Outcome>> {
  const times = new Map<Runner, number[]>(runners.map((runner) => [runner, []]));
  const failures = new Map<Runner, Outcome>();
  for (let round = 0; round < rounds; round++)
    for (const [runner, sofar] of times) {
      if (failures.has(runner)) continue;
      const outcome = await timeCase(runner, name, runs);
      if ("ms" in outcome) sofar.push(outcome.ms);
      else failures.set(runner, outcome);
    }
  return new Map([...times].map(([runner, sofar]) => [runner, failures.get(runner) ?? { ms: Number(median(sofar).toFixed(3)) }]));
}
