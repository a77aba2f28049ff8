/**
 * The U-Net of Ho et al., "Denoising Diffusion Probabilistic Models" (2020), appendix B, as Dhariwal & Nichol, "Diffusion Models Beat GANs on Image Synthesis" (2021), have
 * it with classes: residual blocks that see the time, attention where the images are small, and every result on the way down handed across to the way up.
 */
import { UsageError } from "../errors.js";
import { Activation, GroupNorm, sequential, type Initializer } from "../nn/index.js";
import { zeros } from "../nn/initializers.js";
import { concat, silu, type Shape, type Tensor } from "../tensor/index.js";
import type { Network } from "./diffusion-network.js";
import { timeEmbedding } from "./time-embedding.js";
import { attention, chain, parametersOf, residual, timeless, twice, window3, type Block, type BlockDesign, type Conditioning } from "./unet-blocks.js";

export interface UNetDesign {
  /** Of each level, the largest images first; each next level halves them, odd sides upwards. */
  readonly channels: readonly number[];
  /** Residual blocks of a level on the way down; there is one more on the way up. Default 2. */
  readonly blocks?: number;
  /** Levels with attention after each residual block, counted from 0. Between the two ways there always is one. */
  readonly attention: readonly number[];
  /** Of the attention: they divide the channels of its levels. */
  readonly heads: number;
  /** Share of the values that a residual block loses in training. */
  readonly dropout: number;
  /** Of the normalization: they divide the channels of every level. */
  readonly groups: number;
  /** Width of the embedded time; the papers have four times the first level's channels. */
  readonly embedding: number;
  /** From the unit of the time to that of the sinusoids, which tell steps of a thousand apart. */
  readonly timeScale: number;
  readonly outputChannels: number;
  readonly classes?: number | undefined;
  /** What time and class do in a residual block. Default "shift". */
  readonly conditioning?: Conditioning;
  /** Of the last kernel in each residual block, in each attention, and in the network. Default zeros, as in the papers: a network that starts without blocks. */
  readonly lastInitializer?: Initializer;
}

/** A UsageError for channels that do not divide as they must, and for attention at levels that are not there. */
function requireFitting({ channels, attention: attentive, heads, groups }: UNetDesign): void {
  const missing = attentive.find((level) => !(level in channels));
  if (missing !== undefined) throw new UsageError(`Attention at level ${missing} of a U-Net of ${channels.length} levels`, `Levels count from 0 to ${channels.length - 1}.`);
  const requireDivisor = (parts: string, count: number, levels: readonly number[]): void => {
    const odd = levels.find((level) => channels[level] % count !== 0);
    if (odd !== undefined) throw new UsageError(`${channels[odd]} channels do not divide into ${count} ${parts}`, `Use a multiple of ${count} for level ${odd}, or another number of ${parts}.`);
  };
  const levels = channels.map((_, level) => level);
  requireDivisor("groups", groups, levels);
  requireDivisor("heads", heads, [...attentive, ...levels.slice(-1)]);
}

/** The network for images of `shape` [channels, height, width], of any size. */
export function unet(name: string, shape: Shape, design: UNetDesign): Network {
  requireFitting(design);
  const { channels, blocks = 2, attention: attentive, groups, embedding, timeScale, outputChannels, classes, conditioning = "shift", lastInitializer = zeros } = design;
  const parts: BlockDesign = { ...design, conditioning, lastInitializer };
  const lowest = channels.length - 1;
  const level = (part: string, from: Shape, i: number): Block => {
    const block = residual(part, from, channels[i], parts);
    return attentive.includes(i) ? chain(block, attention(`${part}.attention`, block.outputShape, parts)) : block;
  };

  // Down: the blocks of a level, then half the size; all results are kept for the way up.
  const down = [timeless(`${name}.stem`, shape, window3(channels[0]))];
  const append = (make: (from: Shape) => Block) => down.push(make(down[down.length - 1].outputShape));
  channels.forEach((filters, i) => {
    for (let n = 0; n < blocks; n++) append((from) => level(`${name}.down.${i}.${n}`, from, i));
    if (i < lowest) append((from) => timeless(`${name}.down.${i}.half`, from, window3(filters, { stride: 2 })));
  });

  const bottom = down[down.length - 1].outputShape;
  const middle = chain(
    residual(`${name}.middle.0`, bottom, channels[lowest], parts),
    attention(`${name}.middle.attention`, bottom, parts),
    residual(`${name}.middle.1`, bottom, channels[lowest], parts),
  );

  // Up: one block more a level, each with a kept result beside its input, the last one first; then twice the size.
  const kept = [...down].reverse().map(({ outputShape }) => outputShape);
  const up: Block[] = [];
  kept.forEach(([skipped], n) => {
    const [i, place] = [lowest - Math.floor(n / (blocks + 1)), n % (blocks + 1)];
    const [below, ...size] = n === 0 ? bottom : up[n - 1].outputShape;
    const block = level(`${name}.up.${i}.${place}`, [below + skipped, ...size], i);
    up.push(place === blocks && i > 0 ? chain(block, twice(`${name}.up.${i}.twice`, block.outputShape, kept[n + 1].slice(1))) : block);
  });

  const time = timeEmbedding(`${name}.time`, { frequencies: Math.ceil(channels[0] / 2), width: embedding, timeScale, classes });
  const head = timeless(`${name}.head`, up[up.length - 1].outputShape, sequential(GroupNorm(groups), Activation(silu), window3(outputChannels, { kernelInitializer: lastInitializer })));
  return {
    parameters: parametersOf([time, ...down, middle, ...up, head]),
    statistics: [],
    apply(x, t, mode, labels) {
      const embedded = time.embed(t, mode, labels);
      const results: Tensor[] = [];
      for (const block of down) results.unshift(block.apply(results[0] ?? x, embedded, mode));
      const lifted = up.reduce((h, block, n) => block.apply(concat([h, results[n]], 1), embedded, mode), middle.apply(results[0], embedded, mode));
      return head.apply(lifted, embedded, mode);
    },
  };
}
