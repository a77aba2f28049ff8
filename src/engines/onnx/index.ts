/**
 * The onnx engine: a Program becomes one ONNX graph, variables go in as inputs and their new values come out, and ONNX
 * Runtime runs it. Every array is allocated once: a variable that is updated has two, which change places after a run.
 */
import { availableParallelism } from "node:os";
import { EngineError, ShapeError } from "../../errors.js";
import { fillNoise, formatShape, noiseOp, sizeOf, Variable, type Data, type Tensor } from "../../tensor/index.js";
import type { Engine, Executable } from "../engine.js";
import { checkFeeds } from "../feeds.js";
import { encodeModel, lowerProgram, valueInfo, type LoweredProgram } from "./lower.js";
import { loadRuntime, storageOf, type OrtTensor, type OrtValue, type Runtime } from "./runtime.js";

export { exportOnnx } from "./export.js";
export { OPSET } from "./lower.js";

interface Slot {
  current: OrtValue;
  /** Where the next value is written. */
  spare?: OrtValue;
}

/** An engine on ONNX Runtime. `threads`: default all cores. */
export async function onnxEngine({ threads = availableParallelism() }: { readonly threads?: number } = {}): Promise<Engine> {
  const runtime = await loadRuntime();
  const slots = new Map<Variable, Slot>();
  const sessions = new Set<{ release(): Promise<void> }>();
  let disposed = false;

  const allocate = (tensor: Tensor): OrtValue => runtime.value(storageOf(tensor.dtype, sizeOf(tensor.shape)), tensor.shape);
  const slotOf = (variable: Variable): Slot => {
    const existing = slots.get(variable);
    if (existing) return existing;
    const slot = { current: allocate(variable) };
    slot.current.data.set(variable.initial(0));
    slots.set(variable, slot);
    return slot;
  };
  const alive = () => {
    if (disposed) throw new EngineError("The onnx engine was disposed of and cannot be used any more", "Make a new one.");
  };

  return {
    name: "onnx",
    version: runtime.version,
    threads,
    async compile(program) {
      alive();
      const lowered = lowerProgram(program);
      const session = await runtime.session(modelOf(lowered), threads).catch((error: unknown) => {
        throw new EngineError(`ONNX Runtime refused the program: ${messageOf(error)}`, undefined, { cause: error });
      });
      sessions.add(session);
      return executable(lowered, runtime, session, slotOf, alive, () => sessions.delete(session));
    },
    async read(variable) {
      alive();
      return slotOf(variable).current.data.slice();
    },
    async write(variable, values) {
      alive();
      if (values.length !== sizeOf(variable.shape))
        throw new ShapeError(`Variable "${variable.name}" of shape ${formatShape(variable.shape)} cannot hold ${values.length} values`);
      slotOf(variable).current.data.set(values);
    },
    async dispose() {
      disposed = true;
      slots.clear();
      await Promise.all([...sessions].map((session) => session.release()));
      sessions.clear();
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function runError(error: unknown): EngineError {
  const message = messageOf(error);
  const [, last] = /out of data bounds.*\[-?\d+,(\d+)\]/.exec(message) ?? [];
  return last === undefined
    ? new EngineError(`ONNX Runtime could not run the program: ${message}`, undefined, { cause: error })
    : new EngineError(`gather or scatterAdd: an index is outside a table of ${Number(last) + 1} rows`, `Indices go from 0 to ${last}.`, { cause: error });
}

/** The training graph as it is run: every size fixed, variables as inputs. */
function modelOf({ plan, graph, nodes, inputs, outputs, updates }: LoweredProgram): Uint8Array<ArrayBuffer> {
  return encodeModel({
    nodes,
    initializers: graph.initializers,
    inputs: [...inputs].map(([tensor, name]) => valueInfo(name, tensor.shape, tensor)),
    outputs: [
      ...[...outputs].map(([key, name]) => valueInfo(name, plan.outputs.get(key)!.shape, plan.outputs.get(key)!)),
      ...[...updates].map(([variable, name]) => valueInfo(name, variable.shape, variable)),
    ],
  });
}

interface Session {
  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor>): Promise<unknown>;
  release(): Promise<void>;
}

function executable<Inputs extends string, Outputs extends string>(
  lowered: LoweredProgram,
  runtime: Runtime,
  session: Session,
  slotOf: (variable: Variable) => Slot,
  alive: () => void,
  onDispose: () => void,
): Executable<Inputs, Outputs> {
  const { plan, inputs, outputs, updates } = lowered;
  const allocate = (tensor: Tensor): OrtValue => runtime.value(storageOf(tensor.dtype, sizeOf(tensor.shape)), tensor.shape);
  const fed = [...inputs].filter(([tensor]) => tensor.op !== noiseOp && !(tensor instanceof Variable)).map(([tensor, name]) => ({ name, value: allocate(tensor) }));
  const noises = plan.noises.flatMap((leaf, stream) => (inputs.has(leaf) ? [{ leaf, stream, name: inputs.get(leaf)!, value: allocate(leaf) }] : []));
  const variables = [...inputs].flatMap(([tensor, name]) => (tensor instanceof Variable ? [{ name, slot: slotOf(tensor) }] : []));
  const updated = [...updates].map(([variable, name]) => {
    const slot = slotOf(variable);
    slot.spare ??= allocate(variable);
    return { name, slot };
  });
  const results = [...outputs].map(([key, name]) => ({ key, name, value: allocate(plan.outputs.get(key)!) }));

  // The same two records serve every run; only what changes is set anew.
  const feeds: Record<string, OrtTensor> = Object.fromEntries([...fed, ...noises].map(({ name, value }) => [name, value.tensor]));
  const fetches: Record<string, OrtTensor> = Object.fromEntries(results.map(({ name, value }) => [name, value.tensor]));
  const answer = Object.fromEntries(results.map(({ key, value }) => [key, value.data])) as Record<Outputs, Data>;
  let disposed = false;
  let running = false;

  return {
    async run(given, noise) {
      alive();
      if (disposed) throw new EngineError("This executable was disposed of and cannot run any more", "Compile the program again.");
      if (running) throw new EngineError("This executable is running already", "Await one run before starting the next.");
      checkFeeds(plan, given, noise);
      for (const { name, value } of fed) value.data.set((given as Readonly<Record<string, Data>>)[name]);
      if (noise) for (const { leaf, stream, value } of noises) if (value.data instanceof Float32Array) fillNoise(leaf, stream, noise, value.data);
      for (const { name, slot } of variables) feeds[name] = slot.current.tensor;
      for (const { name, slot } of updated) fetches[name] = slot.spare!.tensor;
      running = true;
      try {
        await session.run(feeds, fetches);
      } catch (error) {
        throw runError(error);
      } finally {
        running = false;
      }
      for (const { slot } of updated) [slot.current, slot.spare] = [slot.spare!, slot.current];
      return answer;
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      onDispose();
      await session.release();
    },
  };
}
