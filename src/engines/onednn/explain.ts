/** A plan and the times of its steps as rows and sums: where a run spends its time, and what for. */
import { sizeOf, type DType, type Shape } from "../../tensor/index.js";
import { args } from "./operations.js";
import type { Plan, Step, Storage, Value } from "./plan.js";

export interface Operand {
  readonly shape: Shape;
  /** In oneDNN's letters: "abcd" is row-major, "acdb" has the channels side by side, "aBcd16b" blocks of 16 of them. */
  readonly layout: string;
  readonly dtype: DType;
}

/** Work and the time it took. */
export interface Cost {
  /** Multiplications and additions of products; elementwise work counts as none. */
  readonly flop: number;
  /** Read and written. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** Of the plan's time, 0 to 1. */
  readonly share: number;
  /** Left out where there is so little work that the time is that of the call. */
  readonly gflopPerSecond?: number;
  readonly gigabytesPerSecond?: number;
}

export interface StepRow extends Cost {
  /** From 1, in the order of the plan. */
  readonly step: number;
  /** The ops that it computes: "conv2d + bias + relu". */
  readonly title: string;
  /** The first of them. */
  readonly kind: string;
  /** The library's name of its kernel; "host" for what is done in JavaScript. */
  readonly implementation: string;
  readonly reads: readonly Operand[];
  readonly writes: readonly Operand[];
}

export interface KindRow extends Cost {
  readonly kind: string;
  readonly steps: number;
}

export interface PlanRows {
  readonly rows: readonly StepRow[];
  readonly total: KindRow;
  /** What the plan reads or changes of the engine's variables. */
  readonly variableBytes: number;
}

/** `times`: for each run of the plan, the milliseconds of its steps. A step's time is the median of the runs. */
export function explainPlan({ steps }: Plan, times: readonly (readonly number[])[]): PlanRows {
  const milliseconds = steps.map((_, i) => median(times.map((run) => run[i])));
  const all = sum(milliseconds);
  const rows = steps.map((step, i): StepRow => {
    const { reads, writes } = valuesOf(step);
    const { title, work, flop } = step;
    return {
      step: i + 1,
      title,
      kind: kindOf(title),
      implementation: work.kind === "primitive" ? work.primitive.implementation : "host",
      reads: reads.map(operandOf),
      writes: writes.map(operandOf),
      ...costOf(flop, bytesOf(reads) + bytesOf(writes), milliseconds[i], all),
    };
  });
  const variables = new Set(steps.flatMap((step) => [...step.reads, ...step.writes]).filter(({ kind }) => kind === "variable"));
  return { rows, total: sumOf("all", rows, all), variableBytes: sum([...variables].map(({ bytes }) => bytes)) };
}

/** The sums of the rows of each kind, the most expensive first. */
export function sumsByKind({ rows, total }: PlanRows): KindRow[] {
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  return kinds.map((kind) => sumOf(kind, rows.filter((row) => row.kind === kind), total.milliseconds)).sort((a, b) => b.milliseconds - a.milliseconds);
}

const sumOf = (kind: string, rows: readonly StepRow[], all: number): KindRow => ({
  kind,
  steps: rows.length,
  ...costOf(sum(rows.map(({ flop }) => flop)), sum(rows.map(({ bytes }) => bytes)), sum(rows.map(({ milliseconds }) => milliseconds)), all),
});

/** With less work than this, a step's time is that of calling the library. */
const LEAST = { flop: 1e6, bytes: 1e5 };

const costOf = (flop: number, bytes: number, milliseconds: number, all: number): Cost => ({
  flop,
  bytes,
  milliseconds,
  share: all > 0 ? milliseconds / all : 0,
  ...(flop >= LEAST.flop && milliseconds > 0 && { gflopPerSecond: flop / milliseconds / 1e6 }),
  ...(bytes >= LEAST.bytes && milliseconds > 0 && { gigabytesPerSecond: bytes / milliseconds / 1e6 }),
});

/** "linear + add of 13" (the same for 13 variables side by side) is a "linear". */
const kindOf = (title: string): string => title.split(" + ")[0].replace(/ of \d+$/, "");

const operandOf = ({ desc, dtype }: Value): Operand => ({ shape: desc.shape, layout: desc.layout.split(":")[0], dtype });

/** What a step reads and what it writes, the main operand first. Scratch memory is neither: it holds nothing before or after. */
function valuesOf({ work }: Step): { readonly reads: readonly Value[]; readonly writes: readonly Value[] } {
  if (work.kind === "host") return { reads: work.inputs, writes: [work.output] };
  const [reads, written] = [work.args.slice(0, work.inputs), work.args.slice(work.inputs)];
  return { reads: reads.map(([, value]) => value), writes: written.flatMap(([index, value]) => (index === args.scratchpad ? [] : [value])) };
}

/** Bytes of distinct values: an operand that is given twice is read once. */
function bytesOf(values: readonly Value[]): number {
  const places = new Map<Storage, Map<number, number>>();
  for (const { storage, offset, desc } of values) {
    const place = places.get(storage) ?? new Map<number, number>();
    places.set(storage, place.set(offset, Math.max(place.get(offset) ?? 0, touched(desc))));
  }
  return sum([...places.values()].flatMap((place) => [...place.values()]));
}

/** A part of a larger array spans bytes that are none of its values; blocks have padding, which is touched too. */
const touched = ({ strides, shape, bytes }: Value["desc"]): number => (strides ? Math.min(bytes, 4 * sizeOf(shape)) : bytes);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
