/**
 * Elementwise expressions as chains: one running value, and ops that change it, each with at most one more operand in memory.
 * That is what a primitive with post-ops computes in a single pass over memory.
 */
import { composites, Constant, sizeOf, type Op, type Tensor } from "../../tensor/index.js";
import { algorithms, type BinaryName, type EltwiseName } from "./operations.js";

export type ChainOp =
  | { readonly kind: "eltwise"; readonly algorithm: EltwiseName; readonly alpha: number; readonly beta: number }
  | { readonly kind: "binary"; readonly algorithm: number; readonly operand: Tensor | number };

export interface Chain {
  /** The running value at first. */
  readonly start: Tensor;
  readonly ops: readonly ChainOp[];
}

const algorithmNames = new Map<number, string>(Object.entries(algorithms).map(([name, algorithm]) => [algorithm, name]));

/** For the titles of steps: "linear + exp + mul". */
export const namesOf = (ops: readonly ChainOp[]): string =>
  ops.map((op) => (op.kind === "eltwise" ? op.algorithm : (algorithmNames.get(op.algorithm) ?? "binary"))).join(" + ");

/** What the chain-maker must know of the tensors around it. */
export interface Surroundings {
  /** True for a node that has no place in memory and is to become part of its only consumer's chain. */
  inlined(node: Tensor): boolean;
  /** True for a matrix product or convolution that can take over the chain that it starts. */
  produced(node: Tensor): boolean;
}

const eltwise = (algorithm: EltwiseName, alpha = 0, beta = 0): ChainOp => ({ kind: "eltwise", algorithm, alpha, beta });
const binary = (name: BinaryName, operand: Tensor | number): ChainOp => ({ kind: "binary", algorithm: algorithms[name], operand });
const linear = (alpha: number, beta: number): ChainOp => eltwise("linear", alpha, beta);

type Unary = (attributes: unknown) => readonly ChainOp[];
const one = (...ops: ChainOp[]): Unary => () => ops;
/** Attributes as the op's own type has them: the name in the table and the name of the op are one. */
const of = <Attributes>(_: Op<string, Attributes>, ops: (attributes: Attributes) => readonly ChainOp[]): Unary => ops as Unary;

/** Ops of one operand. */
const unaries: Readonly<Record<string, Unary>> = {
  neg: one(linear(-1, 0)),
  exp: one(eltwise("exp")),
  log: one(eltwise("log")),
  sqrt: one(eltwise("sqrt")),
  abs: one(eltwise("abs")),
  // Any value but 0 times this is beyond 1 (denormals apart, which count as 0).
  sign: one(linear(3e38, 0), eltwise("clip", -1, 1)),
  tanh: one(eltwise("tanh")),
  sigmoid: one(eltwise("logistic")),
  stopGradient: one(),
  relu: one(eltwise("relu")),
  leakyRelu: of(composites.leakyRelu, ({ slope }) => [eltwise("relu", slope)]),
  softplus: one(eltwise("softRelu", 1)),
  silu: one(eltwise("swish", 1)),
  elu: of(composites.elu, ({ alpha }) => [eltwise("elu", alpha)]),
  cast: one(),
};

/** Ops of two operands: with the running value on the left, and with it on the right. */
type Operand = Tensor | number;
const binaries: Readonly<Record<string, { readonly left: (operand: Operand) => ChainOp[]; readonly right: (operand: Operand) => ChainOp[] }>> = {
  add: both((x) => (typeof x === "number" ? [linear(1, x)] : [binary("add", x)])),
  mul: both((x) => (typeof x === "number" ? [linear(x, 0)] : [binary("mul", x)])),
  minimum: both((x) => [binary("min", x)]),
  maximum: both((x) => [binary("max", x)]),
  sub: {
    left: (x) => (typeof x === "number" ? [linear(1, -x)] : [binary("sub", x)]),
    right: (x) => (typeof x === "number" ? [linear(-1, x)] : [linear(-1, 0), binary("add", x)]),
  },
  div: {
    left: (x) => (typeof x === "number" && x !== 0 ? [linear(1 / x, 0)] : [binary("div", x)]),
    right: (x) => (typeof x === "number" ? [eltwise("pow", x, -1)] : [eltwise("pow", 1, -1), binary("mul", x)]),
  },
  // The library's `greater` holds for NaN, its `less` does not: x > c is -x < -c.
  greater: { left: (x) => (typeof x === "number" ? [linear(-1, 0), binary("less", -x)] : [binary("greater", x)]), right: (x) => [binary("less", x)] },
  less: { left: (x) => [binary("less", x)], right: (x) => (typeof x === "number" ? [linear(-1, 0), binary("less", -x)] : [binary("greater", x)]) },
  equal: both((x) => [binary("equal", x)]),
};

function both(ops: (operand: Operand) => ChainOp[]) {
  return { left: ops, right: ops };
}

const isFloat = ({ dtype }: Tensor): boolean => dtype !== "int32";

export const scalarConstant = (x: Tensor): number | undefined => (x instanceof Constant && sizeOf(x.shape) === 1 && isFloat(x) ? x.values[0] : undefined);

/** x without the broadcasts around it: a chain's operand is stretched by the primitive itself. */
export const unstretched = (x: Tensor): Tensor => (x.op.name === "broadcastTo" ? unstretched(x.inputs[0]) : x);

