import { ShapeError } from "../../errors.js";
import { requireFloat } from "../checks.js";
import { broadcastShapes, formatShape } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import type { NoAttributes } from "./elementwise.js";
import { sumTo, transpose } from "./movement.js";

export const matmulOp: Op<"matmul", NoAttributes> = {
  name: "matmul",
  shape([a, b]) {
    requireFloat("matmul", [a, b]);
    if (a.rank < 2 || b.rank < 2 || a.shape[a.rank - 1] !== b.shape[b.rank - 2])
      throw new ShapeError(
        `matmul: ${formatShape(a.shape)} times ${formatShape(b.shape)} does not fit`,
        "Both need rank 2 or more, and the last axis of the first must equal the last but one of the second.",
      );
    const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    return { shape: [...batch, a.shape[a.rank - 2], b.shape[b.rank - 1]], dtype: "float32" };
  },
  gradient: (g, _output, [a, b]) => [sumTo(matmul(g, transpose(b)), a.shape), sumTo(matmul(transpose(a), g), b.shape)],
};

/** Matrix product [..., M, K] x [..., K, N] -> [..., M, N]; the axes before are broadcast. */
export const matmul = (a: Tensor, b: Tensor): Tensor => apply(matmulOp, [a, b], {});
