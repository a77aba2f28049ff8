import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diffusionSettings } from "../../src/cli/diffusion-options.js";
import { UsageError } from "../../src/errors.js";

const refused = (flags: Parameters<typeof diffusionSettings>[0], message: RegExp) => assert.throws(() => diffusionSettings(flags), (error) => error instanceof UsageError && message.test(error.message));

describe("the flags of diffusion models", () => {
  it("are settings where there are any", () => {
    assert.equal(diffusionSettings({}), undefined);
    assert.deepEqual(diffusionSettings({ steps: "5", guidance: "-0.5", samplerSet: ["eta=0.5", "variance=small"] }), {
      sampler: undefined, steps: 5, spacing: undefined, guidance: -0.5, samplerOptions: { eta: 0.5, variance: "small" },
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
    refused({ guidance: "much" }, /--guidance is much/);
  });
});
