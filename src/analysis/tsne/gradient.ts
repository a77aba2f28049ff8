/** The two forces on the points of the picture, positions [n, 2], added to `forces` [n, 2]. */
import type { Neighbours } from "../neighbours.js";
import type { Quadtree } from "./quadtree.js";

/**
 * Attraction: Σⱼ pᵢⱼ (yᵢ - yⱼ) / (1 + |yᵢ - yⱼ|²) with pᵢⱼ = (p(j|i) + p(i|j)) / 2n. Each p(j|i) pulls both its points, which makes that sum without
 * pᵢⱼ being stored.
 */
export function addAttraction(forces: Float64Array, positions: Float64Array, { indices, k }: Neighbours, probabilities: Float64Array, exaggeration: number): void {
  const n = indices.length / k;
  const scale = exaggeration / (2 * n);
  for (let i = 0, edge = 0; i < n; i++) {
    const [x, y] = [positions[2 * i], positions[2 * i + 1]];
    let [sumX, sumY] = [0, 0];
    for (let neighbour = 0; neighbour < k; neighbour++, edge++) {
      const j = 2 * indices[edge];
      const [dx, dy] = [x - positions[j], y - positions[j + 1]];
      const force = (scale * probabilities[edge]) / (1 + dx * dx + dy * dy);
      sumX += force * dx;
      sumY += force * dy;
      forces[j] -= force * dx;
      forces[j + 1] -= force * dy;
    }
    forces[2 * i] += sumX;
    forces[2 * i + 1] += sumY;
  }
}

/**
 * Repulsion: -Σⱼ (yᵢ - yⱼ) / (1 + |yᵢ - yⱼ|²)² / Z, Z = Σ over all pairs of 1 / (1 + |yᵢ - yⱼ|²). A cell whose side is at most θ times its distance counts as
 * that many points at its centre of mass. With θ below 1/√2 no cell is so far from a point that is in it.
 */
export function addRepulsion(forces: Float64Array, positions: Float64Array, { count, cells, next, order }: Quadtree, theta: number, repulsion: Float64Array): void {
  const squaredTheta = theta * theta;
  let normalizer = 0;
  // In the tree's order, so that neighbours walk over the same cells one after the other.
  for (const i of order) {
    const [x, y] = [positions[2 * i], positions[2 * i + 1]];
    let [sumX, sumY, sum] = [0, 0, 0];
    for (let cell = 0; cell < count; ) {
      const at = 4 * cell;
      const [dx, dy] = [x - cells[at], y - cells[at + 1]];
      const squaredDistance = dx * dx + dy * dy;
      if (cells[at + 3] > squaredTheta * squaredDistance) {
        cell++;
        continue;
      }
      const similarity = 1 / (1 + squaredDistance);
      const weight = cells[at + 2] * similarity;
      sum += weight;
      sumX += weight * similarity * dx;
      sumY += weight * similarity * dy;
      cell = next[cell];
    }
    normalizer += sum - 1; // without the point itself
    repulsion[2 * i] = sumX;
    repulsion[2 * i + 1] = sumY;
  }
  for (let i = 0; i < forces.length; i++) forces[i] -= repulsion[i] / normalizer;
}
