import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const script = (name: string, ...flags: string[]) => spawnSync(process.execPath, ["--import", "tsx", name, ...flags], { encoding: "utf8" });

test("a flag that a script does not know is named, and ends it with exit code 2", () => {
  const { status, stderr } = script("results/samplers.ts", "--sample", "10");
  assert.equal(status, 2);
  assert.equal(stderr, "error: Unknown option '--sample'\nSee --help.\n");
});

test("a flag without its value is named", () => {
  const { status, stderr } = script("results/samplers.ts", "runs/edm-1", "--samples");
  assert.equal(status, 2);
  assert.match(stderr, /^error: Option '--samples <value>' argument missing\nSee --help\.\n$/);
});
