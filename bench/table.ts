/** Results for people, one row per case, and for machines, one JSON line per case. */
import type { Outcome, Runner } from "./runner.js";

export type Results = ReadonlyMap<Runner, Outcome>;

const CASE_WIDTH = 14;
const widthOf = (title: string): number => Math.max(title.length, 7) + 3;
const RATIO = "ours / best peer";

/** Three digits that matter. */
const milliseconds = (ms: number): string => ms.toFixed(ms < 10 ? 3 : ms < 100 ? 2 : 1);

/** Time of our fastest engine over that of the fastest peer: below 1 we are faster. */
function ratioOf(results: Results): number | undefined {
  const best = (ours: boolean) => Math.min(...[...results].flatMap(([runner, outcome]) => (runner.ours === ours && "ms" in outcome ? [outcome.ms] : [])));
  const ratio = best(true) / best(false);
  return ratio > 0 && ratio < Infinity ? Number(ratio.toFixed(3)) : undefined;
}

const hasPeers = (runners: readonly Runner[]): boolean => runners.some(({ ours }) => !ours);

export const header = (runners: readonly Runner[]): string =>
  ["ms per step".padEnd(CASE_WIDTH), ...runners.map(({ name }) => name.padStart(widthOf(name))), ...(hasPeers(runners) ? [RATIO.padStart(widthOf(RATIO))] : [])].join("");

export function row(name: string, results: Results): string {
  const cells = [...results].map(([runner, outcome]) => ("ms" in outcome ? milliseconds(outcome.ms) : "-").padStart(widthOf(runner.name)));
  const ratio = ratioOf(results)?.toFixed(2) ?? "-";
  return [name.padEnd(CASE_WIDTH), ...cells, ...(hasPeers([...results.keys()]) ? [ratio.padStart(widthOf(RATIO))] : [])].join("");
}

/** Why there are dashes. */
export const reasons = (name: string, results: Results): string[] =>
  [...results].flatMap(([runner, outcome]) => ("ms" in outcome ? [] : [`- ${name}, ${runner.name}: ${outcome.reason}`]));

/** {"case", "ms": {who: milliseconds}, "ratio", "failed": {who: reason}}; no ratio without times on both sides. */
export function jsonLine(name: string, results: Results): string {
  const ms: Record<string, number> = {};
  const failed: Record<string, string> = {};
  for (const [runner, outcome] of results) {
    if ("ms" in outcome) ms[runner.name] = outcome.ms;
    else failed[runner.name] = outcome.reason;
  }
  return JSON.stringify({ case: name, ms, ratio: ratioOf(results), failed });
}
