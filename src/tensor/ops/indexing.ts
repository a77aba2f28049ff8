/** Reading and adding rows by index. */
import { ShapeError } from "../../errors.js";
import { formatShape } from "../shape.js";
import { apply, constant, type Op, type Tensor } from "../tensor.js";
import { cast, equal, type NoAttributes } from "./elementwise.js";
import { reshape } from "./movement.js";

export const gatherOp: Op<"gather", NoAttributes> = {
  name: "gather",
  shape([table, indices]) {
    if (indices.dtype !== "int32") throw new ShapeError(`gather: indices of shape ${formatShape(indices.shape)} are ${indices.dtype}, not int32`);
    if (table.rank < 1) throw new ShapeError("gather: the table is a scalar", "It needs at least one axis to index.");
    return { shape: [...indices.shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  gradient: (g, _output, [table, indices]) => [scatterAdd(g, indices, table.shape[0]), undefined],
};

/** Rows of `table` [V, ...] at int32 `indices` [...]: an embedding's lookup. Indices outside [0, V) are an error. */
export const gather = (table: Tensor, indices: Tensor): Tensor => apply(gatherOp, [table, indices], {});

export const scatterAddOp: Op<"scatterAdd", { readonly size: number }> = {
  name: "scatterAdd",
  shape: ([rows, indices], { size }) => ({ shape: [size, ...rows.shape.slice(indices.rank)], dtype: rows.dtype }),
  gradient: (g, _output, [, indices]) => [gather(g, indices), undefined],
};

/** The adjoint of gather: zeros [size, ...] with row j of `rows` added at `indices[j]`; repeats add up. */
export const scatterAdd = (rows: Tensor, indices: Tensor, size: number): Tensor => apply(scatterAddOp, [rows, indices], { size });

/** 1 at the index and 0 elsewhere: int32 [...] -> float32 [..., depth]. */
export const oneHot = (indices: Tensor, depth: number): Tensor =>
  cast(equal(reshape(indices, [...indices.shape, 1]), constant(Array.from({ length: depth }, (_, i) => i), [depth], "int32")), "float32");
