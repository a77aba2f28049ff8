/**
 * Keeping outputs where they are. onnxruntime-node 1.30 computes into the arrays that it is given, but afterwards copies every
 * output into a new array as well: fresh memory for all weights and moments at every step, at up to 0.7 ms a megabyte. It takes
 * the outputs in order and fails at the first that is not a tensor. So the first output of our graphs is a sequence, and the
 * failure to convert it means that all outputs are computed and in place. A version that converts sequences would not fail,
 * and all would stay right.
 */
import { create } from "@bufbuild/protobuf";
import {
  NodeProtoSchema, TensorProto_DataType as DataType, TypeProto_SequenceSchema, TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema,
  type NodeProto, type ValueInfoProto,
} from "onnx-buf";

export const SENTINEL = "/sentinel";

/** Makes the sequence. */
export const sentinelNode = (): NodeProto => create(NodeProtoSchema, { name: SENTINEL, opType: "SequenceEmpty", output: [SENTINEL] });

/** The sequence as a graph's output, to be named before all others. */
export function sentinelOutput(): ValueInfoProto {
  const elemType = create(TypeProtoSchema, { value: { case: "tensorType", value: create(TypeProto_TensorSchema, { elemType: DataType.FLOAT }) } });
  const type = create(TypeProtoSchema, { value: { case: "sequenceType", value: create(TypeProto_SequenceSchema, { elemType }) } });
  return create(ValueInfoProtoSchema, { name: SENTINEL, type });
}

/** Whether a run has failed at nothing but the sequence. */
export const isSentinelFailure = (error: unknown): boolean => error instanceof Error && error.message.startsWith("Non tensor type");
