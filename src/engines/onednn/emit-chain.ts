/** Turns a chain into primitives: one `binary` with post-ops where the library has a fast kernel for it, else several. */
import { sizeOf, type Shape, type Tensor } from "../../tensor/index.js";
import { descShape, isChannelsLast, type Builder, type Layout } from "./builder.js";
import type { Chain, ChainOp } from "./chain.js";
import { rowMajor, type Desc } from "./desc.js";
import type { PostOp, Primitive, VersionLayer } from "./dnnl.js";
import { algorithms, args } from "./operations.js";
import type { ChainRecord, PlacedOp, Value } from "./plan.js";

export const isFast = ({ implementation }: Primitive): boolean => !implementation.startsWith("ref");

/** The layout in which a chain over these tensors needs the fewest reorders of full-size operands; of two with as many, that of the convolutions. */
export function layoutOf(builder: Builder, shape: Shape, tensors: readonly Tensor[]): Layout {
  const full = [...new Set(tensors)].filter((x) => sizeOf(x.shape) === sizeOf(shape) && x.rank === shape.length);
  const channelsLast = full.filter((x) => isChannelsLast(builder, x)).length;
  const plain = full.filter((x) => builder.forms(x).some(({ desc }) => desc.plain)).length;
  return channelsLast > 0 && channelsLast >= plain ? "channelsLast" : "plain";
}

/** A tensor as operand of a chain of this shape: with axes of size 1 in front, in the chain's layout. */
export function operandValue(builder: Builder, tensor: Tensor, shape: Shape, layout: Layout): Value {
  if (tensor.rank === shape.length) return builder.inLayout(tensor, layout);
  const value = builder.plain(tensor);
  const padded = [...new Array<number>(shape.length - tensor.rank).fill(1), ...tensor.shape];
  const reshapedValue = { ...value, desc: builder.scope.plain(descShape(padded)) };
  const wanted = builder.desc(padded, layout);
  if (layout === "plain" || wanted.plain) return reshapedValue;
  const moved = builder.fresh(wanted);
  builder.copy("reorder", reshapedValue, moved);
  return moved;
}

export const tensorsOf = ({ start, ops }: Chain): Tensor[] => [start, ...ops.flatMap((op) => (op.kind === "binary" && typeof op.operand !== "number" ? [op.operand] : []))];

/**
 * The ops with their operands in memory. Version 2's kernels keep one set of parameters for each function, so a second
 * `linear` with others is written as products and sums with constants.
 */
export function place(builder: Builder, ops: readonly ChainOp[], shape: Shape, layout: Layout): PlacedOp[] {
  const scalar = (algorithm: number, value: number): PlacedOp => ({ kind: "binary", algorithm, operand: builder.scalar(value) });
  const first = ops.find((op) => op.kind === "eltwise" && op.algorithm === "linear");
  return ops.flatMap((op): PlacedOp[] => {
    if (op.kind === "binary") return [{ ...op, operand: typeof op.operand === "number" ? builder.scalar(op.operand) : operandValue(builder, op.operand, shape, layout) }];
    if (op.algorithm !== "linear" || sameFunction(op, first)) return [op];
    return [...(op.alpha === 1 ? [] : [scalar(algorithms.mul, op.alpha)]), ...(op.beta === 0 ? [] : [scalar(algorithms.add, op.beta)])];
  });
}

const sameFunction = (a: ChainOp, b: ChainOp | undefined): boolean => a.kind === "eltwise" && b?.kind === "eltwise" && a.alpha === b.alpha && a.beta === b.beta;

/** True when one function occurs twice with different parameters. */
export const clashes = (ops: readonly PlacedOp[]): boolean =>
  ops.some((op, i) => op.kind === "eltwise" && ops.slice(0, i).some((other) => other.kind === "eltwise" && other.algorithm === op.algorithm && !sameFunction(op, other)));

/** Axes in the order of memory, neighbours joined where no operand tells them apart. */
interface Folded {
  readonly sizes: readonly number[];
  /** For each operand and axis: is it stretched there? */
  readonly stretched: readonly (readonly boolean[])[];
}

function fold(shape: Shape, layout: Layout, operands: readonly Value[]): Folded {
  const order = layout === "channelsLast" ? [0, 2, 3, 1] : shape.map((_, axis) => axis);
  const rank = shape.length;
  const isStretched = ({ desc }: Value, axis: number): boolean => (desc.shape[axis - rank + desc.shape.length] ?? 1) === 1;
  const axes = order.filter((axis) => shape[axis] !== 1).map((axis) => ({ size: shape[axis], stretched: operands.map((operand) => isStretched(operand, axis)) }));
  const joined = axes.reduce<typeof axes>((list, axis) => {
    const last = list.at(-1);
    if (last && last.stretched.every((stretched, i) => stretched === axis.stretched[i])) list[list.length - 1] = { ...last, size: last.size * axis.size };
    else list.push(axis);
    return list;
  }, []);
  return { sizes: joined.map(({ size }) => size), stretched: operands.map((_, i) => joined.map((axis) => axis.stretched[i])) };
}

/** Ways to tell oneDNN of folded axes, as (batch, channels, space...); its kernels take some stretchings in some of them only. */
function arrangements(rank: number): number[][] {
  const straight = Array.from({ length: rank }, (_, i) => i);
  if (rank < 2) return [straight];
  const lastSecond = [0, rank - 1, ...straight.slice(1, -1)];
  return [straight, ...(rank > 2 ? [lastSecond] : []), [-1, ...straight]];
}

/** The library takes 32 post-ops. */
const LONGEST = 24;

