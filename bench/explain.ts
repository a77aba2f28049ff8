/** Where the onednn engine's time goes in each case, and what the machine's limit would be. */
import { onednnEngine } from "../src/engines/onednn/index.js";
import { sumsByKind, type KindRow } from "../src/engines/onednn/explain.js";
import { measureMachine, measurePlan, type ExplainedPlan } from "../src/verbs/explain.js";
import { cases } from "./cases.js";

const percent = ({ kind, share }: KindRow): string => `${kind} ${(100 * share).toFixed(0)}%`;

/** One line for each program of a step: work, limits, measured time, and the kinds of steps that take most of it. */
function describe(name: string, plan: Omit<ExplainedPlan, "name">, rates: { readonly gflopPerSecond: number; readonly gigabytesPerSecond: number }): string {
  const { flop, bytes, milliseconds, steps } = plan.total;
  const arithmetic = flop / 1e6 / rates.gflopPerSecond;
  const traffic = bytes / 1e6 / rates.gigabytesPerSecond;
  const kinds = sumsByKind(plan).slice(0, 6).map(percent).join(", ");
  const numbers = [
    `${(flop / 1e9).toPrecision(3)} GFLOP = ${arithmetic.toPrecision(3)} ms`,
    `${(bytes / 1e6).toPrecision(3)} MB = ${traffic.toPrecision(3)} ms`,
    `${steps} steps ${milliseconds.toPrecision(3)} ms, whole run ${plan.runMilliseconds.toPrecision(3)} ms`,
    `arena ${(plan.arenaBytes / 1e6).toPrecision(3)} MB`,
  ];
  return `${name}: ${numbers.join("; ")}\n  ${kinds}`;
}

export async function explainCases(names: readonly string[]): Promise<string> {
  const engine = await onednnEngine();
  const rates = await measureMachine(engine);
  const lines = [`oneDNN ${engine.version}, ${engine.threads} threads; at best ${rates.gflopPerSecond.toFixed(0)} GFLOP/s (a product of 1024 x 1024 matrices), ${rates.gigabytesPerSecond.toFixed(1)} GB/s (a sum of large vectors)`];
  for (const name of names) {
    const { programs } = cases[name].build();
    for (const [i, { program, feeds }] of programs.entries()) lines.push(describe(programs.length > 1 ? `${name} (${i + 1} of ${programs.length})` : name, await measurePlan(engine, program, feeds), rates));
  }
  await engine.dispose();
  return lines.join("\n");
}
