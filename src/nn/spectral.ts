/** Spectral normalization of Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (2018). */
import { add, div, matmul, reshape, sizeOf, sqrt, square, stopGradient, sum, transpose, type Tensor, type Variable } from "../tensor/index.js";
import { parameter, randomNormal } from "./initializers.js";
import type { Mode } from "./module.js";

/** x / |x|, of length 1. */
const unit = (x: Tensor): Tensor => div(x, sqrt(add(sum(square(x)), 1e-12)));

/**
 * A kernel divided by its largest singular value, as a matrix of its first axis against all others, so that the layer is 1-Lipschitz. The singular
 * vectors are followed by one power iteration for each mode of training (their algorithm 1); the gradient takes them for constants (their equation 12).
 */
export function spectralNormalization(kernel: Variable): { readonly statistics: readonly Variable[]; readonly apply: (mode: Mode) => Tensor } {
  const rows = kernel.shape[0];
  const left = parameter(`${kernel.name}.leftSingularVector`, [rows, 1], randomNormal(0, 1), { fanIn: rows, fanOut: 1 });
  return {
    statistics: [left],
    apply({ training, updates }) {
      const matrix = reshape(kernel, [rows, sizeOf(kernel.shape) / rows]);
      const fixed = stopGradient(matrix);
      const right = unit(matmul(transpose(fixed), updates.get(left) ?? left));
      const next = unit(matmul(fixed, right));
      if (training) updates.set(left, next);
      return div(kernel, sum(matmul(transpose(next), matmul(matrix, right))));
    },
  };
}