/** Computes the chain into `target`, which has the chain's shape and layout. */
export function emitChain(builder: Builder, layer: VersionLayer, title: string, { start, ops }: Omit<ChainRecord, "target">, target: Value, layout: Layout): void {
  if (ops.length === 0) {
    if (start.storage !== target.storage || start.offset !== target.offset) builder.copy(title, start, target);
    return;
  }
  const shape = target.desc.shape;
  const found = clashes(ops) || ops.length > LONGEST ? undefined : attempt(builder, layer, { start, ops }, shape, layout);
  if (found && (isFast(found.primitive) || ops.length === 1)) {
    found.prepare();
    builder.primitive(title, found.primitive, found.reads, [[args.dst, { ...target, desc: found.whole }]]);
    const step = builder.steps.at(-1);
    if (step && found.whole.shape.length === 1) builder.chains.set(step, { start, ops, target });
    return;
  }
  if (ops.length === 1) throw builder.scope.lacking(`elementwise primitive for ${title}`, shape);
  // No kernel does it in one pass: the first ops first, up to the next operand that is stretched.
  const cut = Math.max(1, ops.findIndex((op, i) => i > 0 && op.kind === "binary" && sizeOf(op.operand.desc.shape) !== sizeOf(shape) && sizeOf(op.operand.desc.shape) > 1));
  const half = ops.length > LONGEST ? LONGEST : cut < ops.length ? cut : 1;
  const between = builder.fresh(builder.desc(shape, layout));
  emitChain(builder, layer, title, { start, ops: ops.slice(0, half) }, between, layout);
  emitChain(builder, layer, title, { start: between, ops: ops.slice(half) }, target, layout);
}

/** An operand that is the same in each row. */
const isRow = ([first, second]: readonly boolean[]): boolean => first && !second;

/** Short rows cost a call each; several of them are one long row, for which operands of one row are repeated. */
function copiesOf({ sizes, stretched }: Folded): number {
  const [rows, columns] = sizes;
  if (sizes.length !== 2 || rows * columns < 2 ** 16 || stretched.some(([first, second]) => !first && second)) return 1;
  return [16, 8, 4, 2].find((copies) => copies * columns <= 512 && rows % copies === 0) ?? 1;
}

function repeat(builder: Builder, row: Value, copies: Value): void {
  builder.host("repeat", [row], copies, ([from], to) => {
    for (let at = 0; at < to.length; at += from.length) to.set(from, at);
  });
}

interface Found {
  readonly primitive: Primitive;
  readonly whole: Desc;
  /** Emits the steps that its operands need. */
  prepare(): void;
  readonly reads: (readonly [number, Value])[];
}

function attempt(builder: Builder, layer: VersionLayer, { start, ops }: Omit<ChainRecord, "target">, shape: Shape, layout: Layout): Found | undefined {
  const { scope } = builder;
  const [first, ...rest] = ops;
  // The first op is the primitive itself when it has two operands; else a multiplication by a constant stands in.
  const isProduct = first.kind === "eltwise" && first.algorithm === "linear" && first.beta === 0;
  const primary = first.kind === "binary" ? first : { algorithm: algorithms.mul, operand: builder.scalar(isProduct ? first.alpha : 1) };
  const after = first.kind === "binary" || isProduct ? rest : ops;
  const operands = [primary.operand, ...after.flatMap((op) => (op.kind === "binary" ? [op.operand] : []))];
  const folded = fold(shape, layout, operands);
  const copies = copiesOf(folded);
  const sizes = copies === 1 ? folded.sizes : [folded.sizes[0] / copies, folded.sizes[1] * copies];
  const { stretched } = folded;
  // Emitted only when it is used, since it is a step of its own.
  const repeated = new Map(copies === 1 ? [] : operands.filter((_, i) => isRow(stretched[i])).map((operand) => [operand, builder.fresh(scope.plain([sizes[1]]))]));

  let fallback: Found | undefined;
  for (const arrangement of arrangements(sizes.length)) {
    const descOf = (isStretched: readonly boolean[]): Desc => {
      const own = sizes.map((n, axis) => (isStretched[axis] ? 1 : n));
      const strides = rowMajor(own);
      const at = <Item>(list: readonly Item[], filler: Item): Item[] => arrangement.map((axis) => (axis < 0 ? filler : list[axis]));
      if (sizes.length === 0) return scope.plain([1]);
      return scope.strided(at(own, 1), at(strides, own.reduce((a, b) => a * b, 1)));
    };
    const whole = descOf(sizes.map(() => false));
    const descs = stretched.map(descOf);
    let next = 1;
    const postOps = after.map((op): PostOp => (op.kind === "eltwise" ? op : { kind: "binary", algorithm: op.algorithm, desc: descs[next++] }));
    const primitive = scope.primitive("binary", [primary.algorithm, whole, descs[0], whole], { postOps });
    if (!primitive) continue;
    const flat = (value: Value, desc: Desc): Value => ({ ...(repeated.get(value) ?? value), desc });
    let operand = 1;
    const found: Found = {
      primitive,
      whole,
      prepare: () => repeated.forEach((copy, operand) => repeat(builder, { ...operand, desc: scope.plain([folded.sizes[1]]) }, copy)),
      reads: [
        [args.src, flat(start, whole)],
        [args.src1, flat(operands[0], descs[0])],
        ...after.flatMap((op, i) => (op.kind === "binary" ? [[layer.postOpArgument(i), flat(operands[operand], descs[operand++])] as const] : [])),
      ],
    };
    if (isFast(primitive)) return found;
    fallback ??= found;
  }
  return fallback;
}
