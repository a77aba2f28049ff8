/** A plan as text: cells of its tables and lines of its summary. */
import type { Cost, KindRow, Operand, StepRow } from "../engines/onednn/explain.js";
import type { ExplainedPlan, MachineRates } from "../verbs/explain.js";
import { shortened } from "./print.js";

/** How many of a table's columns, the first, are figures. */
export const FIGURES = 7;
/** From here on the library's names fit in whole. */
const WIDE = 130;

/** A heading, and a row for each step, of at most so many characters a line. */
export function stepCells(rows: readonly StepRow[], columns: number): string[][] {
  const isWide = columns >= WIDE;
  // "brgconv:avx512_core": the kernel, and the instructions that it is made of.
  const implementation = (row: StepRow): string => (isWide ? row.implementation : row.implementation.split(":")[0]);
  const widest = (texts: readonly string[], limit: number): number => Math.min(limit, Math.max(...texts.map((text) => text.length)));
  const implementationWidth = widest(["library", ...rows.map(implementation)], isWide ? 24 : 8);
  const titleWidth = widest(rows.map(({ title }) => title), isWide ? 40 : 20);
  const cells = rows.map((row) => [String(row.step), ...figures(row)]);
  const heading = ["#", ...COST_HEADING];
  const figuresWidth = heading.reduce((sum, name, i) => sum + 1 + Math.max(name.length, ...cells.map((row) => row[i].length)), 0);
  // Between columns of text there are two blanks.
  const operandsWidth = Math.max(8, columns - (figuresWidth + 1 + titleWidth + 2 + implementationWidth + 2));
  return [
    [...heading, "op", "library", "operands"],
    ...rows.map((row, i) => [...cells[i], shortened(row.title, titleWidth), shortened(implementation(row), implementationWidth), shortened(operands(row), operandsWidth)]),
  ];
}

export const kindCells = (rows: readonly KindRow[]): string[][] => [
  ["steps", ...COST_HEADING, "first op"],
  ...rows.map((row) => [String(row.steps), ...figures(row), row.kind]),
];

const COST_HEADING = ["ms", "%", "GF", "MB", "GF/s", "GB/s"];

const figures = ({ milliseconds, share, flop, bytes, gflopPerSecond, gigabytesPerSecond }: Cost): string[] => [
  figure(milliseconds),
  (100 * share).toFixed(1),
  flop === 0 ? "" : figure(flop / 1e9),
  figure(bytes / 1e6, 2),
  gflopPerSecond === undefined ? "" : figure(gflopPerSecond, 2),
  gigabytesPerSecond === undefined ? "" : figure(gigabytesPerSecond, 2),
];

/** About three digits, of which at most so many behind the point: 1234, 123, 12.3, 1.23, 0.123, 0. */
export function figure(value: number, decimals = 3): string {
  if (value < 0.5 * 10 ** -decimals) return "0";
  return value.toFixed(Math.min(decimals, value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3));
}

const isRowMajor = (layout: string): boolean => "abcdefghijkl".startsWith(layout);

/** The same order of axes: those of one pixel or one channel may be anywhere. */
function agree(a: Operand, b: Operand): boolean {
  const [ofA, ofB] = [a, b].map(({ layout }) => [...layout].filter((letter) => [a, b].every(({ shape }) => shape[letter.charCodeAt(0) - 97] !== 1)).join(""));
  return a.layout === b.layout || (isRowMajor(a.layout) && isRowMajor(b.layout)) || (a.shape.length === b.shape.length && ofA === ofB);
}

/** "128x32x28x28 → 128x64x14x14 acdb": what is the same of both is said once, and row-major is not said where both are. */
export function operands({ reads: [from], writes: [to] }: { readonly reads: readonly Operand[]; readonly writes: readonly Operand[] }): string {
  const shape = (operand: Operand): string => operand.shape.join("x");
  const letters = ({ layout }: Operand): string => (isRowMajor(layout) ? "" : ` ${layout}`);
  if (!from) return shape(to) + letters(to);
  const isSameShape = shape(from) === shape(to);
  if (agree(from, to)) return `${isSameShape ? "" : `${shape(from)} → `}${shape(to)}${letters(to) || letters(from)}`;
  return `${shape(from)} ${from.layout} → ${isSameShape ? "" : `${shape(to)} `}${to.layout}`;
}

/** What the plan took, what it holds, and what the machine could do at best. */
export function summaryLines({ total, runMilliseconds, arenaBytes, variableBytes }: ExplainedPlan, machine: MachineRates): string[] {
  const { steps, milliseconds, flop, bytes } = total;
  const [arithmetic, traffic] = [flop / machine.gflopPerSecond / 1e6, bytes / machine.gigabytesPerSecond / 1e6];
  return [
    `${steps} steps take ${figure(milliseconds)} ms; a whole run, which first fills in its input and noise, ${figure(runMilliseconds)} ms`,
    `work: ${figure(flop / 1e9)} GFLOP, ${figure(flop / milliseconds / 1e6)} GFLOP/s; ${figure(bytes / 1e6)} MB read and written, ${figure(bytes / milliseconds / 1e6)} GB/s`,
    `memory: ${figure(arenaBytes / 1e6)} MB of arena, ${figure(variableBytes / 1e6)} MB of variables`,
    `limit: ${figure(arithmetic)} ms of arithmetic at ${figure(machine.gflopPerSecond)} GFLOP/s, ${figure(traffic)} ms of memory traffic at ${figure(machine.gigabytesPerSecond)} GB/s; measured ${figure(milliseconds)} ms`,
  ];
}
