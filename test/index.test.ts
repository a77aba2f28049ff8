import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { EngineError, onednnEngine, onnxEngine } from "../src/index.js";

/** Native code of a package of this name is in the process. */
const isLoaded = (name: string): boolean => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes(name) && path.endsWith(".node"));

describe("the library's engines", () => {
  it("load what they call when one is made, and not before", async () => {
    assert.deepEqual(["koffi", "onnxruntime-node"].map(isLoaded), [false, false]);
    await assert.rejects(() => onednnEngine({ path: "/nowhere/libdnnl.so" }), (error: unknown) => error instanceof EngineError && error.message.startsWith("/nowhere/libdnnl.so could not be loaded"));
    assert.deepEqual(["koffi", "onnxruntime-node"].map(isLoaded), [true, false]);
    const engine = await onnxEngine({ threads: 1 });
    assert.ok(isLoaded("onnxruntime-node"));
    await engine.dispose();
  });
});
