import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { tarFiles } from "../../src/data/tar.js";
import { folderOf, helpful } from "./support.js";

const deep = `${"a-long-folder/".repeat(8)}file`;
const folder = folderOf({ "package/a.txt": "one", "package/empty": "", "package/b/c.bin": new Uint8Array(1025).fill(7), [`package/${deep}`]: "two" });
const archive = new Uint8Array(execFileSync("tar", ["--format=ustar", "-C", folder, "-cf", "-", "package"]));

describe("a tar archive", () => {
  it("has the files that tar put in, by their paths, long ones too", () => {
    const files = tarFiles(archive, "x.tgz");
    assert.deepEqual([...files.keys()].sort(), ["package/a.txt", `package/${deep}`, "package/b/c.bin", "package/empty"].sort());
    assert.equal(Buffer.from(files.get("package/a.txt")!).toString(), "one");
    assert.equal(files.get("package/b/c.bin")!.length, 1025);
    assert.equal(Buffer.from(files.get(`package/${deep}`)!).toString(), "two");
  });

  it("that is cut off is refused", () => {
    assert.throws(() => tarFiles(archive.subarray(0, archive.indexOf(7) + 10), "x.tgz"), helpful(/x.tgz is no whole archive: package\/b\/c.bin is cut off/));
  });
});
