/** Where each storage of a plan lies: those that live at different times share memory. */
import { aligned } from "./bundles.js";
import type { Plan, Storage } from "./plan.js";

export interface Placement {
  readonly offsets: ReadonlyMap<Storage, number>;
  readonly bytes: number;
}

interface Block {
  readonly storages: Storage[];
  readonly bytes: number;
  /** All its storages are one and the same place. */
  isShared?: boolean;
  first: number;
  last: number;
}

/** Greedy by size: large blocks first, each at the lowest place that is free for as long as it lives. */
export function placeStorages(plan: Plan): Placement {
  const { steps, inputs, noises, outputs, bundles } = plan;
  const blocks = new Map<Storage, Block>();
  const bundleOf = new Map(bundles.flatMap((bundle) => bundle.map((storage) => [storage, bundle] as const)));
  const always = { first: -1, last: Infinity };
  const touch = (storage: Storage, at: number): void => {
    if (storage.kind === "variable") return;
    let block = blocks.get(storage);
    if (!block) {
      const storages = [...(bundleOf.get(storage) ?? [storage])];
      block = { storages, bytes: storages.reduce((sum, { bytes }) => sum + aligned(bytes), 0), first: at, last: at };
      for (const one of storages) blocks.set(one, block);
    }
    if (storage.kind === "kept") Object.assign(block, always);
    block.first = Math.min(block.first, at);
    block.last = Math.max(block.last, at);
  };
  steps.forEach(({ reads, writes }, at) => [...reads, ...writes].forEach((storage) => touch(storage, at)));
  for (const value of [...inputs.values(), ...outputs.values(), ...noises.map((noise) => noise.value)]) touch(value.storage, 0);

  for (const [storage, block] of overwritten(plan, blocks, bundleOf)) {
    const own = blocks.get(storage);
    if (!own || own === block) continue;
    block.last = Math.max(block.last, own.last);
    block.storages.push(storage);
    blocks.set(storage, block);
  }

  const offsets = new Map<Storage, number>();
  const placed: { readonly block: Block; readonly offset: number }[] = [];
  const unique = [...new Set(blocks.values())].sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  for (const block of unique) {
    const neighbours = placed.filter((other) => other.block.first <= block.last && block.first <= other.block.last).sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + block.bytes <= other.offset) break;
      offset = Math.max(offset, other.offset + other.block.bytes);
    }
    placed.push({ block, offset });
    let inside = offset;
    for (const storage of block.storages) {
      offsets.set(storage, block.isShared ? offset : inside);
      inside += aligned(storage.bytes);
    }
  }
  return { offsets, bytes: Math.max(0, ...placed.map(({ block, offset }) => offset + block.bytes)) };
}

/** Results of elementwise passes that may take the place of an operand that nothing reads afterwards, in the order of the plan. */
function* overwritten({ steps, chains }: Plan, blocks: ReadonlyMap<Storage, Block>, bundleOf: ReadonlyMap<Storage, unknown>): Generator<[Storage, Block]> {
  for (const [at, step] of steps.entries()) {
    const record = chains.get(step);
    if (!record) continue;
    const target = record.target.storage;
    const isFree = (storage: Storage): boolean => storage.kind === "arena" && !bundleOf.has(storage);
    if (!isFree(target) || blocks.get(target)?.first !== at || step.writes.length !== 1) continue;
    const operands = [record.start, ...record.ops.flatMap((op) => (op.kind === "binary" ? [op.operand] : []))];
    const dying = operands.find(({ storage, offset }) => isFree(storage) && storage.bytes === target.bytes && offset === 0 && blocks.get(storage)?.last === at);
    const block = dying && blocks.get(dying.storage);
    if (!block) continue;
    block.isShared = true;
    yield [target, block];
  }
}
