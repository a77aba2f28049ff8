import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Command } from "commander";
import { outOption } from "../../src/cli/out-file.js";
import { folderOf, helpful } from "../data/support.js";

describe("--out, where it is one file", () => {
  const folder = folderOf({ "old.png": "" });
  const parse = (out: string): unknown => new Command().addOption(outOption("figures/samples.png")).parse(["--out", out], { from: "user" }).opts().out;

  it("may be there already", () => {
    for (const name of ["old.png", "new.png"]) assert.equal(parse(join(folder, name)), join(folder, name));
    assert.equal(parse("new.png"), "new.png");
  });

  it("is refused before anything is computed where it cannot be written", () => {
    assert.throws(() => parse(folder), helpful(/^--out is a folder: /));
    for (const parent of ["none", "old.png"]) assert.throws(() => parse(join(folder, parent, "new.png")), helpful(/new.png cannot be written: there is no such folder$/));
  });
});
