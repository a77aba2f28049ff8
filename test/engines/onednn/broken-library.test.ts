/** Libraries that are not what they should be: a reason, never a crash, and onnx in their place. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { chooseEngine } from "../../../src/engines/choose.js";
import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { EngineError } from "../../../src/errors.js";
import { fakeCommands } from "../../support/commands.js";

const { folder } = fakeCommands({}, () => ({ MORPHOGEN_ENGINE: undefined, MORPHOGEN_ONEDNN: undefined }));

/** The reason in one line when the path is given, in the second when the variable names it; and onnx instead. */
async function refused(path: string, reason: RegExp): Promise<void> {
  await assert.rejects(() => onednnEngine({ path }), (error: unknown) => error instanceof EngineError && reason.test(error.message) && error.message.startsWith(path));
  process.env.MORPHOGEN_ONEDNN = path;
  await assert.rejects(() => onednnEngine(), (error: unknown) => error instanceof EngineError && error.message.split("\n").length === 2 && reason.test(error.message) && /MORPHOGEN_ONEDNN/.test(error.hint ?? ""));
  const engine = await chooseEngine(undefined, { threads: 1 });
  assert.equal(engine.name, "onnx");
  await engine.dispose();
}

/** Compiles a library of C; undefined where there is no compiler. */
function compiled(name: string, source: string): string | undefined {
  const [code, library] = [join(folder(), `${name}.c`), join(folder(), `${name}.so`)];
  writeFileSync(code, source);
  try {
    execFileSync("/usr/bin/cc", ["-shared", "-fPIC", "-o", library, code], { stdio: "ignore" });
    return library;
  } catch {
    return undefined;
  }
}

const version = (numbers: string): string => `static struct { int major, minor, patch; const char *hash; unsigned cpu, gpu; } v = { ${numbers} }; const void *dnnl_version(void) { return &v; }`;

describe("onednn refuses", () => {
  it("a file that is not there", () => refused(join(folder(), "nowhere.so"), /could not be loaded/));

  it("a text file, and an empty one", async () => {
    for (const text of ["not a library\n", ""]) {
      const path = join(folder(), "text.so");
      writeFileSync(path, text);
      await refused(path, /could not be loaded/);
    }
  });

  it("a library of another machine", async () => {
    // The head of an ELF file for a 64-bit machine of a kind that does not exist.
    const head = Buffer.alloc(4096);
    head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    head.writeUInt16LE(3, 16);
    head.writeUInt16LE(0x1234, 18);
    const path = join(folder(), "other.so");
    writeFileSync(path, head);
    await refused(path, /could not be loaded/);
  });

  const fakes: Readonly<Record<string, readonly [source: string, reason: RegExp]>> = {
    "a library that is not oneDNN": ["int answer(void) { return 42; }", /is not oneDNN: it cannot tell its version/],
    "one whose version is nothing": ["const void *dnnl_version(void) { return 0; }", /is not oneDNN: it cannot tell its version/],
    "one that is too old": [version("2, 5, 9"), /is oneDNN 2\.5\.9, which is too old/],
    "one that is too new": [version("4, 0, 1"), /is oneDNN 4\.0\.1, which is newer/],
    "one that lacks the functions": [version("3, 1, 0"), /lacks the function dnnl_primitive_execute/],
  };
  for (const [name, [source, reason]] of Object.entries(fakes))
    it(name, async (test) => {
      const path = compiled(name.replaceAll(" ", "-"), source);
      if (path === undefined) return test.skip("there is no C compiler here");
      await refused(path, reason);
    });
});
