/** fast-check arbitraries of shapes and of tensors' values. */
import fc from "fast-check";
import { sizeOf, type Shape } from "../../src/tensor/index.js";
import type { Point } from "./numerical-gradient.js";

/** Shapes of up to `maxRank` axes of 1 to `maxSize`. */
export const randomShape = (maxRank = 4, maxSize = 3): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: 1, max: maxSize }), { maxLength: maxRank });

/** Values between -2 and 2, in thousandths so that a counterexample is readable. */
export const randomTensor = (shape: Shape): fc.Arbitrary<Point> =>
  fc.array(fc.integer({ min: -2000, max: 2000 }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((values) => ({ shape, values: values.map((n) => n / 1000) }));

/** Two shapes that broadcast together: each axis of a common shape is kept, or shrunk to 1, or, if it leads, left out. */
export const broadcastableShapes = (maxRank = 4, maxSize = 3): fc.Arbitrary<[number[], number[]]> =>
  randomShape(maxRank, maxSize).chain((common) => {
    const shrunk = fc.tuple(fc.nat(common.length), fc.array(fc.boolean(), { minLength: common.length, maxLength: common.length }));
    const one = shrunk.map(([dropped, kept]) => common.map((n, i) => (kept[i] ? n : 1)).slice(dropped));
    return fc.tuple(one, one);
  });
