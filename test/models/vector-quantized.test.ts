import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { imagesFromArray, reconstruct, sample, train } from "../../src/index.js";
import { pixelCnn } from "../../src/models/pixel-cnn.js";
import { vectorQuantized } from "../../src/models/vector-quantized.js";
import { inferenceMode } from "../../src/nn/index.js";
import { constant, gradients, input, slice, sum } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce, valueOf } from "../support/compute.js";
import { temporaryFolder } from "../support/folder.js";

const tiny = { codes: 4, codeSize: 2, channels: 8, downsamplings: 2, priorChannels: 8, priorBlocks: 1 };
const spec = { kind: "images", shape: [1, 8, 8] } as const;

describe("the prior of a grid of codes", () => {
  const shape = [2, 3, 4];
  const grid = Float64Array.from({ length: 24 }, (_, i) => Math.sin(i));
  const prior = pixelCnn("prior", shape, { codes: 3, channels: 6, blocks: 2 });

  it("sees at each place all that comes before it in reading order, and nothing else", async () => {
    for (const [row, column] of [[0, 0], [1, 2], [2, 3]]) {
      const x = input("x", [1, ...shape]);
      const logits = sum(slice(prior.apply(x, inferenceMode()), [0, 0, row, column], [1, 3, row + 1, column + 1]));
      const [gradient] = gradients(logits, [x]);
      const { seen } = await runOnce({ inputs: { x }, outputs: { seen: gradient } }, { x: grid });
      for (let place = 0; place < 12; place++) assert.equal(seen[place] !== 0 || seen[12 + place] !== 0, place < 4 * row + column, `place ${place} from ${row}, ${column}`);
    }
  });

  it("says the same of a grid that is cut off below", async () => {
    const x = constant(grid, [1, ...shape]);
    const whole = await valueOf(slice(prior.apply(x, inferenceMode()), [0, 0, 0, 0], [1, 3, 2, 4]));
    assertClose(await valueOf(prior.apply(slice(x, [0, 0, 0, 0], [1, 2, 2, 4]), inferenceMode())), whole, 1e-12);
  });
});

describe("the VQ-VAE", () => {
  const build = (options = {}) => vectorQuantized.build(vectorQuantized.options.parse({ ...tiny, ...options }), spec);

  it("trains encoder and decoder through the quantization, and the codebook without gradients", async () => {
    const { stages: [first, second], variables } = build();
    const [phase] = first.phases;
    const { inputs, loss, updates } = phase.objective(2);
    const named = Object.fromEntries(gradients(loss, phase.parameters).map((gradient, i) => [`g${i}`, gradient]));
    const values = await runOnce({ inputs, outputs: named }, { x: Float64Array.from({ length: 128 }, (_, i) => (i % 7) / 7) }, { seed: 0 });
    const encoderKernel = phase.parameters.findIndex(({ name }) => name === "encoder.0.kernel");
    assert.ok(values[`g${encoderKernel}`].some((g) => g !== 0));
    const book = variables.filter(({ name }) => name.startsWith("codebook."));
    assert.deepEqual([...updates.keys()], book.length === 3 ? [book[1], book[2], book[0]] : []);
    assert.equal(second.phases[0].objective(2).updates.size, 0);
  });

  it("learns pictures as codes, and makes pictures that there are", async () => {
    // Light above or below, left or right: four pictures.
    const light = (kind: number, y: number, x: number) => (kind < 2 ? y < 4 === (kind === 0) : x < 4 === (kind === 2));
    const picture = (kind: number) => Array.from({ length: 64 }, (_, i) => (light(kind, Math.floor(i / 8), i % 8) ? 0.9 : 0.1));
    const data = imagesFromArray(Array.from({ length: 160 }, (_, i) => picture(i % 4)), { shape: [1, 8, 8] });
    const trained = await train({
      model: "vector-quantized",
      options: { ...tiny, codes: 8 },
      data,
      training: { epochs: 25, batchSize: 16, optimizer: { learningRate: 0.01 } },
      out: join(temporaryFolder("quantized"), "run"),
      engine: "onnx",
    });
    const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((total, value, i) => total + (value - b[i]) ** 2 / 64, 0);
    for (let kind = 0; kind < 4; kind++) assert.ok(distance(await reconstruct(trained, picture(kind)), picture(kind)) < 0.02, `picture ${kind}`);
    const samples = await sample(trained, { count: 24, seed: 3 });
    const nearest = Array.from({ length: 24 }, (_, i) => [0, 1, 2, 3].map((kind) => distance(samples.subarray(64 * i, 64 * (i + 1)), picture(kind))));
    assert.ok(nearest.filter((distances) => Math.min(...distances) < 0.03).length >= 20, JSON.stringify(nearest.map((distances) => Math.min(...distances))));
    assert.ok(new Set(nearest.map((distances) => distances.indexOf(Math.min(...distances)))).size >= 3);
    await trained.dispose();
  });
});
