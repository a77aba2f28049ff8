import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { denoisingNetwork, networkOptions } from "../../src/models/denoising-networks.js";

describe("the networks of diffusion models", () => {
  const attentive = (options: object): string[] => {
    const { parameters } = denoisingNetwork([1, 8, 8], { ...z.strictObject(networkOptions).parse({ blocks: 1, ...options }), timeScale: 1 });
    return [...new Set(parameters.flatMap(({ name }) => /\.(down\.\d+)[^ ]*\.attention/.exec(name)?.[1] ?? []))];
  };

  it("U-Nets have attention at the deepest level, however many there are, unless told otherwise", () => {
    const [one, two, none] = [attentive({ channels: [8] }), attentive({ channels: [8, 16] }), attentive({ channels: [8, 16], attention: [] })];
    assert.equal(one.length, 1);
    assert.equal(two.length, 1);
    assert.notDeepEqual(one, two);
    assert.deepEqual(none, []);
  });
});
