/** Matrix products: strides say what is transposed, bias and elementwise ops follow as post-ops. */
import { sizeOf, type Shape, type Tensor } from "../../../tensor/index.js";
import { reshaped, type Builder } from "../builder.js";
import { rowMajor } from "../desc.js";
import { args } from "../operations.js";
import type { Value } from "../plan.js";
import type { Context, Lowered } from "./context.js";
import { fusedPrimitive, titleOf } from "./post-ops.js";

/** A form of the tensor whose matrices have one axis without gaps, as oneDNN's kernels want. */
export function matrixForm(builder: Builder, tensor: Tensor): Value {
  const fits = ({ desc: { strides, shape } }: Value): boolean => {
    if (!strides || shape.length < 2) return false;
    const [row, column] = strides.slice(-2);
    const [rows, columns] = shape.slice(-2);
    return (column === 1 && row >= columns) || (row === 1 && column >= rows);
  };
  return builder.forms(tensor).find(fits) ?? builder.plain(tensor);
}

/** With axes of size 1 in front. */
function ofRank(builder: Builder, value: Value, rank: number): Value {
  const { shape, strides } = value.desc;
  const extra = rank - shape.length;
  if (extra === 0) return value;
  const outer = sizeOf(shape) || 1;
  const ones = new Array<number>(extra).fill(1);
  return { ...value, desc: builder.scope.strided([...ones, ...shape], [...ones.map(() => outer), ...(strides ?? rowMajor(shape))]) };
}

export function matmul(context: Context): Lowered {
  const { builder, node, inputs } = context;
  const [a, b] = inputs.map((x) => ofRank(builder, matrixForm(builder, x), node.rank));
  const [inner, columns] = [a.desc.shape[node.rank - 1], node.shape[node.rank - 1]];
  const flop = 2 * sizeOf(node.shape) * inner;
  const dst = builder.desc(node.shape, "plain");
  const biasShape: Shape = [...new Array<number>(node.rank - 1).fill(1), columns];
  return fusedPrimitive(context, {
    layout: "plain",
    biasShape,
    make: (bias, postOps) => builder.scope.primitive("matmul", [a.desc, b.desc, bias, dst], { postOps }),
    reads: [[args.src, a], [args.weights, b]],
    dst: () => dst,
    flop,
    title: titleOf(context),
  });
}

/** Rows from which on they are summed in parts, at least as many as PARTS where they divide: the library shares parts among its threads, but not the rows of one, and long sums lose digits. */
const TALL = 512;
const PARTS = 32;

function partsOf(rows: number): number {
  if (rows < TALL) return 1;
  let parts = Math.max(PARTS, Math.floor(rows / TALL));
  while (rows % parts !== 0) parts--;
  return parts;
}

/** Column sums of a row-major matrix, as a product with ones: the fastest sum over rows that the library has. */
export function columnSums(builder: Builder, title: string, matrix: Value, rows: number, columns: number): Value {
  const parts = partsOf(rows);
  const source = reshaped(builder, matrix, [parts, rows / parts, columns]);
  const ones = reshaped(builder, builder.ones(rows / parts), [1, 1, rows / parts]);
  const result = builder.fresh(builder.scope.plain([parts, 1, columns]));
  const primitive = builder.scope.primitive("matmul", [ones.desc, source.desc, null, result.desc]);
  if (!primitive) throw builder.scope.lacking("matmul", ones.desc.shape, source.desc.shape);
  builder.primitive(title, primitive, [[args.weights, source], [args.src, ones]], [[args.dst, result]], 2 * rows * columns);
  return parts === 1 ? result : columnSums(builder, title, result, parts, columns);
}
