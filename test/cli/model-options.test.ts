import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Command } from "commander";
import { addModelOptions } from "../../src/cli/model-options.js";

describe("the flags of a model", () => {
  const flagsOf = (...argv: readonly string[]) => addModelOptions(new Command("train"), argv).options.map(({ long }) => long);

  it("are those of the model that is named, also where an option has the name of another as its value", () => {
    assert.ok(flagsOf("train", "stacked", "--coding-activation", "linear").includes("--hidden"));
    assert.ok(!flagsOf("train", "linear").includes("--hidden"));
    assert.ok(flagsOf("train", "--epochs", "3", "stacked").includes("--hidden"));
  });
});
