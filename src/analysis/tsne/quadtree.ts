/**
 * A tree over points of the plane, for sums over all of them that need not be exact where they are far (Barnes & Hut 1986). A cell is the tight box of its
 * points, cut in the middle of both sides; cells without points are left out, so that n points make at most 2n - 1 cells.
 */
export interface Quadtree {
  /** Number of cells, parents before children: the first child of a cell follows it. */
  count: number;
  /** For each cell: x and y of its centre of mass, its number of points, the square of its longer side (0 for a leaf). */
  readonly cells: Float64Array;
  /** For each cell the first one after all its descendants. */
  readonly next: Int32Array;
  /** The points' numbers, those of a cell side by side. Kept from tree to tree: points that move little are nearly in order. */
  readonly order: Int32Array;
}

export const emptyQuadtree = (points: number): Quadtree => ({
  count: 0,
  cells: new Float64Array(4 * 2 * points),
  next: new Int32Array(2 * points),
  order: Int32Array.from({ length: points }, (_, i) => i),
});

/** Builds the tree anew over these positions [n, 2]. */
export function fillQuadtree(tree: Quadtree, positions: Float64Array): void {
  const { cells, next, order } = tree;
  let count = 0;

  const addCell = (start: number, end: number): void => {
    if (start === end) return;
    let [left, right, bottom, top, sumX, sumY] = [Infinity, -Infinity, Infinity, -Infinity, 0, 0];
    for (let at = start; at < end; at++) {
      const [x, y] = [positions[2 * order[at]], positions[2 * order[at] + 1]];
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < bottom) bottom = y;
      if (y > top) top = y;
      sumX += x;
      sumY += y;
    }
    const cell = count++;
    const side = Math.max(right - left, top - bottom);
    const points = end - start;
    cells[4 * cell] = sumX / points;
    cells[4 * cell + 1] = sumY / points;
    cells[4 * cell + 2] = points;
    cells[4 * cell + 3] = side * side;
    if (side > 0) {
      const [middleX, middleY] = [(left + right) / 2, (bottom + top) / 2];
      const halfway = divide(start, end, 0, middleX);
      for (const [from, to] of [[start, halfway], [halfway, end]]) {
        const quarter = divide(from, to, 1, middleY);
        addCell(from, quarter);
        addCell(quarter, to);
      }
    }
    next[cell] = count;
  };

  /** Brings the points whose coordinate is at most `middle` to the front; returns where the others begin. */
  const divide = (start: number, end: number, axis: 0 | 1, middle: number): number => {
    let border = start;
    for (let at = start; at < end; at++) {
      const point = order[at];
      if (positions[2 * point + axis] > middle) continue;
      order[at] = order[border];
      order[border++] = point;
    }
    return border;
  };

  addCell(0, order.length);
  tree.count = count;
}
