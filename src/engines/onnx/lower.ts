/** A scheduled Program as an ONNX graph. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema, TensorShapeProto_DimensionSchema, TensorShapeProtoSchema, TypeProto_TensorSchema,
  TypeProtoSchema, ValueInfoProtoSchema, type NodeProto, type TensorProto, type ValueInfoProto,
} from "onnx-buf";
import { Constant, Input, noiseOp, schedule, Variable, type Program, type Schedule, type Tensor } from "../../tensor/index.js";
import { dataTypes, graphBuilder, liveNodes, type GraphBuilder } from "./graph.js";
import type { Context } from "./lowering/context.js";
import { lowerings } from "./lowering/index.js";

/** The ONNX operator set that graphs are written in, and the file format that goes with it. */
export const OPSET = 20;
const IR_VERSION = 9n;

// One dispatch for all ops: the table's type has checked that each op's attributes fit its lowering.
const table = lowerings as unknown as Readonly<Record<string, (context: Context, attributes: unknown) => string>>;
const lowered: ReadonlySet<string> = new Set(Object.keys(lowerings));

export interface LoweredProgram {
  readonly plan: Schedule;
  readonly graph: GraphBuilder;
  readonly nodes: readonly NodeProto[];
  /** Graph inputs: the program's inputs, its variables and its noise, by tensor. */
  readonly inputs: ReadonlyMap<Tensor, string>;
  readonly outputs: ReadonlyMap<string, string>;
  readonly updates: ReadonlyMap<Variable, string>;
}

export const noiseName = (stream: number): string => `noise_${stream}`;

export function lowerProgram(program: Program): LoweredProgram {
  const plan = schedule(program, lowered);
  const graph = graphBuilder();
  const inputNames = new Map([...plan.inputs].map(([name, tensor]) => [tensor, name]));
  const inputs = new Map<Tensor, string>(inputNames);
  const names = new Map<Tensor, string>();
  const nameOf = (tensor: Tensor): string => names.get(tensor)!;

  for (const node of plan.nodes) {
    const input = node instanceof Input ? inputNames.get(node) : node instanceof Variable ? variableName(node) : node.op === noiseOp ? noiseName(plan.noises.indexOf(node)) : undefined;
    if (input !== undefined) inputs.set(node, input);
    names.set(node, input ?? lowerNode(graph, node, nameOf));
  }
  // ONNX wants every output to be some node's own: what is an input, a constant or an output already gets a copy.
  const claimed = new Set<string>();
  const claim = (tensor: Tensor): string => {
    const name = tensor.dtype === "bool" ? graph.node("Cast", [nameOf(tensor)], { to: { int: dataTypes.float32 } }) : nameOf(tensor);
    const own = graph.nodes.some((node) => node.output[0] === name) && !claimed.has(name) ? name : graph.node("Identity", [name]);
    claimed.add(own);
    return own;
  };
  const outputs = new Map([...plan.outputs].map(([name, tensor]) => [name, claim(tensor)]));
  const updates = new Map([...plan.updates].map(([variable, tensor]) => [variable, claim(tensor)]));
  return { plan, graph, nodes: liveNodes(graph.nodes, claimed), inputs, outputs, updates };
}

/** Kept apart from the names of inputs and nodes. */
const variableName = ({ name }: Variable): string => `variable/${name}`;

function lowerNode(graph: GraphBuilder, node: Tensor, nameOf: (tensor: Tensor) => string): string {
  if (node instanceof Constant) return graph.constant(node.values, node.shape, node.dtype);
  return table[node.op.name]({ graph, node, inputs: node.inputs.map(nameOf), nameOf }, node.attributes);
}

type Dimension = number | string;

/** A graph's input or output: its name, type and shape, where a name stands for a size that is left open. */
export function valueInfo(name: string, shape: readonly Dimension[], tensor: Tensor): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === "string" ? { case: "dimParam", value: size } : { case: "dimValue", value: BigInt(size) },
    }),
  );
  const value = create(TypeProto_TensorSchema, { elemType: dataTypes[tensor.dtype === "bool" ? "float32" : tensor.dtype], shape: create(TensorShapeProtoSchema, { dim }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value } }) });
}

export interface ModelParts {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly docString?: string;
  readonly producerVersion?: string;
}

/** The bytes of a ModelProto. */
export function encodeModel({ nodes, initializers, inputs, outputs, docString = "", producerVersion = "" }: ModelParts): Uint8Array<ArrayBuffer> {
  const needed = new Set(nodes.flatMap((node) => node.input));
  const graph = create(GraphProtoSchema, {
    name: "morphogen",
    node: [...nodes],
    initializer: initializers.filter(({ name }) => needed.has(name)),
    input: [...inputs],
    output: [...outputs],
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { version: BigInt(OPSET) })];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: IR_VERSION, opsetImport, producerName: "morphogen", producerVersion, docString, graph }));
}
