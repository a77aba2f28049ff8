/** A compiled program: arrays allocated once, filled, computed into, and read. */
import { EngineError } from "../../errors.js";
import { fillNoise, noiseOp, sizeOf, Variable, type Data, type Tensor } from "../../tensor/index.js";
import type { Executable } from "../engine.js";
import { checkFeeds } from "../feeds.js";
import type { LoweredProgram } from "./lower.js";
import { storageOf, type OrtTensor, type OrtValue, type Runtime, type Session } from "./runtime.js";

/** Where a variable's values are. */
export interface Slot {
  current: OrtValue;
  /** Where the next values are written; then the two change places. */
  spare?: OrtValue;
}

/** What an executable needs of its engine. */
export interface Host {
  readonly runtime: Runtime;
  slotOf(variable: Variable): Slot;
  /** Throws when the engine was disposed of. */
  requireAlive(): void;
  /** Runs one piece of work after the other, so that no run sees another's half of an update. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  onDispose(session: Session): void;
}

export const allocate = (runtime: Runtime, tensor: Tensor): OrtValue => runtime.value(storageOf(tensor.dtype, sizeOf(tensor.shape)), tensor.shape);

export function executable<Inputs extends string, Outputs extends string>({ plan, inputs, outputs, updates }: LoweredProgram, session: Session, host: Host): Executable<Inputs, Outputs> {
  const make = (tensor: Tensor): OrtValue => allocate(host.runtime, tensor);
  const fed = [...inputs].filter(([tensor]) => tensor.op !== noiseOp && !(tensor instanceof Variable)).map(([tensor, name]) => ({ name, value: make(tensor) }));
  const noises = plan.noises.flatMap((leaf, stream) => (inputs.has(leaf) ? [{ leaf, stream, name: inputs.get(leaf)!, value: make(leaf) }] : []));
  const variables = [...inputs].flatMap(([tensor, name]) => (tensor instanceof Variable ? [{ name, slot: host.slotOf(tensor) }] : []));
  const updated = [...updates].map(([variable, name]) => {
    const slot = host.slotOf(variable);
    slot.spare ??= make(variable);
    return { name, slot };
  });
  const results = [...outputs].map(([key, name]) => ({ key, name, value: make(plan.outputs.get(key)!) }));

  // The same two records serve every run; only what changes is set anew.
  const feeds: Record<string, OrtTensor> = Object.fromEntries([...fed, ...noises].map(({ name, value }) => [name, value.tensor]));
  const fetches: Record<string, OrtTensor> = Object.fromEntries(results.map(({ name, value }) => [name, value.tensor]));
  const answer = Object.fromEntries(results.map(({ key, value }) => [key, value.data])) as Record<Outputs, Data>;
  let disposed = false;
  let running = false;

  async function compute(): Promise<void> {
    for (const { name, slot } of variables) feeds[name] = slot.current.tensor;
    for (const { name, slot } of updated) fetches[name] = slot.spare!.tensor;
    await session.run(feeds, fetches);
    for (const { slot } of updated) [slot.current, slot.spare] = [slot.spare!, slot.current];
  }

  return {
    async run(given: Readonly<Record<string, Data>>, noise) {
      host.requireAlive();
      if (disposed) throw new EngineError("This executable was disposed of and cannot run any more", "Compile the program again.");
      if (running) throw new EngineError("This executable is running already", "Await one run before starting the next.");
      checkFeeds(plan, given, noise);
      for (const { name, value } of fed) value.data.set(given[name]);
      if (noise) for (const { leaf, stream, value } of noises) if (value.data instanceof Float32Array) fillNoise(leaf, stream, noise, value.data);
      running = true;
      try {
        await host.inTurn(compute);
        return answer;
      } catch (error) {
        throw runError(error);
      } finally {
        running = false;
      }
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      host.onDispose(session);
      await session.release();
    },
  };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function runError(error: unknown): EngineError {
  const message = messageOf(error);
  const [, last] = /out of data bounds.*\[-?\d+,(\d+)\]/.exec(message) ?? [];
  return last === undefined
    ? new EngineError(`ONNX Runtime could not run the program: ${message}`, undefined, { cause: error })
    : new EngineError(`gather or scatterAdd: an index is outside a table of ${Number(last) + 1} rows`, `Indices go from 0 to ${last}.`, { cause: error });
}
