import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Command } from "commander";
import { addModelOptions, chosenModel } from "../../src/cli/model-options.js";
import { UsageError } from "../../src/errors.js";

describe("the flags of a model", () => {
  const flagsOf = (...argv: readonly string[]) => addModelOptions(new Command("train"), argv).options.map(({ long }) => long);

  it("are those of the model that is named, also where an option has the name of another as its value", () => {
    assert.ok(flagsOf("train", "stacked", "--coding-activation", "linear").includes("--hidden"));
    assert.ok(!flagsOf("train", "linear").includes("--hidden"));
    assert.ok(flagsOf("train", "--epochs", "3", "stacked").includes("--hidden"));
  });

  it("are not to be had of a model that a trained run teaches, whose weights no flag can give", async () => {
    await assert.rejects(chosenModel("train", "consistency", {}), (error) => error instanceof UsageError && /morphogen distill/.test(error.hint ?? ""));
  });
});
