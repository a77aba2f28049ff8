import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Examples, Splits } from "../../src/data/dataset.js";
import { adversarialAutoencoder } from "../../src/models/adversarial-autoencoder.js";
import { conditionalGan } from "../../src/models/conditional-gan.js";
import { cycleGan } from "../../src/models/cycle-gan.js";
import { dcgan } from "../../src/models/dcgan.js";
import { gan } from "../../src/models/gan.js";
import type { BuiltModel } from "../../src/models/model.js";
import { pix2pix } from "../../src/models/pix2pix.js";
import { styleGan } from "../../src/models/style-gan.js";
import { decodeSafetensors, readMetrics } from "../../src/training/index.js";
import { newFolder, trainTiny } from "./support/tiny.js";

const images = { kind: "images", shape: [1, 8, 8], classes: ["a", "b", "c"] } as const;
const pairs = { kind: "pairs", shape: [2, 8, 8], source: 1 } as const;

/** Sixteen to train on, four steps an epoch. */
function examplesOf(spec: Examples["spec"]): Splits {
  const width = spec.shape.reduce((product, side) => product * side, 1);
  const some = (count: number): Examples => ({ spec, count, values: Uint8Array.from({ length: count * width }, (_, i) => (i * i * 31) % 256), labels: Int32Array.from({ length: count }, (_, i) => i % 3) });
  return { train: some(16), validation: some(6), test: some(6) };
}

interface Case {
  readonly build: () => BuiltModel;
  readonly spec?: Examples["spec"];
  readonly training?: object;
  /** Variables that must have left their first values, so that there is something to go on with. */
  readonly remembers: readonly string[];
}

const small = { hidden: [6], latentSize: 3 };
const cases: Readonly<Record<string, Case>> = {
  "gan with replay": { build: () => gan.build(gan.options.parse({ ...small, replay: 10 }), images), remembers: ["replay.examples", "replay.filled"] },
  "gan with three steps of the discriminator for one of the generator": {
    build: () => gan.build(gan.options.parse({ ...small, criticSteps: 3, loss: "wasserstein", clipWeights: 0.1 }), images),
    training: { averageDecay: 0.9, optimizer: { name: "nadam", schedule: { kind: "cosine", warmUpSteps: 3 } } },
    remembers: ["optimizer.generator.nadam.step"],
  },
  "dcgan with fading noise, spectral and batch normalization and augmentation": {
    build: () => dcgan.build(dcgan.options.parse({ channels: [2, 3], latentSize: 3, style: "paper", spectral: true, instanceNoise: 0.1, instanceNoiseSteps: 6, augment: ["color", "translation"] }), images),
    remembers: ["instanceNoise.step"],
  },
  "conditional-gan with replay": { build: () => conditionalGan.build(conditionalGan.options.parse({ ...small, network: "dense", replay: 10 }), images), remembers: ["replay.examples", "replay.labels"] },
  "style-gan with regular paths and a penalty at every third step": {
    build: () => styleGan.build(styleGan.options.parse({ channels: 2, latentSize: 3, mappingLayers: 2, pathLength: 2, penaltyEvery: 3 }), images),
    training: { averageDecay: 0.9, optimizer: { name: "adam", beta1: 0, beta2: 0.99 } },
    remembers: ["generator.meanLength", "generator.meanStyle"],
  },
  "cycle-gan with pools": {
    build: () => cycleGan.build(cycleGan.options.parse({ channels: 2, blocks: 1, discriminatorChannels: 2, pool: 10 }), pairs),
    spec: pairs,
    remembers: ["sourcePool.examples", "targetPool.examples", "targetPool.filled"],
  },
  pix2pix: { build: () => pix2pix.build(pix2pix.options.parse({ channels: 2, discriminatorChannels: 2 }), pairs), spec: pairs, remembers: [] },
  "adversarial-autoencoder": { build: () => adversarialAutoencoder.build(adversarialAutoencoder.options.parse({ ...small, network: "dense", discriminatorHidden: [6] }), images), remembers: ["optimizer.encoder.adam.step"] },
};

describe("two networks that train in turn, stopped after any step and resumed, end with the same bytes and history", () => {
  for (const [name, { build, spec = images, training, remembers }] of Object.entries(cases))
    it(name, async () => {
      const job = { training: { epochs: 2, batchSize: 4, ...training }, examples: examplesOf(spec) };
      const straight = newFolder();
      await trainTiny({ path: straight, model: build(), ...job });
      const [whole, best] = ["step-8", "best"].map((file) => join("checkpoints", `${file}.safetensors`));
      const { tensors } = decodeSafetensors(readFileSync(join(straight, whole)), whole);
      for (const remembered of remembers) assert.ok(tensors.get(remembered)?.data.some((value) => value !== 0), remembered);
      // Within an epoch, and within a period of the generator that learns at every third step.
      for (const stopAt of [2, 5]) {
        const path = newFolder();
        assert.equal((await trainTiny({ path, model: build(), stopAt, ...job })).result.step, stopAt);
        assert.equal((await trainTiny({ path, model: build(), resume: true, ...job })).result.status, "finished");
        for (const file of [whole, best]) assert.deepEqual(readFileSync(join(path, file)), readFileSync(join(straight, file)), `${file}, stopped at ${stopAt}`);
        assert.deepEqual(await timeless(path), await timeless(straight));
      }
    });
});

const timeless = async (folder: string) => (await readMetrics(folder)).map((line) => ({ ...line, imagesPerSecond: 0 }));
