import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { exportOnnx } from "../../src/engines/onnx/index.js";
import { EngineError, UsageError } from "../../src/errors.js";
import { cast, constant, input, log, matmul, mul, reshape, softmax, type Program, type Shape, type Tensor } from "../../src/tensor/index.js";
import { asProbabilities, onnxClassifier, type OnnxClassifierOptions } from "../../src/verbs/onnx-classifier.js";
import { assertClose } from "../support/close.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("onnx");
let files = 0;

/** A file of what a program does. */
async function onnxFile(build: (batch: number) => Program): Promise<string> {
  const path = join(folder, `classifier-${files++}.onnx`);
  writeFileSync(path, await exportOnnx(build, { read: async () => new Float32Array(0) }));
  return path;
}

const CLASSES = 3;
/** Two images of three channels, 2 x 3. */
const shape = [3, 2, 3] as const;
const images = Float32Array.from({ length: 2 * 18 }, (_, i) => 0.5 + 0.5 * Math.sin(i));
const weights = Float32Array.from({ length: 18 * CLASSES }, (_, i) => Math.cos(3 * i));
/** What a linear classifier says of images whose values lie in the order of its weights. */
const linear = (x: Tensor): Tensor => matmul(reshape(x, [x.shape[0], 18]), constant(weights, [18, CLASSES]));

/** The same by hand: softmax of weighted sums over the values that `order` finds in an image. */
function expected(order: (k: number) => number = (k) => k, [black, white]: readonly [number, number] = [0, 1]): number[] {
  return [0, 1].flatMap((image) => {
    const logits = Array.from({ length: CLASSES }, (_, c) => Array.from({ length: 18 }, (_, k) => (black + (white - black) * images[image * 18 + order(k)]) * weights[k * CLASSES + c]).reduce((a, b) => a + b));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return logits.map((logit) => Math.exp(logit) / total);
  });
}

const classifierOf = (sizes: Shape, answer = linear) => onnxFile((batch) => {
  const x = input("x", [batch, ...sizes]);
  return { inputs: { x }, outputs: { answer: answer(x) } };
});

async function probabilities(path: string, options: Partial<OnnxClassifierOptions> = {}, values = images): Promise<Float32Array> {
  const classifier = await onnxClassifier(path, { shape, ...options });
  assert.deepEqual([classifier.classes, path.endsWith(classifier.name)], [CLASSES, true]);
  const found = await classifier.probabilities(values);
  await classifier.dispose();
  return found;
}

const refused = (path: string, message: RegExp, hint: RegExp, options: Partial<OnnxClassifierOptions> = {}) =>
  assert.rejects(onnxClassifier(path, { shape, ...options }), (error) => error instanceof UsageError && message.test(error.message) && hint.test(error.hint ?? ""));

