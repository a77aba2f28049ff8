import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { modulatedConvolution } from "../../src/nn/modulated.js";
import { constant, conv2d } from "../../src/tensor/index.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { assertClose } from "../support/close.js";
import { valueOf } from "../support/compute.js";

const wave = (count: number, pace: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(pace * i + 1));

describe("a modulated convolution", () => {
  const [channels, filters, styleSize, batch] = [2, 3, 4, 2];

  /** By kernels of their own for each example, as the paper's equations have them. */
  async function compared(demodulate: boolean): Promise<{ readonly made: number[]; readonly expected: number[] }> {
    const engine = referenceEngine();
    const convolution = modulatedConvolution("m", channels, filters, { styleSize, kernelSize: 3, demodulate });
    for (const variable of convolution.parameters) await engine.write(variable, variable.initial(3));
    const [kernel, affine, bias] = await Promise.all(["m.kernel", "m.style.kernel", "m.style.bias"].map((name) => engine.read(convolution.parameters.find((variable) => variable.name === name)!)));
    const [x, w] = [wave(batch * channels * 20, 0.7), wave(batch * styleSize, 1.3)];
    const made = await valueOf(convolution.apply(constant(x, [batch, channels, 4, 5]), constant(w, [batch, styleSize])), engine);
    const expected: number[] = [];
    for (let example = 0; example < batch; example++) {
      const style = Array.from({ length: channels }, (_, i) => bias[i] + Array.from({ length: styleSize }, (_, k) => (w[example * styleSize + k] * affine[k * channels + i]) / Math.sqrt(styleSize)).reduce((a, b) => a + b));
      const modulated = Array.from(kernel, (weight, at) => (style[Math.floor(at / 9) % channels] * weight) / Math.sqrt(9 * channels));
      const own = modulated.map((weight, at) => {
        const map = Math.floor(at / (9 * channels));
        const energy = modulated.slice(map * 9 * channels, (map + 1) * 9 * channels).reduce((sum, other) => sum + other ** 2, 1e-8);
        return demodulate ? weight / Math.sqrt(energy) : weight;
      });
      expected.push(...(await valueOf(conv2d(constant(x.slice(example * channels * 20, (example + 1) * channels * 20), [1, channels, 4, 5]), constant(own, [filters, channels, 3, 3]), { padding: "same" }))));
    }
    return { made, expected };
  }

  it("is one whose kernels each example's style scales, and whose outputs are brought back to variance 1", async () => {
    for (const demodulate of [true, false]) {
      const { made, expected } = await compared(demodulate);
      assertClose(made, expected, 1e-6);
    }
  });

  it("forgets how strong a style is, where it demodulates", async () => {
    const engine = referenceEngine();
    const convolution = modulatedConvolution("m", 2, 3, { styleSize: 2, kernelSize: 1 });
    for (const variable of convolution.parameters) await engine.write(variable, variable.name.endsWith(".bias") ? new Float32Array(2) : variable.initial(3));
    const made = (scale: number) => valueOf(convolution.apply(constant(wave(8, 0.7), [1, 2, 2, 2]), constant([scale, -2 * scale], [1, 2])), engine);
    assertClose(await made(7), await made(1), 1e-5);
    assert.notDeepEqual(await made(-1), await made(1));
  });
});
