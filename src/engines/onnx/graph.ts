/** Building an ONNX graph: nodes in order, constants as initializers, names by counting, with a slash that keeps them apart from a program's own. */
import { create } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType, AttributeProtoSchema, NodeProtoSchema, TensorProto_DataType as DataType, TensorProtoSchema,
  type AttributeProto, type NodeProto, type TensorProto,
} from "onnx-buf";
import type { DType, Shape } from "../../tensor/index.js";

export type AttributeValue = string | readonly number[] | { readonly int: number } | { readonly float: number };

export interface GraphBuilder {
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  /** Adds a node with one output and returns the output's name. */
  node(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, AttributeValue>>): string;
  /** Asks the node whose output this is for its second, optional one, and returns that one's name. */
  secondOutput(name: string): string;
  /** A constant of the graph. */
  constant(values: ArrayLike<number>, shape: Shape, dtype: DType): string;
  /** A constant int64 vector: a shape, axes, pads. */
  ints(values: readonly number[]): string;
  /** int64 values that hold a shape of which one size may depend on the batch. */
  shape(values: Shape): string;
}

export const dataTypes: Readonly<Record<DType, DataType>> = { float32: DataType.FLOAT, int32: DataType.INT32, bool: DataType.BOOL };

/** Initializers whose values are the sizes of a shape carry this prefix, so that the exporter can free the batch size in them. */
export const SHAPE_PREFIX = "/shape_";

export function graphBuilder(): GraphBuilder {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const initializer = (prefix: string, dataType: DataType, shape: Shape, values: ArrayBufferView): string => {
    const name = `${prefix}${initializers.length}`;
    const rawData = new Uint8Array(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    initializers.push(create(TensorProtoSchema, { name, dataType, dims: shape.map(BigInt), rawData }));
    return name;
  };
  const int64s = (prefix: string) => (values: readonly number[]) =>
    initializer(prefix, DataType.INT64, [values.length], BigInt64Array.from(values, (n) => BigInt(n)));
  return {
    nodes,
    initializers,
    node(opType, inputs, attributes = {}) {
      const name = `/${opType}_${nodes.length}`;
      nodes.push(create(NodeProtoSchema, { name, opType, input: [...inputs], output: [name], attribute: Object.entries(attributes).map(attribute) }));
      return name;
    },
    secondOutput(name) {
      const made = nodes.find(({ output }) => output[0] === name);
      if (!made) throw new TypeError(`${name} is no node's output`);
      return (made.output[1] ??= `${name}_second`);
    },
    constant: (values, shape, dtype) => initializer("/constant_", dataTypes[dtype], shape, rawValues(values, dtype)),
    ints: int64s("/ints_"),
    shape: int64s(SHAPE_PREFIX),
  };
}

const rawValues = (values: ArrayLike<number>, dtype: DType): ArrayBufferView =>
  dtype === "float32" ? Float32Array.from(values) : dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values);

function attribute([name, value]: [string, AttributeValue]): AttributeProto {
  if (typeof value === "string") return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  if ("int" in value) return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value.int) });
  if ("float" in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** Nodes that the given outputs need: what a fusion has bypassed falls away. */
export function liveNodes(nodes: readonly NodeProto[], outputs: Iterable<string>): NodeProto[] {
  const needed = new Set(outputs);
  return nodes
    .toReversed()
    .filter((node) => {
      if (!node.output.some((name) => needed.has(name))) return false;
      node.input.forEach((name) => needed.add(name));
      return true;
    })
    .reverse();
}
