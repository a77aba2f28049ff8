import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseEngine, engineNames } from "../../src/engines/choose.js";
import { EngineError, UsageError } from "../../src/errors.js";
import { fakeCommands, setVariable } from "../support/commands.js";

fakeCommands({}, () => ({ MORPHOGEN_ENGINE: undefined, MORPHOGEN_ONEDNN: "/nowhere/libdnnl.so" }));

async function nameOf(choice: ReturnType<typeof chooseEngine>): Promise<string> {
  const engine = await choice;
  await engine.dispose();
  return engine.name;
}

describe("which engine runs", () => {
  it("the one asked for, before MORPHOGEN_ENGINE", async () => {
    process.env.MORPHOGEN_ENGINE = "reference";
    assert.equal(await nameOf(chooseEngine("onnx")), "onnx");
    assert.equal(await nameOf(chooseEngine()), "reference");
  });

  it("onnx where nothing is asked for and oneDNN is not there, with one line of hint per process", async () => {
    const lines: string[] = [];
    const onProgress = (line: string) => void lines.push(line);
    assert.equal(await nameOf(chooseEngine()), "onnx");
    assert.equal(await nameOf(chooseEngine(undefined, { onProgress, threads: 1 })), "onnx");
    assert.equal(await nameOf(chooseEngine(undefined, { onProgress })), "onnx");
    assert.deepEqual(lines, ["oneDNN was not found: computing with onnx, which trains 2 to 5 times slower. Run: morphogen setup"]);
  });

  it("onednn where it is there", async (test) => {
    setVariable("MORPHOGEN_ONEDNN", undefined);
    const engine = await chooseEngine("onednn").catch((error: unknown) => assert.ok(error instanceof EngineError));
    if (!engine) return test.skip("oneDNN is not there");
    await engine.dispose();
    assert.equal(await nameOf(chooseEngine()), "onednn");
  });

  it("none, where oneDNN is asked for by name and not there", async () => {
    const missing = (error: unknown) => error instanceof EngineError && error.message.includes("/nowhere/libdnnl.so (MORPHOGEN_ONEDNN)");
    await assert.rejects(() => chooseEngine("onednn"), missing);
    process.env.MORPHOGEN_ENGINE = "onednn";
    await assert.rejects(() => chooseEngine(), missing);
  });

  it("none, where there is none of that name", async () => {
    assert.deepEqual(engineNames, ["onednn", "onnx", "reference"]);
    await assert.rejects(() => chooseEngine("toString"), (error: unknown) => error instanceof UsageError && /onednn, onnx, reference/.test(error.hint ?? ""));
  });
});
