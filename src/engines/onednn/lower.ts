/**
 * A Program as a plan. Every value is made on demand: first what is not elementwise, in the order of the graph, with the
 * elementwise chains that it reads; then the outputs; last the updates of the variables, in place where nothing still reads
 * the old values.
 */
import { broadcastTo, composites, Constant, Input, noiseOp, schedule, sizeOf, Variable, type Program, type Schedule, type Tensor } from "../../tensor/index.js";
import { makeBuilder } from "./builder.js";
import { bundleUpdates } from "./bundles.js";
import { chainOf, isChainable, scalarConstant } from "./chain.js";
import type { Scope, VersionLayer } from "./dnnl.js";
import { tensorsOf } from "./emit-chain.js";
import type { Context, Lowered, Tail } from "./lowering/context.js";
import { lowerChain } from "./lowering/elementwise.js";
import { lowerings } from "./lowering/index.js";
import type { Plan, Storage, Value } from "./plan.js";
import { updateVariables } from "./updates.js";

/** One dispatch for all ops: the table's type has checked that each op's attributes fit its lowering. */
const table = lowerings as unknown as Readonly<Record<string, (context: Context, attributes: unknown) => Lowered>>;
const loweredComposites = new Set(Object.keys(composites).filter((name) => name in lowerings));
/** Ops that can take over the elementwise ops after them. */
const FUSING = new Set(["matmul", "conv2d"]);

const isScaled = ({ op, inputs }: Tensor): boolean => op.name === "neg" || (op.name === "mul" && inputs.some((x) => scalarConstant(x) !== undefined));

export interface LoweringOptions {
  readonly scope: Scope;
  readonly layer: VersionLayer;
  /** Where a variable lives. */
  readonly storageOf: (variable: Variable) => Storage;
  /** May these variables be laid side by side? */
  readonly canBundle: (variables: readonly Variable[]) => boolean;
}

