/** A plan bound to memory: addresses are given once, then a run is a list of calls. */
import { EngineError } from "../../errors.js";
import { fillNoise, sizeOf, type Data, type Schedule } from "../../tensor/index.js";
import type { Executable } from "../engine.js";
import { checkFeeds } from "../feeds.js";
import { placeStorages } from "./arena.js";
import type { Dnnl, Scope } from "./dnnl.js";
import { statusText } from "./library.js";
import type { HostArray, Plan, Step, Storage, Value } from "./plan.js";
import { allocate, type Variables } from "./variables.js";

export interface Host {
  readonly dnnl: Dnnl;
  readonly variables: Variables;
  requireAlive(): void;
  onDispose(): void;
}

type Call = () => void;

export interface BoundExecutable<Inputs extends string, Outputs extends string> extends Executable<Inputs, Outputs> {
  readonly plan: Plan;
  /** Bytes of the arena. */
  readonly bytes: number;
  /** Runs the steps once more and gives each one's milliseconds. */
  profile(): number[];
}

export function executable<Inputs extends string, Outputs extends string>(plan: Plan, schedule: Schedule, scope: Scope, host: Host): BoundExecutable<Inputs, Outputs> {
  const { dnnl, variables } = host;
  const { library, stream } = dnnl;
  const placement = placeStorages(plan);
  const memory = allocate(library, placement.bytes);
  for (const bundle of plan.bundles) {
    const members = bundle.flatMap(({ variable }) => (variable ? [variable] : []));
    if (members.length > 0) variables.bundle(members);
  }

  const byteOffset = (storage: Storage): number => {
    const offset = placement.offsets.get(storage);
    if (offset === undefined) throw new TypeError("a storage without a place");
    return offset;
  };
  const addressOf = ({ storage, offset }: Value): bigint => (storage.variable ? variables.addressOf(storage.variable) : memory.address + BigInt(byteOffset(storage))) + BigInt(4 * offset);
  const viewOf = ({ storage, offset, desc, dtype }: Value): HostArray => {
    if (storage.variable) return variables.values(storage.variable).subarray(offset, offset + sizeOf(desc.shape));
    const View = dtype === "int32" ? Int32Array : Float32Array;
    return new View(memory.buffer, memory.start + byteOffset(storage) + 4 * offset, sizeOf(desc.shape));
  };
  for (const storage of placement.offsets.keys())
    if (storage.initial) viewOf({ storage, offset: 0, dtype: storage.initial instanceof Int32Array ? "int32" : "float32", desc: { ...scope.plain([storage.initial.length]) } }).set(storage.initial);

  let bindings: { readonly scope: Scope; readonly generation: number; readonly calls: readonly Call[] } | undefined;
  function bind(): readonly Call[] {
    if (bindings?.generation === variables.generation) return bindings.calls;
    bindings?.scope.dispose();
    const memories = dnnl.scope();
    const calls = plan.steps.map((step) => callOf(step, memories));
    bindings = { scope: memories, generation: variables.generation, calls };
    return calls;
  }

  function callOf({ work, title }: Step, memories: Scope): Call {
    if (work.kind === "host") {
      const [inputs, output] = [work.inputs.map(viewOf), viewOf(work.output)];
      return () => work.compute(inputs, output);
    }
    // An array of { int32 argument; pointer memory } records.
    const list = Buffer.alloc(16 * work.args.length);
    work.args.forEach(([index, value], i) => {
      list.writeInt32LE(index, 16 * i);
      list.writeBigUInt64LE(memories.memory(value.desc, addressOf(value)), 16 * i + 8);
    });
    const { handle } = work.primitive;
    const count = work.args.length;
    return () => {
      const status = library.execute(handle, stream, count, list);
      if (status !== 0) throw new EngineError(`oneDNN ${library.version}: ${title} failed: ${statusText(status)}`);
    };
  }

  const inputs = [...plan.inputs].map(([name, value]) => ({ name, view: viewOf(value) }));
  const noises = plan.noises.map(({ leaf, stream: index, value }) => ({ leaf, index, view: viewOf(value) }));
  const answer = Object.fromEntries([...plan.outputs].map(([name, value]) => [name, viewOf(value)])) as Record<Outputs, Data>;
  let disposed = false;

  return {
    plan,
    bytes: placement.bytes,
    async run(given: Readonly<Record<string, Data>>, noise) {
      host.requireAlive();
      if (disposed) throw new EngineError("This executable was disposed of and cannot run any more", "Compile the program again.");
      checkFeeds(schedule, given, noise);
      for (const { name, view } of inputs) view.set(given[name]);
      if (noise) for (const { leaf, index, view } of noises) if (view instanceof Float32Array) fillNoise(leaf, index, noise, view);
      const calls = bind();
      library.flushingDenormals(() => calls.forEach((call) => call()));
      return answer;
    },
    profile() {
      const calls = bind();
      const times: number[] = [];
      library.flushingDenormals(() =>
        calls.forEach((call) => {
          const start = performance.now();
          call();
          times.push(performance.now() - start);
        }),
      );
      return times;
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      bindings?.scope.dispose();
      scope.dispose();
      host.onDispose();
    },
  };
}
