/** Reading and adding rows by index. */
import { ShapeError } from "../../errors.js";
import { requireSizes } from "../checks.js";
import { formatShape, sameShape } from "../shape.js";
import { apply, constant, type Op, type Tensor } from "../tensor.js";
import { cast, equal, type NoAttributes } from "./elementwise.js";
import { reshape } from "./movement.js";

function requireIndices(op: string, { shape, dtype }: Tensor): void {
  if (dtype !== "int32") throw new ShapeError(`${op}: indices of shape ${formatShape(shape)} are ${dtype}, not int32`, "Use cast(x, \"int32\").");
}

export const gatherOp: Op<"gather", NoAttributes> = {
  name: "gather",
  shape([table, indices]) {
    requireIndices("gather", indices);
    if (table.rank < 1) throw new ShapeError("gather: the table is a scalar", "It needs at least one axis to index.");
    return { shape: [...indices.shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  gradient: (g, _output, [table, indices]) => [scatterAdd(g, indices, table.shape[0]), undefined],
};

/** Rows of `table` [V, ...] at int32 `indices` [...]: an embedding's lookup. Indices outside [0, V) are an error. */
export const gather = (table: Tensor, indices: Tensor): Tensor => apply(gatherOp, [table, indices], {});

export const scatterAddOp: Op<"scatterAdd", { readonly size: number }> = {
  name: "scatterAdd",
  shape([rows, indices], { size }) {
    requireIndices("scatterAdd", indices);
    if (!sameShape(rows.shape.slice(0, indices.rank), indices.shape))
      throw new ShapeError(`scatterAdd: rows ${formatShape(rows.shape)} do not fit indices ${formatShape(indices.shape)}`, "The first axes of the rows must be those of the indices.");
    requireSizes("scatterAdd", [size]);
    return { shape: [size, ...rows.shape.slice(indices.rank)], dtype: rows.dtype };
  },
  gradient: (g, _output, [, indices]) => [gather(g, indices), undefined],
};

/** The adjoint of gather: zeros [size, ...] with row j of `rows` added at `indices[j]`; repeats add up. */
export const scatterAdd = (rows: Tensor, indices: Tensor, size: number): Tensor => apply(scatterAddOp, [rows, indices], { size });

/** 1 at the index and 0 elsewhere: int32 [...] -> float32 [..., depth]. */
export function oneHot(indices: Tensor, depth: number): Tensor {
  requireIndices("oneHot", indices);
  // Compared as floats, which are exact up to 2^24 and which engines compare in one fast pass.
  return cast(equal(cast(reshape(indices, [...indices.shape, 1]), "float32"), constant(Array.from({ length: depth }, (_, i) => i))), "float32");
}
