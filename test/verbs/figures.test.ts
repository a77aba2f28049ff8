import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { imagesFromArray, referenceEngine, train } from "../../src/index.js";
import { newFolder } from "../training/support/tiny.js";

const data = imagesFromArray(Uint8Array.from({ length: 40 * 16 }, (_, i) => (i * 37) % 256), { shape: [1, 4, 4], validation: 0.2 });

async function lossCurveOf(model: string, options: object): Promise<string> {
  const out = newFolder();
  const outcome = await train({ model, options: { hidden: [6], latentSize: 2, ...options }, data, training: { epochs: 2, batchSize: 8, logEvery: 1 }, engine: referenceEngine(), out });
  await outcome.dispose();
  return readFileSync(join(out, "figures", "loss.svg"), "utf8");
}

describe("the curves of a run", () => {
  it("are apart for each stage, each by what is watched in it", async () => {
    const svg = await lossCurveOf("deep-belief", { pretrainingEpochs: 1 });
    const texts = ["stage 1: machine 1 of 2", "mean squared error of examples", "stage 2: machine 2 of 2", "mean squared error of units below", "stage 3: fine-tuning", "cross entropy (nats per value)"];
    const places = texts.map((text) => svg.indexOf(text));
    assert.ok(places.every((place) => place > 0), String(places));
    assert.deepEqual([svg.match(/<svg /g)!.length, svg.match(/>validation</g)!.length], [4, 3]);
    // Four steps and a validation in each machine's panel, eight and two in the last.
    assert.equal(svg.match(/<circle /g)!.length, 2 * 5 + 10);
  });

  it("are panels of what belongs together, where a stage asks for them: those of a GAN", async () => {
    const svg = await lossCurveOf("gan", {});
    const places = [": losses<", ">what the discriminator tells right<", ">validation examples that samples come near<", ">lengths of the gradients<"].map((text) => svg.indexOf(text));
    assert.ok(places.every((place, i) => place > (places[i - 1] ?? 0)), String(places));
    for (const name of ["discriminator loss", "generator loss, validation", "real accuracy", "made accuracy", "coverage, validation", "generator gradient norm"]) assert.ok(svg.includes(`>${name}<`), name);
    // The whole, and four panels; coverage is only told in validation.
    assert.deepEqual([svg.match(/<svg /g)!.length, svg.includes(">coverage<")], [5, false]);
  });

  it("are one where a model has one stage", async () => {
    const svg = await lossCurveOf("stacked", {});
    assert.ok(!svg.includes("stage"));
    assert.deepEqual([svg.match(/<svg /g)!.length, svg.match(/<circle /g)!.length], [1, 10]);
  });
});
