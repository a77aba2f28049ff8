/**
 * An ability as an ONNX file: weights inside, any batch size. The ability is built and lowered for two batch sizes; what
 * differs between the two graphs depends on the batch, and is freed.
 */
import { create, equals } from "@bufbuild/protobuf";
import { NodeProtoSchema, TensorProto_DataType as DataType, TensorProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { EngineError } from "../../errors.js";
import { Variable, type Data, type Program, type Tensor } from "../../tensor/index.js";
import { dataTypes, SHAPE_PREFIX } from "./graph.js";
import { encodeModel, lowerProgram, valueInfo, type LoweredProgram } from "./lower.js";

export interface ExportOptions {
  /** Said in the file. */
  readonly docString?: string;
  readonly producerVersion?: string;
}

/** Bytes of a ModelProto whose first axes are named "batch"; noise becomes inputs named noise_0, noise_1, ... */
export async function exportOnnx(
  build: (batch: number) => Program,
  weights: { read(variable: Variable): Promise<Data> },
  options: ExportOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const program = build(2);
  const [two, three] = [lowerProgram(program), lowerProgram(build(3))];
  if (two.updates.size > 0) throw new EngineError("A program with updates cannot be exported", "Export an ability, not a training step.");
  requireSameNodes(two, three);

  const { rewired, computed, constants } = freeBatch(two, three);
  const values = await Promise.all([...two.inputs].filter(([tensor]) => tensor instanceof Variable).map(([tensor, name]) => weight(tensor, name, weights)));
  const openInputs = [...two.inputs].filter(([tensor]) => !(tensor instanceof Variable));
  const openShapes = new Map([...three.inputs].map(([tensor, name]) => [name, tensor]));
  const pretty = new Map([...two.outputs].map(([key, name]) => [name, key]));
  const renamed = [...computed, ...rewired].map((node) => rename(node, pretty));
  return encodeModel({
    ...options,
    nodes: renamed,
    initializers: [...constants, ...values],
    inputs: openInputs.map(([tensor, name]) => valueInfo(name, openShape(tensor, openShapes.get(name)!), tensor)),
    outputs: [...two.outputs.keys()].map((key) => valueInfo(key, openShape(two.plan.outputs.get(key)!, three.plan.outputs.get(key)!), two.plan.outputs.get(key)!)),
  });
}

const openShape = (a: Tensor, b: Tensor): (number | string)[] => a.shape.map((n, axis) => (n === b.shape[axis] ? n : "batch"));

function rename(node: NodeProto, names: ReadonlyMap<string, string>): NodeProto {
  const to = (name: string) => names.get(name) ?? name;
  return create(NodeProtoSchema, { ...node, input: node.input.map(to), output: node.output.map(to) });
}

async function weight(tensor: Tensor, name: string, weights: { read(variable: Variable): Promise<Data> }): Promise<TensorProto> {
  if (!(tensor instanceof Variable)) throw new TypeError(`${name} is not a variable`);
  const values = await weights.read(tensor);
  const stored = tensor.dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values);
  return create(TensorProtoSchema, { name, dataType: dataTypes[tensor.dtype], dims: tensor.shape.map(BigInt), rawData: new Uint8Array(stored.buffer) });
}

function requireSameNodes(two: LoweredProgram, three: LoweredProgram): void {
  const differing = two.nodes.find((node, i) => i >= three.nodes.length || !equals(NodeProtoSchema, node, three.nodes[i]));
  if (differing || two.nodes.length !== three.nodes.length)
    throw new EngineError(
      `The program's graph changes with the batch size${differing ? ` from the operator ${differing.opType} on` : ""} and cannot be exported`,
      "Build it from ops that treat the first axis alike.",
    );
}

const sizes = ({ rawData }: TensorProto): number[] => Array.from(new BigInt64Array(rawData.slice().buffer), Number);
const sameBytes = (a: TensorProto, b: TensorProto): boolean => a.rawData.length === b.rawData.length && a.rawData.every((byte, i) => byte === b.rawData[i]);

/** Shapes that hold the batch size: a Reshape works its one open size out (-1); an Expand gets a shape computed at run time. */
function freeBatch(two: LoweredProgram, three: LoweredProgram): { rewired: readonly NodeProto[]; computed: readonly NodeProto[]; constants: readonly TensorProto[] } {
  const constants: TensorProto[] = [];
  const computed: NodeProto[] = [];
  const int64 = (name: string, values: readonly number[]) =>
    create(TensorProtoSchema, { name, dataType: DataType.INT64, dims: [BigInt(values.length)], rawData: new Uint8Array(BigInt64Array.from(values, (n) => BigInt(n)).buffer) });
  const consumer = new Map(two.nodes.flatMap((node) => node.input.map((name) => [name, node])));

  two.graph.initializers.forEach((initializer, i) => {
    const other = three.graph.initializers[i];
    const user = consumer.get(initializer.name);
    if (!user || sameBytes(initializer, other)) return void constants.push(initializer);
    if (!initializer.name.startsWith(SHAPE_PREFIX))
      throw new EngineError(`The operator ${user.opType} holds values that depend on the batch size, so the program cannot be exported for any batch`);
    const [a, b] = [sizes(initializer), sizes(other)];
    const open = a.flatMap((n, axis) => (n === b[axis] ? [] : [axis]));
    if (user.opType === "Reshape" && open.length === 1) return void constants.push(int64(initializer.name, a.map((n, axis) => (axis === open[0] ? -1 : n))));
    if (open.some((axis) => 2 * b[axis] !== 3 * a[axis]))
      throw new EngineError(`A shape of the operator ${user.opType} is [${a.join(", ")}] for a batch of 2 and [${b.join(", ")}] for one of 3, no multiple of the batch, so it cannot be exported`);
    computed.push(...shapeAtRunTime(initializer.name, a, open, batchSource(two, three), (name, values) => constants.push(int64(name, values))));
  });
  return { rewired: two.nodes, computed, constants };
}

/** An input whose first axis is the batch. */
function batchSource(two: LoweredProgram, three: LoweredProgram): string {
  const other = new Map([...three.inputs].map(([tensor, name]) => [name, tensor]));
  const source = [...two.inputs].find(([tensor, name]) => tensor.shape[0] === 2 && other.get(name)?.shape[0] === 3);
  if (!source) throw new EngineError("No input of the program has the batch as its first axis, so its size cannot be known at run time");
  return source[1];
}

/** shape = sizes with each open one (a multiple of 2 at batch 2) as batch * multiple. */
function shapeAtRunTime(name: string, sizesAtTwo: readonly number[], open: readonly number[], source: string, constant: (name: string, values: readonly number[]) => void): NodeProto[] {
  // Open sizes are batch * multiple; closed ones are 0 in that product and stand in the sum beside it.
  constant(`${name}_multiples`, sizesAtTwo.map((n, axis) => (open.includes(axis) ? n / 2 : 0)));
  constant(`${name}_fixed`, sizesAtTwo.map((n, axis) => (open.includes(axis) ? 0 : n)));
  constant(`${name}_first`, [0]);
  const node = (opType: string, input: string[], output: string) => create(NodeProtoSchema, { name: output, opType, input, output: [output] });
  return [
    node("Shape", [source], `${name}_source`),
    node("Gather", [`${name}_source`, `${name}_first`], `${name}_batch`),
    node("Mul", [`${name}_batch`, `${name}_multiples`], `${name}_open`),
    node("Add", [`${name}_open`, `${name}_fixed`], name),
  ];
}
