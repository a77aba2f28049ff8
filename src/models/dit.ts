/**
 * DiT of Peebles & Xie, "Scalable Diffusion Models with Transformers" (2023): an image is cut into patches, and a transformer whose normalizations are shifted and scaled by
 * what time and class it is (adaLN-Zero, section 3.2) says what becomes of each.
 */
import { UsageError } from "../errors.js";
import { Dense, sequential, TimeDistributed, type Mode } from "../nn/index.js";
import { zeros } from "../nn/initializers.js";
import { add, constant, mul, reshape, sigmoid, silu, split, square, standardize, transpose, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { selfAttention } from "./attention.js";
import type { Network } from "./diffusion-network.js";
import { frequencies, timeEmbedding } from "./time-embedding.js";

export interface DiTDesign {
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** Numbers that a patch becomes, a multiple of 4; also the width of the embedded time. */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Of the attention: they divide the width. */
  readonly heads: number;
  /** Hidden units of a block's two dense layers, as a multiple of the width; the paper has 4. */
  readonly mlpRatio: number;
  readonly outputChannels: number;
  /** From the unit of the time to that of the sinusoids, which tell steps of a thousand apart. */
  readonly timeScale: number;
  readonly classes?: number | undefined;
}

/** A UsageError for images that cannot be cut into the patches, and for widths that do not divide as they must. */
function requireFitting([, height, width]: Shape, design: DiTDesign): void {
  const fits = (patch: number): boolean => height % patch === 0 && width % patch === 0;
  if (!fits(design.patch)) {
    const fitting = Array.from({ length: Math.min(height, width) }, (_, i) => i + 1).filter(fits);
    throw new UsageError(`Images of ${height} x ${width} pixels do not divide into patches of ${design.patch} x ${design.patch}`, `Patches that fit: ${fitting.join(", ")}.`);
  }
  if (design.width % 4 !== 0) throw new UsageError(`DiT: the width is ${design.width}`, "Use a multiple of 4: positions are sines and cosines of rows and of columns.");
  if (design.width % design.heads !== 0) throw new UsageError(`A width of ${design.width} does not divide into ${design.heads} heads`, `Use a multiple of ${design.heads}, or another number of heads.`);
}

/** x [batch, channels, height, width] -> patches [batch, rows * columns, channels * patch * patch], row after row. */
export function patchesOf(x: Tensor, patch: number): Tensor {
  const [batch, channels, height, width] = x.shape;
  const [rows, columns] = [height / patch, width / patch];
  const cut = transpose(reshape(x, [batch, channels, rows, patch, columns, patch]), [0, 2, 4, 1, 3, 5]);
  return reshape(cut, [batch, rows * columns, channels * patch * patch]);
}

/** The inverse of `patchesOf`, for images of `shape` [channels, height, width]. */
export function imagesOf(patches: Tensor, [channels, height, width]: Shape, patch: number): Tensor {
  const [batch] = patches.shape;
  const cut = reshape(patches, [batch, height / patch, width / patch, channels, patch, patch]);
  return reshape(transpose(cut, [0, 3, 1, 4, 2, 5]), [batch, channels, height, width]);
}

/** [1, rows * columns, width]: a quarter each of sines and cosines of the column, then of the row. */
export function positions(rows: number, columns: number, width: number): Tensor {
  const scales = frequencies(width / 4);
  const waves = (place: number): number[] => [...scales.map((scale) => Math.sin(place * scale)), ...scales.map((scale) => Math.cos(place * scale))];
  const values = Array.from({ length: rows * columns }, (_, i) => [...waves(i % columns), ...waves(Math.floor(i / columns))]);
  return constant(values.flat(), [1, rows * columns, width]);
}

/** GELU by the hyperbolic tangent (Hendrycks & Gimpel 2016), which needs no error function: x (1 + tanh(u)) / 2 = x sigmoid(2 u). */
const gelu = (x: Tensor): Tensor => mul(x, sigmoid(mul(mul(2 * Math.sqrt(2 / Math.PI), x), add(1, mul(0.044715, square(x))))));

/** `count` vectors [batch, 1, width] that a dense layer makes of the embedded time: zeros at first. */
export function modulation(name: string, width: number, count: number) {
  const dense = Dense(count * width, { kernelInitializer: zeros })(`${name}.modulation`, [width]);
  const of = (embedded: Tensor, mode: Mode): Tensor[] =>
    split(reshape(dense.apply(silu(embedded), mode), [embedded.shape[0], 1, count * width]), new Array<number>(count).fill(width), 2);
  return { parameters: dense.parameters, of };
}

/** norm(x) (1 + scale) + shift, of tokens [batch, tokens, width]. */
export const modulated = (x: Tensor, shift: Tensor, scale: Tensor): Tensor => add(mul(standardize(x, 2, 1e-6), add(1, scale)), shift);

interface Block {
  readonly parameters: readonly Variable[];
  /** Tokens [batch, tokens, width] and the embedded time [batch, width] -> tokens. */
  apply(x: Tensor, embedded: Tensor, mode: Mode): Tensor;
}

/** Figure 3, second from the left: attention, then two dense layers for each token; both are the identity at first. */
function transformerBlock(name: string, tokens: Shape, { width, heads, mlpRatio }: DiTDesign): Block {
  const adaptive = modulation(name, width, 6);
  const project = TimeDistributed(Dense(3 * width))(`${name}.project`, tokens);
  const out = TimeDistributed(Dense(width))(`${name}.out`, tokens);
  const mlp = TimeDistributed(sequential(Dense(Math.round(mlpRatio * width), { activation: gelu }), Dense(width)))(`${name}.mlp`, tokens);
  return {
    parameters: [adaptive, project, out, mlp].flatMap(({ parameters }) => parameters),
    apply(x, embedded, mode) {
      const [shift1, scale1, gate1, shift2, scale2, gate2] = adaptive.of(embedded, mode);
      const seen = transpose(selfAttention(transpose(project.apply(modulated(x, shift1, scale1), mode)), heads));
      const h = add(x, mul(gate1, out.apply(seen, mode)));
      return add(h, mul(gate2, mlp.apply(modulated(h, shift2, scale2), mode)));
    },
  };
}

/** The network for images of `shape` [channels, height, width], whose sides are multiples of the patch. */
export function dit(name: string, shape: Shape, design: DiTDesign): Network {
  requireFitting(shape, design);
  const { patch, width, depth, outputChannels, timeScale, classes } = design;
  const [channels, ...sides] = shape;
  const [rows, columns] = sides.map((side) => side / patch);
  const tokens = [rows * columns, width];
  const time = timeEmbedding(`${name}.time`, { frequencies: 128, width, timeScale, classes });
  const stem = TimeDistributed(Dense(width))(`${name}.stem`, [rows * columns, channels * patch * patch]);
  const places = positions(rows, columns, width);
  const blocks = Array.from({ length: depth }, (_, i) => transformerBlock(`${name}.blocks.${i}`, tokens, design));
  const last = modulation(`${name}.head`, width, 2);
  const head = TimeDistributed(Dense(outputChannels * patch * patch, { kernelInitializer: zeros }))(`${name}.head`, tokens);
  return {
    parameters: [time, stem, ...blocks, last, head].flatMap(({ parameters }) => parameters),
    statistics: [],
    apply(x, t, mode, labels) {
      const embedded = time.embed(t, mode, labels);
      const first = add(stem.apply(patchesOf(x, patch), mode), places);
      const lifted = blocks.reduce((h, block) => block.apply(h, embedded, mode), first);
      const [shift, scale] = last.of(embedded, mode);
      return imagesOf(head.apply(modulated(lifted, shift, scale), mode), [outputChannels, ...sides], patch);
    },
  };
}
