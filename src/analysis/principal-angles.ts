import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";

/**
 * The angles between two subspaces in degrees, the smallest first: 0 for every direction that they share (Björck & Golub 1973).
 * Each is spanned by linearly independent rows [count, width] given one after the other; the first count must not be above the second.
 */
export function principalAngles(a: ArrayLike<number>, b: ArrayLike<number>, width: number): number[] {
  const basis = (rows: ArrayLike<number>) => new QrDecomposition(Matrix.from1DArray(rows.length / width, width, Array.from(rows)).transpose()).orthogonalMatrix;
  const cosines = new SingularValueDecomposition(basis(b).transpose().mmul(basis(a))).diagonal;
  return cosines.map((cosine) => (Math.acos(Math.min(1, cosine)) * 180) / Math.PI);
}
