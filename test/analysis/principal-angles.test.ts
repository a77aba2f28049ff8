import { describe, it } from "node:test";
import { principalAngles } from "../../src/analysis/principal-angles.js";
import { assertClose } from "../support/close.js";

describe("principal angles", () => {
  it("are those of planes that are turned by a known angle", () => {
    const turn = (degrees: number) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const [c, s] = turn(30);
    // The planes share the first axis; the second is turned towards the third.
    assertClose(principalAngles([1, 0, 0, 0, 1, 0], [2, 0, 0, 1, 3 * c, 3 * s], 3), [0, 30], 1e-5);
    assertClose(principalAngles([1, 0, 0], [0, 0, 1, 0, 5, 0], 3), [90], 1e-9);
  });
});