export function lowerProgram(program: Program, { scope, layer, storageOf, canBundle }: LoweringOptions): { readonly schedule: Schedule; readonly plan: Plan } {
  const order = schedule(program, loweredComposites);
  const builder = makeBuilder(scope);
  const consumers = new Map<Tensor, Tensor[]>();
  for (const node of order.nodes) for (const x of node.inputs) consumers.set(x, [...(consumers.get(x) ?? []), node]);
  const external = new Set<Tensor>([...order.outputs.values(), ...order.updates.values()]);
  const known = new Set(order.nodes);

  const statistics: Context["statistics"] = new Map();

  const chainable = (node: Tensor): boolean => node.inputs.length > 0 && sizeOf(node.shape) > 1 && isChainable(node);
  /** The only reader of a node that nothing outside of the program asks for. */
  const onlyConsumer = (node: Tensor): Tensor | undefined => {
    const list = consumers.get(node) ?? [];
    return list.length === 1 && !external.has(node) && known.has(node) ? list[0] : undefined;
  };
  const inlined = (node: Tensor): boolean => {
    if (builder.has(node) || !chainable(node)) return false;
    // A tensor times a number is computed again in each chain that reads it, rather than kept in memory.
    if (isScaled(node) && !external.has(node) && known.has(node)) return (consumers.get(node) ?? []).every((consumer) => chainable(consumer) && sizeOf(consumer.shape) === sizeOf(node.shape));
    const consumer = onlyConsumer(node);
    return consumer !== undefined && chainable(consumer) && sizeOf(consumer.shape) === sizeOf(node.shape);
  };
  const produced = (node: Tensor): boolean => {
    if (builder.has(node) || !FUSING.has(node.op.name)) return false;
    const consumer = onlyConsumer(node);
    return consumer !== undefined && chainable(consumer) && sizeOf(consumer.shape) === sizeOf(node.shape);
  };
  const around = { inlined, produced };

  /** The chain that starts with a matrix product or convolution. */
  function tailOf(node: Tensor): Tail | undefined {
    if (!produced(node)) return undefined;
    let result = onlyConsumer(node);
    while (result && inlined(result)) result = onlyConsumer(result);
    if (!result || builder.has(result)) return undefined;
    const chain = chainOf(result, around);
    if (chain.start !== node) return undefined;
    for (const x of tensorsOf(chain).slice(1)) materialize(x);
    return { result, ops: chain.ops };
  }

  function leaf(node: Tensor): Value | undefined {
    if (node instanceof Variable) return { storage: storageOf(node), desc: builder.desc(node.shape, "plain"), offset: 0, dtype: node.dtype };
    if (node instanceof Constant) return builder.kept(builder.desc(node.shape, "plain"), node.dtype, node.dtype === "int32" ? Int32Array.from(node.values) : Float32Array.from(node.values));
    if (node instanceof Input || node.op === noiseOp) return builder.kept(builder.desc(node.shape, "plain"), node.dtype);
    return undefined;
  }

  function materialize(node: Tensor, into?: Value): void {
    if (builder.has(node)) return;
    const value = leaf(node);
    if (value) return builder.define(node, value);
    if (chainable(node)) return materializeChain(node, into);
    for (const x of node.inputs) materialize(x);
    const tail = FUSING.has(node.op.name) ? tailOf(node) : undefined;
    table[node.op.name](
      {
        builder,
        layer,
        node,
        inputs: node.inputs,
        tail,
        statistics,
        lower: materialize,
        sibling: (name, inputs, fits = () => true) =>
          inputs
            .flatMap((x) => (x ? (consumers.get(x) ?? []) : []))
            .find((other) => other.op.name === name && inputs.every((x, i) => !x || x === other.inputs[i]) && fits(other.attributes)),
      },
      node.attributes,
    );
  }

  function materializeChain(node: Tensor, into: Value | undefined): void {
    const chain = chainOf(node, around);
    for (const x of tensorsOf(chain).slice(1)) materialize(x);
    const isFull = sizeOf(chain.start.shape) === sizeOf(node.shape);
    // A chain's first value has the chain's size: one that is stretched is copied out.
    const start = isFull ? chain.start : broadcastTo(chain.start, node.shape);
    if (!isFull) materialize(chain.start);
    materialize(start);
    // The start may have taken the whole chain over.
    if (!builder.has(node)) lowerChain({ builder, layer, into }, node, { ...chain, start });
  }

  const isHeavy = (node: Tensor): boolean => node.inputs.length > 0 && !chainable(node) && sizeOf(node.shape) > 1;
  for (const node of asSoonAsPossible(order.nodes, consumers)) if (isHeavy(node)) materialize(node);

  const outputs = new Map<string, Value>();
  for (const [name, tensor] of order.outputs) {
    materialize(tensor);
    // A copy of its own: the memory of a value may be used again, and a variable's changes.
    const value = builder.plain(tensor);
    const copy = builder.kept(value.desc, tensor.dtype);
    builder.copy("output", value, copy);
    outputs.set(name, copy);
  }
  const updatesFrom = builder.steps.length;
  updateVariables(builder, order.updates, materialize, storageOf);
  const bundles = bundleUpdates(builder, layer, updatesFrom, canBundle);

  for (const input of order.inputs.values()) materialize(input);
  const plan: Plan = {
    steps: builder.steps,
    inputs: new Map([...order.inputs].map(([name, tensor]) => [name, builder.plain(tensor)])),
    noises: order.noises.flatMap((noise, stream) => (builder.has(noise) ? [{ leaf: noise, stream, value: builder.forms(noise)[0] }] : [])),
    outputs,
    chains: builder.chains,
    bundles,
  };
  return { schedule: order, plan };
}

/** Each node right after the last of its inputs, so that what reads a tensor reads it while it is in the cache, and then lets it go. */
function asSoonAsPossible(nodes: readonly Tensor[], consumers: ReadonlyMap<Tensor, readonly Tensor[]>): Tensor[] {
  const missing = new Map(nodes.map((node) => [node, node.inputs.length]));
  const ready = nodes.filter((node) => node.inputs.length === 0);
  for (const node of ready)
    for (const consumer of consumers.get(node) ?? []) {
      const left = (missing.get(consumer) ?? 0) - 1;
      missing.set(consumer, left);
      if (left === 0) ready.push(consumer);
    }
  return ready;
}
