/** Ops in TypeScript, for what the library does not have: on scalars, indices, and functions that are rare. */
import { castTo, functions } from "../../kernels/elementwise.js";
import { compute } from "../../kernels/lowerings.js";
import { broadcastTo, sizeOf, type Shape, type Tensor } from "../../../tensor/index.js";
import type { HostArray } from "../plan.js";
import type { Context } from "./context.js";

const functionOf = (node: Tensor): ((...operands: number[]) => number) | undefined => {
  if (node.op.name === "cast") return castTo(node.dtype);
  return Object.entries(functions).find(([name]) => name === node.op.name)?.[1];
};

/** Any primitive op, by the plain kernels. */
export function hostOp({ builder, node, inputs }: Context): void {
  const values = inputs.map((x) => builder.plain(x));
  const target = builder.fresh(builder.desc(node.shape, "plain"), node.dtype);
  const scalar = sizeOf(node.shape) === 1 ? functionOf(node) : undefined;
  builder.host(node.op.name, values, target, scalar ? onScalars(scalar) : onTensors(node, inputs.map(({ shape }) => shape)));
  builder.define(node, target);
}

const onScalars =
  (f: (...operands: number[]) => number) =>
  (inputs: readonly HostArray[], output: HostArray): void => {
    output[0] = inputs.length === 1 ? f(inputs[0][0]) : inputs.length === 2 ? f(inputs[0][0], inputs[1][0]) : f(...inputs.map(([x]) => x));
  };

const onTensors =
  (node: Tensor, shapes: readonly Shape[]) =>
  (inputs: readonly HostArray[], output: HostArray): void =>
    output.set(compute({ node, inputs: inputs.map((values, i) => ({ shape: shapes[i], data: Float64Array.from(values) })) }).data);

/** `where` as a choice: a mask of 0 and 1 as a factor would let a NaN or Infinity through that is not chosen. */
export function where({ builder, node, inputs, lower }: Context): void {
  const values = inputs.map((x) => {
    const operand = [1, sizeOf(node.shape)].includes(sizeOf(x.shape)) ? x : broadcastTo(x, node.shape);
    lower(operand);
    return builder.plain(operand);
  });
  const target = builder.fresh(builder.desc(node.shape, "plain"), node.dtype);
  builder.host("where", values, target, ([condition, a, b], output) => {
    // An operand of one value is read again and again: its stride is 0.
    const [strideC, strideA, strideB] = [condition, a, b].map(({ length }) => (length === 1 ? 0 : 1));
    for (let i = 0; i < output.length; i++) output[i] = condition[i * strideC] !== 0 ? a[i * strideA] : b[i * strideB];
  });
  builder.define(node, target);
}
