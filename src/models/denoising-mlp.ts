/**
 * The network of Li et al., "Autoregressive Image Generation without Vector Quantization" (2024), section 4.1, for examples that are vectors: residual blocks of two dense layers, whose normalization is shifted
 * and scaled by what time and class it is. They are the blocks of DiT (dit.ts) without attention: a vector is a single token.
 */
import { Dense, sequential, TimeDistributed } from "../nn/index.js";
import { zeros } from "../nn/initializers.js";
import { add, mul, reshape, silu } from "../tensor/index.js";
import type { Network } from "./diffusion-network.js";
import { modulated, modulation } from "./dit.js";
import { timeEmbedding } from "./time-embedding.js";

export interface DenoisingMlpDesign {
  /** Units of every layer, and of the embedded time. */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  readonly outputSize: number;
  /** From the unit of the time to that of the sinusoids, which tell steps of a thousand apart. */
  readonly timeScale: number;
  readonly classes?: number | undefined;
}

/** The network for vectors [size]; each block is the identity at first, and the answer 0. */
export function denoisingMlp(name: string, size: number, { width, depth, outputSize, timeScale, classes }: DenoisingMlpDesign): Network {
  const time = timeEmbedding(`${name}.time`, { frequencies: 128, width, timeScale, classes });
  const stem = Dense(width)(`${name}.stem`, [size]);
  const blocks = Array.from({ length: depth }, (_, i) => ({
    adaptive: modulation(`${name}.blocks.${i}`, width, 3),
    layers: TimeDistributed(sequential(Dense(width, { activation: silu }), Dense(width)))(`${name}.blocks.${i}`, [1, width]),
  }));
  const last = modulation(`${name}.head`, width, 2);
  const head = Dense(outputSize, { kernelInitializer: zeros })(`${name}.head`, [width]);
  return {
    parameters: [time, stem, ...blocks.flatMap(({ adaptive, layers }) => [adaptive, layers]), last, head].flatMap(({ parameters }) => parameters),
    statistics: [],
    apply(x, t, mode, labels) {
      const embedded = time.embed(t, mode, labels);
      const [batch] = x.shape;
      let h = reshape(stem.apply(x, mode), [batch, 1, width]);
      for (const { adaptive, layers } of blocks) {
        const [shift, scale, gate] = adaptive.of(embedded, mode);
        h = add(h, mul(gate, layers.apply(modulated(h, shift, scale), mode)));
      }
      const [shift, scale] = last.of(embedded, mode);
      return head.apply(reshape(modulated(h, shift, scale), [batch, width]), mode);
    },
  };
}
