/**
 * Elementwise passes that differ in nothing but their vectors become one pass: the vectors are laid side by side. An
 * optimizer's update of a hundred parameters is then three calls and not three hundred.
 */
import type { Variable } from "../../tensor/index.js";
import type { Builder } from "./builder.js";
import type { VersionLayer } from "./dnnl.js";
import { emitChain } from "./emit-chain.js";
import type { ChainRecord, PlacedOp, Step, Storage, Value } from "./plan.js";

/** Vectors start at multiples of this. */
export const ALIGNMENT = 64;
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

interface Member {
  readonly step: Step;
  readonly record: ChainRecord;
  /** The vectors: start, operands, result. */
  readonly vectors: readonly Value[];
}

const lengthOf = ({ desc }: Value): number => desc.shape.reduce((a, b) => a * b, 1);

/** Merges steps from index `from` on; returns the storages that must lie side by side. */
export function bundleUpdates(builder: Builder, layer: VersionLayer, from: number, canBundle: (variables: readonly Variable[]) => boolean): Storage[][] {
  const tail = builder.steps.slice(from);
  const ids = new Map<Storage, number>();
  const idOf = (storage: Storage): number => ids.get(storage) ?? (ids.set(storage, ids.size), ids.size - 1);
  const groups = new Map<string, Member[]>();
  for (const step of tail) {
    const member = memberOf(step, builder.chains.get(step));
    if (!member) continue;
    const key = JSON.stringify(member.record.ops.map((op) => (op.kind === "binary" ? [op.algorithm, isVector(op, member.record) ? "vector" : idOf(op.operand.storage), op.operand.offset] : op)));
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }

  const bundleOf = new Map<Storage, Storage[]>();
  const accepted: Member[][] = [];
  for (const members of groups.values()) {
    if (members.length < 2) continue;
    const bundles = members[0].vectors.map((_, slot) => members.map(({ vectors }) => vectors[slot].storage));
    if (!bundles.every((bundle) => fits(bundle, bundleOf, canBundle))) continue;
    for (const bundle of bundles) for (const storage of bundle) if (!bundleOf.has(storage)) bundleOf.set(storage, bundle);
    accepted.push(members);
  }
  const merged = accepted.map((members) => mergedStep(builder, layer, members));
  const ordered = reorder(tail, accepted, merged);
  if (!ordered) return [];
  builder.steps.splice(from, builder.steps.length - from, ...ordered);
  return [...new Set(bundleOf.values())];
}

const isVector = (op: Extract<PlacedOp, { kind: "binary" }>, { target }: ChainRecord): boolean => lengthOf(op.operand) === lengthOf(target);

function memberOf(step: Step, record: ChainRecord | undefined): Member | undefined {
  if (!record) return undefined;
  const operands = record.ops.flatMap((op) => (op.kind === "binary" && isVector(op, record) ? [op.operand] : []));
  const vectors = [record.start, ...operands, record.target];
  const isWhole = ({ storage, offset, desc }: Value): boolean => storage.kind !== "kept" && offset === 0 && storage.bytes === desc.bytes && desc.dense;
  return vectors.every(isWhole) ? { step, record, vectors } : undefined;
}

function fits(bundle: readonly Storage[], bundleOf: ReadonlyMap<Storage, Storage[]>, canBundle: (variables: readonly Variable[]) => boolean): boolean {
  if (new Set(bundle).size !== bundle.length) return false;
  const existing = bundleOf.get(bundle[0]);
  if (existing) return existing.length === bundle.length && existing.every((storage, i) => storage === bundle[i]);
  if (bundle.some((storage) => bundleOf.has(storage))) return false;
  const variables = bundle.flatMap(({ variable }) => (variable ? [variable] : []));
  return variables.length === 0 || (variables.length === bundle.length && canBundle(variables));
}

/** One step over all the vectors; gaps between them are computed too, and mean nothing. */
function mergedStep(builder: Builder, layer: VersionLayer, members: readonly Member[]): Step {
  const total = members.reduce((sum, { record }) => sum + aligned(4 * lengthOf(record.target)) / 4, 0);
  const desc = builder.scope.plain([total]);
  const whole = (value: Value): Value => ({ ...value, desc });
  const { record } = members[0];
  const ops = record.ops.map((op): PlacedOp => (op.kind === "binary" && isVector(op, record) ? { ...op, operand: whole(op.operand) } : op));
  const before = builder.steps.length;
  emitChain(builder, layer, `${members[0].step.title} of ${members.length}`, { start: whole(record.start), ops }, whole(record.target), "plain");
  const steps = builder.steps.splice(before);
  if (steps.length !== 1) throw new TypeError("a merged pass is one step");
  const all = <Item>(pick: (step: Step) => readonly Item[]): Item[] => [...new Set(members.flatMap(({ step }) => pick(step)))];
  return { ...steps[0], reads: all(({ reads }) => reads), writes: all(({ writes }) => writes) };
}

/** The steps with each group replaced by its merged step, such that all still see what they saw; undefined if there is no such order. */
function reorder(tail: readonly Step[], groups: readonly (readonly Member[])[], merged: readonly Step[]): Step[] | undefined {
  const groupOf = new Map(groups.flatMap((members, i) => members.map(({ step }) => [step, i] as const)));
  const unitOf = (step: Step): Step => {
    const group = groupOf.get(step);
    return group === undefined ? step : merged[group];
  };
  const before = new Map<Step, Set<Step>>();
  const lastWriter = new Map<Storage, Step>();
  const readers = new Map<Storage, Step[]>();
  for (const step of tail) {
    const unit = unitOf(step);
    const needs = before.get(unit) ?? new Set<Step>();
    before.set(unit, needs);
    const need = (other: Step | undefined): void => void (other && unitOf(other) !== unit && needs.add(unitOf(other)));
    for (const storage of step.reads) need(lastWriter.get(storage));
    for (const storage of step.writes) {
      need(lastWriter.get(storage));
      readers.get(storage)?.forEach(need);
    }
    for (const storage of step.reads) readers.set(storage, [...(readers.get(storage) ?? []), step]);
    for (const storage of step.writes) {
      lastWriter.set(storage, step);
      readers.set(storage, []);
    }
  }
  const ordered: Step[] = [];
  const done = new Set<Step>();
  const open = new Set<Step>();
  const visit = (unit: Step): boolean => {
    if (done.has(unit)) return true;
    if (open.has(unit)) return false;
    open.add(unit);
    for (const other of before.get(unit) ?? []) if (!visit(other)) return false;
    done.add(unit);
    ordered.push(unit);
    return true;
  };
  return [...before.keys()].every(visit) ? ordered : undefined;
}