describe("a classifier in an ONNX file", () => {
  it("gets images as it takes them: channels first or last, as one row, without an axis for a single channel", async () => {
    assertClose(await probabilities(await classifierOf(shape)), expected(), 1e-5);
    assertClose(await probabilities(await classifierOf([18])), expected(), 1e-5);
    // Value k of [2, 3, 3] is channel k % 3 of pixel k / 3.
    assertClose(await probabilities(await classifierOf([2, 3, 3])), expected((k) => (k % 3) * 6 + Math.floor(k / 3)), 1e-5);
    assertClose(await probabilities(await classifierOf([6, 3]), { shape: [1, 6, 3] }), expected(), 1e-5);
  });

  it("gets them in its range", async () => {
    for (const range of [[-1, 1], [0, 255], [-0.8, 2]] as const) {
      const scaled = (x: Tensor) => linear(mul(x, 1 / range[1]));
      assertClose(await probabilities(await classifierOf(shape, scaled), { range }), expected(undefined, [range[0] / range[1], 1]), 1e-4);
    }
  });

  it("answers with logits, or with probabilities", async () => {
    assertClose(await probabilities(await classifierOf(shape, (x) => softmax(linear(x), 1))), expected(), 1e-5);
    // Logits that lie in [0, 1] are logits still; those of any size have a softmax.
    assertClose(asProbabilities(Float32Array.of(0.2, 0.2, 0.2, 1, 0, 0), 3).subarray(0, 3), [1 / 3, 1 / 3, 1 / 3], 1e-6);
    assertClose(asProbabilities(Float32Array.of(1e4, 0, -Infinity), 3), [1, 0, 0], 1e-6);
    assert.deepEqual(asProbabilities(Float32Array.of(1, 0, 0, 0.25, 0.25, 0.5), 3), Float32Array.of(1, 0, 0, 0.25, 0.25, 0.5));
  });

  it("gets as many at once as it takes: any number, or the one that it was made for", async () => {
    const many = Float32Array.from({ length: 601 * 18 }, (_, i) => images[i % images.length]);
    const all = await probabilities(await classifierOf(shape), {}, many);
    const fixed = await onnxFile(() => {
      const x = input("x", [4, ...shape]);
      return { inputs: { x }, outputs: { answer: linear(x) } };
    });
    const four = await probabilities(fixed, {}, many);
    const wanted = expected();
    for (const found of [all, four]) assertClose(found, Float32Array.from({ length: 601 * CLASSES }, (_, i) => wanted[i % wanted.length]), 1e-5);
  });

  it("names the output that it is told of several", async () => {
    const two = await onnxFile((batch) => {
      const x = input("x", [batch, ...shape]);
      return { inputs: { x }, outputs: { features: mul(reshape(x, [batch, 18]), 2), logits: linear(x) } };
    });
    assertClose(await probabilities(two, { output: "logits" }), expected(), 1e-5);
    await refused(two, /has 2 outputs: features, logits/, /--output features/);
    await refused(two, /has no output "logit"/, /Did you mean "logits"/, { output: "logit" });
  });

  it("is refused when it is none, or of other images, by their shapes", async () => {
    await refused(await classifierOf([1, 8, 8], (x) => reshape(x, [x.shape[0], 64])), /takes \[batch, 1, 8, 8\], but the images are of \[3, 2, 3\]/, /\[N, 3, 2, 3\] or \[N, 2, 3, 3\] or \[N, 18\]/);
    await refused(await classifierOf(shape, (x) => x), /The output "answer" of \S+ is \[1, 3, 2, 3\] for 1 images, not \[1, classes\]/, /two or more classes/);
    await refused(await classifierOf(shape, (x) => reshape(matmul(reshape(x, [x.shape[0], 18]), constant(weights.subarray(0, 18), [18, 1])), [x.shape[0], 1])), /is \[1, 1\] for 1 images/, /two or more classes/);
    const integers = await onnxFile((batch) => {
      const x = input("x", [batch, ...shape], "int32");
      return { inputs: { x }, outputs: { answer: linear(cast(x, "float32")) } };
    });
    await refused(integers, /The input "x" of \S+ is of int32, not of float32/, /float32/);
    const two = await onnxFile((batch) => {
      const [x, y] = [input("x", [batch, ...shape]), input("y", [batch, ...shape])];
      return { inputs: { x, y }, outputs: { answer: linear(mul(x, y)) } };
    });
    await refused(two, /has 2 inputs: x, y/, /as constants/);
  });

  it("says so when it cannot be loaded, or answers with no numbers", async () => {
    writeFileSync(join(folder, "text.onnx"), "no model");
    for (const path of [join(folder, "text.onnx"), join(folder, "missing.onnx")]) await assert.rejects(onnxClassifier(path, { shape }), (error) => error instanceof EngineError && error.message.startsWith(path));
    const negative = await classifierOf(shape, (x) => linear(log(x)));
    await assert.rejects(probabilities(negative, { range: [-1, 1] }), (error) => error instanceof EngineError && /NaN/.test(error.message) && /--range/.test(error.hint ?? ""));
  });
});
