/** Fuses the elementwise ops that follow a matrix product or a convolution into it. */
import { sizeOf, type Shape, type Tensor } from "../../../tensor/index.js";
import type { Arguments, Layout } from "../builder.js";
import { namesOf, type ChainOp } from "../chain.js";
import type { Desc } from "../desc.js";
import type { PostOp, Primitive } from "../dnnl.js";
import { clashes, emitChain, isFast, place } from "../emit-chain.js";
import { algorithms, args } from "../operations.js";
import type { Value } from "../plan.js";
import type { Context, Lowered } from "./context.js";

export interface Fusible {
  readonly layout: Layout;
  /** Shape of an operand that the primitive takes as its bias: one value for each column or channel. */
  readonly biasShape: Shape;
  make(bias: Desc | null, postOps: readonly PostOp[]): Primitive | undefined;
  readonly reads: Arguments;
  dst(primitive: Primitive): Desc;
  readonly flop: number;
  readonly title: string;
}

export const titleOf = ({ node }: Context): string => node.op.name;

const isBias = (op: ChainOp | undefined, node: Tensor, biasShape: Shape): op is Extract<ChainOp, { kind: "binary" }> & { readonly operand: Tensor } => {
  if (op?.kind !== "binary" || op.algorithm !== algorithms.add || typeof op.operand === "number") return false;
  const { shape } = op.operand;
  const padded = [...new Array<number>(Math.max(0, node.rank - shape.length)).fill(1), ...shape];
  return padded.length === biasShape.length && padded.every((n, i) => n === biasShape[i]) && sizeOf(shape) > 1;
};

/** Emits the primitive with as much of the tail as it takes, and the rest as a chain of its own. */
export function fusedPrimitive(context: Context, fusible: Fusible): Lowered {
  const { builder, layer, node, tail } = context;
  const ops = tail?.ops ?? [];
  const [first] = ops;
  const withBias = isBias(first, node, fusible.biasShape);
  const biasOf = (): Value => {
    if (!withBias) throw new TypeError("no bias");
    const value = builder.plain(first.operand);
    return { ...value, desc: builder.scope.plain(context.node.op.name === "matmul" ? fusible.biasShape : [sizeOf(first.operand.shape)]) };
  };
  const bias = withBias ? biasOf() : undefined;
  const biasReads: Arguments = bias ? [[args.bias, bias]] : [];
  const rest = bias ? ops.slice(1) : ops;

  const emit = (primitive: Primitive, result: Tensor, title: string, more: Arguments): Value => {
    const target = builder.fresh(fusible.dst(primitive));
    builder.primitive(title, primitive, [...fusible.reads, ...biasReads, ...more], [[args.dst, target]], fusible.flop);
    builder.define(result, target);
    return target;
  };
  const plainTitle = `${fusible.title}${bias ? " + bias" : ""}`;

  if (tail && rest.length > 0) {
    const placed = place(builder, rest, node.shape, fusible.layout);
    const postOps = placed.map((op): PostOp => (op.kind === "eltwise" ? op : { kind: "binary", algorithm: op.algorithm, desc: op.operand.desc }));
    const primitive = clashes(placed) || placed.length > 24 ? undefined : fusible.make(bias?.desc ?? null, postOps);
    // Some operands drive the library to a slower kernel; then a pass of its own is cheaper.
    if (primitive && isFast(primitive) && primitive.implementation === fusible.make(bias?.desc ?? null, [])?.implementation) {
      emit(primitive, tail.result, `${plainTitle} + ${namesOf(rest)}`, placed.flatMap((op, i) => (op.kind === "binary" ? [[layer.postOpArgument(i), op.operand] as const] : [])));
      return true;
    }
  }
  const primitive = fusible.make(bias?.desc ?? null, []);
  if (!primitive) throw builder.scope.lacking(fusible.title, ...context.inputs.map(({ shape }) => shape), node.shape);
  if (!tail) {
    emit(primitive, node, plainTitle, []);
    return false;
  }
  if (rest.length === 0) {
    emit(primitive, tail.result, plainTitle, []);
    return true;
  }
  const between = emit(primitive, node, plainTitle, []);
  const target = builder.fresh(builder.desc(node.shape, fusible.layout));
  emitChain(builder, layer, namesOf(rest), { start: between, ops: place(builder, rest, node.shape, fusible.layout) }, target, fusible.layout);
  builder.define(tail.result, target);
  return true;
}
