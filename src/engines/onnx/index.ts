/**
 * The onnx engine: a Program becomes one ONNX graph, variables go in as inputs and their new values come out, and ONNX
 * Runtime runs it. Every array is allocated once: a variable that is updated has two, which change places after a run.
 */
import { availableParallelism } from "node:os";
import { EngineError, ShapeError } from "../../errors.js";
import { formatShape, sizeOf, type Variable } from "../../tensor/index.js";
import type { Engine } from "../engine.js";
import { allocate, executable, messageOf, type Host, type Slot } from "./executable.js";
import { sentinelNode, sentinelOutput } from "./in-place.js";
import { encodeModel, lowerProgram, valueInfo, type LoweredProgram } from "./lower.js";
import { loadRuntime, type Session } from "./runtime.js";

export { exportOnnx } from "./export.js";
export { openOnnx, type OnnxFile } from "./file.js";
export { OPSET } from "./lower.js";

/** An engine on ONNX Runtime. `threads`: default all cores. */
export async function onnxEngine({ threads = availableParallelism() }: { readonly threads?: number } = {}): Promise<Engine> {
  const runtime = await loadRuntime();
  let slots = new WeakMap<Variable, Slot>();
  const sessions = new Set<Session>();
  let disposed = false;
  let lastTurn: Promise<unknown> = Promise.resolve();

  const newSlot = (variable: Variable, values: ArrayLike<number>): Slot => {
    const slot = { current: allocate(runtime, variable) };
    slot.current.data.set(values);
    slots.set(variable, slot);
    return slot;
  };

  const host: Host = {
    runtime,
    slotOf: (variable) => slots.get(variable) ?? newSlot(variable, variable.initial(0)),
    requireAlive() {
      if (disposed) throw new EngineError("The onnx engine was disposed of and cannot be used any more", "Make a new one.");
    },
    inTurn(work) {
      const turn = lastTurn.then(work);
      lastTurn = turn.catch(() => undefined);
      return turn;
    },
    onDispose: (session) => sessions.delete(session),
  };

  return {
    name: "onnx",
    version: runtime.version,
    threads,
    async compile(program) {
      host.requireAlive();
      const lowered = lowerProgram(program);
      const session = await runtime.session(modelOf(lowered), threads).catch((error: unknown) => {
        throw new EngineError(`ONNX Runtime refused the program: ${messageOf(error)}`, undefined, { cause: error });
      });
      sessions.add(session);
      return executable(lowered, session, host);
    },
    async read(variable) {
      host.requireAlive();
      return host.slotOf(variable).current.data.slice();
    },
    async write(variable, values) {
      host.requireAlive();
      if (values.length !== sizeOf(variable.shape))
        throw new ShapeError(`Variable "${variable.name}" of shape ${formatShape(variable.shape)} cannot hold ${values.length} values`);
      const slot = slots.get(variable);
      if (slot) slot.current.data.set(values);
      // First values that are never seen are not drawn.
      else newSlot(variable, values);
    },
    async dispose() {
      disposed = true;
      slots = new WeakMap();
      await Promise.all([...sessions].map((session) => session.release()));
      sessions.clear();
    },
  };
}

/** The graph as it is run: every size fixed, variables as inputs, the sentinel before all outputs. */
function modelOf({ plan, graph, nodes, inputs, outputs, updates }: LoweredProgram): Uint8Array<ArrayBuffer> {
  return encodeModel({
    nodes: [...nodes, sentinelNode()],
    initializers: graph.initializers,
    inputs: [...inputs].map(([tensor, name]) => valueInfo(name, tensor.shape, tensor)),
    outputs: [
      sentinelOutput(),
      ...[...outputs].map(([key, name]) => valueInfo(name, plan.outputs.get(key)!.shape, plan.outputs.get(key)!)),
      ...[...updates].map(([variable, name]) => valueInfo(name, variable.shape, variable)),
    ],
  });
}