/** True when the op can be part of a chain. */
export function isChainable(node: Tensor): boolean {
  const { name } = node.op;
  if (!isFloat(node) || !node.inputs.every(isFloat)) return false;
  if (name === "cast") return node.inputs[0].dtype === "bool" || node.dtype === "float32";
  if (name === "pow") return scalarConstant(unstretched(node.inputs[1])) !== undefined;
  if (name === "where") return choiceOf(node) !== undefined;
  return name in unaries || name in binaries;
}

/** Writes the expression under `node` as a chain. Branches that do not fit become tensors of their own: the operands. */
export function chainOf(node: Tensor, around: Surroundings): Chain {
  const follow = (x: Tensor): Chain => (around.inlined(x) ? chainOf(x, around) : { start: x, ops: [] });
  const { name } = node.op;
  const append = ({ start, ops }: Chain, more: readonly ChainOp[]): Chain => ({ start, ops: merged([...ops, ...more]) });

  const choice = name === "where" && choiceOf(node);
  if (choice) return append(follow(node.inputs[0]), [linear(choice[0] - choice[1], choice[1])]);
  if (name === "pow") return append(follow(node.inputs[0]), [eltwise("pow", 1, scalarConstant(unstretched(node.inputs[1])))]);
  if (node.inputs.length === 1) return append(follow(node.inputs[0]), unaries[name](node.attributes));

  const { left, right } = binaries[name];
  const [a, b] = node.inputs.map(unstretched);
  const [p, q] = [scalarConstant(a), scalarConstant(b)];
  const full = (x: Tensor): boolean => sizeOf(x.shape) === sizeOf(node.shape);
  if (q !== undefined && full(a)) return append(follow(a), left(q));
  if (p !== undefined && full(b)) return append(follow(b), right(p));
  if (!full(a) && full(b)) return append(follow(b), right(a));
  if (!full(b)) return append(follow(a), left(b));

  // Both are of full size. One of them carries on; a scaled tensor c x may still be an operand.
  const [chainA, chainB] = [follow(a), follow(b)];
  if (around.produced(chainB.start) && !around.produced(chainA.start) && chainA.ops.length === 0) return append(chainB, right(a));
  if (chainB.ops.length === 0) return append(chainA, left(b));
  if (chainA.ops.length === 0) return append(chainB, right(a));
  const [scaledA, scaledB] = [scaleOf(chainA), scaleOf(chainB)];
  if (name === "add" && scaledB) return append(chainA, addScaled(scaledB, chainB.start));
  if (name === "add" && scaledA) return append(chainB, addScaled(scaledA, chainA.start));
  if (name === "sub" && scaledB) return append(chainA, addScaled(-scaledB, chainB.start));
  if (name === "sub" && scaledA) return append(chainB, [linear(-1, 0), ...addScaled(scaledA, chainA.start)]);
  // The factors of a product may come one by one, unless a matrix product or convolution has made the first two into one.
  if (name === "mul" && isProduct(chainB) && !around.produced(chainB.start)) return append(chainA, [binary("mul", chainB.start), ...chainB.ops]);
  if (name === "mul" && isProduct(chainA) && !around.produced(chainA.start)) return append(chainB, [binary("mul", chainA.start), ...chainA.ops]);
  // A quotient may as well start with what it is divided by.
  if (name === "div" && isProduct(chainA)) return append(chainB, [eltwise("pow", 1, -1), binary("mul", chainA.start), ...chainA.ops]);
  return append(chainA, left(b));
}

/** True when the chain only multiplies. */
const isProduct = ({ ops }: Chain): boolean =>
  ops.every((op) => (op.kind === "eltwise" ? op.algorithm === "linear" && op.beta === 0 : op.algorithm === algorithms.mul));

/** y + c x = c (y / c + x) */
const addScaled = (scale: number, x: Tensor): ChainOp[] => [linear(1 / scale, 0), binary("add", x), linear(scale, 0)];

/** The factor c of a chain that only multiplies by it, when it is one that can be divided by safely. */
function scaleOf({ ops }: Chain): number | undefined {
  const [op] = ops;
  if (ops.length !== 1 || op.kind !== "eltwise" || op.algorithm !== "linear" || op.beta !== 0) return undefined;
  const size = Math.abs(op.alpha);
  return size > 1e-3 && size < 1e3 ? op.alpha : undefined;
}

/** The two numbers that a `where` chooses from, if it does: p for true, q for false. */
function choiceOf(node: Tensor): readonly [p: number, q: number] | undefined {
  const [p, q] = node.inputs.slice(1).map((x) => scalarConstant(unstretched(x)));
  // A mask of 0 and 1 says the same as a choice only where the numbers are finite.
  return p !== undefined && q !== undefined && Number.isFinite(p) && Number.isFinite(q) ? [p, q] : undefined;
}

/** Two linear ops in a row are one. */
function merged(ops: readonly ChainOp[]): ChainOp[] {
  return ops.reduce<ChainOp[]>((list, op) => {
    const last = list.at(-1);
    if (last?.kind === "eltwise" && last.algorithm === "linear" && op.kind === "eltwise" && op.algorithm === "linear") list[list.length - 1] = linear(op.alpha * last.alpha, op.alpha * last.beta + op.beta);
    else list.push(op);
    return list;
  }, []);
}
