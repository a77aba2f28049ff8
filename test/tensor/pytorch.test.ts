import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import * as T from "../../src/tensor/index.js";
import type { Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

interface Case {
  readonly inputs: readonly { readonly shape: number[]; readonly values: number[] }[];
  readonly y: number[];
  readonly shape: number[];
  readonly gradients: readonly number[][];
}
interface Penalty {
  readonly penalty: number;
  readonly kernelGradient: number[];
  readonly x: number[];
  readonly kernel: number[];
}

// Made by oracles/pytorch.py.
const { gradientPenalty, ...oracles } = JSON.parse(readFileSync(new URL("oracles/pytorch.json", import.meta.url), "utf8")) as { gradientPenalty: Penalty } & Record<string, Case>;

const functions: Readonly<Record<string, (...x: Tensor[]) => Tensor>> = {
  conv2d: (x, k) => T.conv2d(x, k, { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 }),
  convTranspose2d: (x, k) => T.convTranspose2d(x, k, { stride: [3, 2], padding: [1, 0], outputPadding: [2, 1], groups: 2 }),
  maxPool: (x) => T.maxPool(x, [3, 2], { stride: [2, 1], padding: [1, 0] }),
  averagePool: (x) => T.averagePool(x, 3, { stride: 2, padding: 1 }),
  upsampleNearest: (x) => T.upsampleNearest(x, 2),
  batchNorm: (x, gain, bias) => T.batchNorm(x, gain, bias, 1e-5),
  layerNorm: (x, gain, bias) => T.layerNorm(x, gain, bias),
  groupNorm: (x, gain, bias) => T.groupNorm(x, 2, gain, bias),
  gelu: T.gelu,
  silu: T.silu,
  softplus: T.softplus,
  elu: (x) => T.elu(x, 0.7),
  selu: T.selu,
  leakyRelu: (x) => T.leakyRelu(x, 0.2),
  logSumExp: (x) => T.logSumExp(x, 1),
  logSoftmax: (x) => T.logSoftmax(x),
};

describe("values and gradients of PyTorch in float64", () => {
  for (const [name, oracle] of Object.entries(oracles))
    it(name, async () => {
      const inputs = oracle.inputs.map(({ shape }, i) => T.input(`x${i}`, shape));
      const y = functions[name](...inputs);
      assert.deepEqual(y.shape, oracle.shape);
      const weights = T.constant(Array.from({ length: T.sizeOf(y.shape) }, (_, i) => Math.cos(i)), y.shape);
      const outputs: Record<string, Tensor> = { y };
      T.gradients(T.sum(T.mul(y, weights)), inputs).forEach((g, i) => (outputs[`g${i}`] = g));
      const result = await runOnce({ inputs: Object.fromEntries(inputs.map((x) => [x.name, x])), outputs }, Object.fromEntries(oracle.inputs.map(({ values }, i) => [`x${i}`, Float64Array.from(values)])));
      assertClose(result.y, oracle.y, 1e-9, name);
      oracle.gradients.forEach((expected, i) => assertClose(result[`g${i}`], expected, 1e-9, `gradient ${i} of ${name}`));
    });

  it("a gradient penalty: the second derivative through a convolution", async () => {
    const [x, kernel] = [T.input("x", [2, 1, 4, 4]), T.input("kernel", [2, 1, 3, 3])];
    const score = T.sum(T.square(T.leakyRelu(T.conv2d(x, kernel, { stride: 2, padding: 1 }), 0.2)));
    const [g] = T.gradients(score, [x]);
    const norm = T.sqrt(T.sum(T.square(T.reshape(g, [2, 16])), 1));
    const penalty = T.mean(T.square(T.sub(norm, 1)));
    const [kernelGradient] = T.gradients(penalty, [kernel]);
    const result = await runOnce({ inputs: { x, kernel }, outputs: { penalty, kernelGradient } }, { x: Float64Array.from(gradientPenalty.x), kernel: Float64Array.from(gradientPenalty.kernel) });
    assertClose(result.penalty, [gradientPenalty.penalty], 1e-9);
    assertClose(result.kernelGradient, gradientPenalty.kernelGradient, 1e-9);
  });
});
