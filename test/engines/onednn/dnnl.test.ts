import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { EngineError } from "../../../src/errors.js";
import * as T from "../../../src/tensor/index.js";
import { withoutOnednn } from "../../support/onednn.js";

describe("onednn: what the library lacks", { skip: withoutOnednn ?? false }, () => {
  it("is named with its shapes, and another engine is proposed", async () => {
    const engine = await onednnEngine({ threads: 1 });
    const x = T.input("x", [1, 2, 4, 4]);
    // Averages over windows that lie in the padding alone.
    const program = { inputs: { x }, outputs: { y: T.averagePool(x, 2, { padding: 3 }) } };
    const hint = "Use --engine onnx for this model.";
    await assert.rejects(() => engine.compile(program), new EngineError(`oneDNN ${engine.version} has no averagePool for [1, 2, 4, 4], [1, 2, 5, 5]`, hint));
    await engine.dispose();
  });
});
