import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classMeans, directionBetween, moved, nearestClasses } from "../../src/analysis/directions.js";
import { DataError, ShapeError } from "../../src/errors.js";

const v = (...values: number[]) => Float32Array.from(values);

describe("classes by their means", () => {
  const means = classMeans(v(0, 0, 10, 2, 2, 4, 20, 4), [0, 3, 0, 3], 5);

  it("are averages over the rows of each class, and nothing where there are none", () => {
    assert.deepEqual([...means.means], [1, 2, NaN, NaN, NaN, NaN, 15, 3, NaN, NaN]);
    assert.throws(() => classMeans(v(1, 2, 3), [0, 1], 2), ShapeError);
  });

  it("lead from one to another", () => {
    const direction = directionBetween(means, 3, 0);
    assert.deepEqual([...direction], [14, 1]);
    assert.deepEqual([...moved(v(1, 2), direction, [0, 0.5, 1])], [1, 2, 8, 2.5, 15, 3]);
    assert.throws(() => directionBetween(means, 3, 1), (error: unknown) => error instanceof DataError && /no example of class 1/.test(error.message));
  });

  it("take the rows that are nearest to them", () => {
    assert.deepEqual([...nearestClasses(v(1, 2, 7, 2.5, 9, 2.5, 8, 2.5), means)], [0, 0, 3, 0]);
  });
});
