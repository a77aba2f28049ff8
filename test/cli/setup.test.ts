import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Runs the built command line where oneDNN is missing for certain, and nothing is fetched. */
const setup = (...args: string[]): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, "setup", ...args], { env: { ...process.env, MORPHOGEN_ONEDNN: "/nowhere/libdnnl.so" } }, (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }));
  });

describe("morphogen setup", () => {
  it("exits with 1 and the reasons when oneDNN cannot be had", async () => {
    const { code, stdout, stderr } = await setup();
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^error: oneDNN was not found:\n {2}\/nowhere\/libdnnl\.so \(MORPHOGEN_ONEDNN\): .*\nMORPHOGEN_ONEDNN must name/);
  });

  it("exits with 0 and one line when that is optional", async () => {
    assert.deepEqual(await setup("--optional"), { code: 0, stdout: "", stderr: "oneDNN was not found. Going on without it; morphogen setup says what to do.\n" });
  });
});
