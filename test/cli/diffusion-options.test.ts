import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Command } from "commander";
import type { Register } from "../../src/cli/commands.js";
import { diffusionSettings } from "../../src/cli/diffusion-options.js";
import { UsageError } from "../../src/errors.js";

const refused = (flags: Parameters<typeof diffusionSettings>[0], message: RegExp) => assert.throws(() => diffusionSettings(flags), (error) => error instanceof UsageError && message.test(`${error.message}\n${error.hint}`));

describe("the flags of diffusion models", () => {
  it("are settings where there are any", () => {
    assert.equal(diffusionSettings({}), undefined);
    assert.deepEqual(diffusionSettings({ steps: "5", guidance: "0.5", samplerSet: ["eta=0.5", "variance=small"] }), {
      sampler: undefined, steps: 5, spacing: undefined, guidance: 0.5, samplerOptions: { eta: 0.5, variance: "small" },
    });
  });

  it("cut a sampler's option at the first =", () => {
    assert.deepEqual(diffusionSettings({ samplerSet: ["a=b=c"] })?.samplerOptions, { a: "b=c" });
  });

  it("refuse what is empty, and does not mean 0", () => {
    refused({ samplerSet: ["eta="] }, /--sampler-set eta= has no value/);
    refused({ samplerSet: ["eta= "] }, /has no value/);
    refused({ samplerSet: ["eta"] }, /--sampler-set eta has no value/);
    refused({ samplerSet: ["=1"] }, /--sampler-set =1 names no option/);
    refused({ guidance: "" }, /--guidance is empty/);
    refused({ guidance: " " }, /--guidance is empty/);
    for (const guidance of ["much", "-3", "Infinity"]) refused({ guidance }, new RegExp(`--guidance is ${guidance}\nUse a number from 0`));
  });
  it("go the way in 2 steps or more, or in 1 where the model is distilled", () => {
    for (const steps of ["0", "1", "1.5", ""]) refused({ steps }, new RegExp(`--steps is ${steps}\nUse a whole number from 2; a distilled model can do with 1`));
    assert.equal(diffusionSettings({ steps: "1" }, true)?.steps, 1);
    assert.throws(() => diffusionSettings({ steps: "0" }, true), UsageError);
  });
});

describe("the help of a command", () => {
  const helpOf = async (load: () => Promise<{ register: Register }>): Promise<string> => {
    const command = new Command();
    (await load()).register(command, []);
    return command.helpInformation().replaceAll(/\s+/g, " ");
  };
  const flag = /--sampler <name> (.*?\)).*--steps <number> .*?(\(.*?\))/;

  it("names the samplers that it takes, and the one that it uses", async () => {
    const [, inpainting, steps] = flag.exec(await helpOf(() => import("../../src/cli/inpaint.js")))!;
    assert.equal(inpainting, "ddpm, ddim, euler, heun, consistency (default ddpm; consistency of a distilled model)");
    assert.equal(steps, "(default 50; 2 of a distilled model, which can do with 1)");
    assert.equal(flag.exec(await helpOf(() => import("../../src/cli/edit.js")))![1], "ddpm, ddim, euler, heun, dpm-solver, unipc (default dpm-solver)");
    const reconstruct = await helpOf(() => import("../../src/cli/reconstruct.js"));
    assert.deepEqual(flag.exec(reconstruct)!.slice(1), ["ddim, euler, heun, dpm-solver, unipc (default dpm-solver)", "(default 50)"]);
    assert.doesNotMatch(reconstruct, /--sampler-set/);
  });

  it("has no guidance where no class can be asked for", async () => {
    assert.match(await helpOf(() => import("../../src/cli/sample.js")), /--guidance/);
    assert.doesNotMatch(await helpOf(() => import("../../src/cli/translate.js")), /--guidance/);
  });
});
