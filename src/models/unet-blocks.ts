/** What the U-Net of diffusion models is made of: blocks that see an image and the embedded time. */
import { Activation, Conv2d, Dense, Dropout, GroupNorm, sequential, UpSample, type Initializer, type Layer, type Mode } from "../nn/index.js";
import { add, mul, reshape, silu, split, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { selfAttention } from "./attention.js";
import { cropped } from "./translation-networks.js";

export const conditionings = ["shift", "scale-shift"] as const;
export type Conditioning = (typeof conditionings)[number];

export interface BlockDesign {
  readonly heads: number;
  readonly dropout: number;
  readonly groups: number;
  /** Width of the embedded time. */
  readonly embedding: number;
  /** What time and class do in a residual block: see `residual`. */
  readonly conditioning: Conditioning;
  /** Of the kernels that a block's result comes out of. */
  readonly lastInitializer: Initializer;
}

/** Part of the network: x [batch, channels, height, width] and the embedded time [batch, embedding] -> [batch, ...outputShape]. */
export interface Block {
  readonly parameters: readonly Variable[];
  readonly outputShape: Shape;
  apply(x: Tensor, embedded: Tensor, mode: Mode): Tensor;
}

export const parametersOf = (parts: readonly { readonly parameters: readonly Variable[] }[]): readonly Variable[] => parts.flatMap(({ parameters }) => parameters);

export const window3 = (filters: number, options: { readonly stride?: number; readonly kernelInitializer?: Initializer } = {}): Layer =>
  Conv2d(filters, { kernelSize: 3, padding: 1, ...options });

/** A layer, which does not look at the time, as a block. */
export function timeless(name: string, shape: Shape, layer: Layer): Block {
  const module = layer(name, shape);
  return { ...module, apply: (x, _embedded, mode) => module.apply(x, mode) };
}

/** One block after the other. */
export const chain = (...blocks: readonly Block[]): Block => ({
  parameters: parametersOf(blocks),
  outputShape: blocks[blocks.length - 1].outputShape,
  apply: (x, embedded, mode) => blocks.reduce((h, block) => block.apply(h, embedded, mode), x),
});

/**
 * x + conv(dropout(silu(told))), x by a 1 x 1 convolution where the channels change. With h = conv(silu(norm(x))), told is norm(h + shift) (Ho et al. 2020), or norm(h) (1 + scale) + shift (adaptive
 * group normalization: Dhariwal & Nichol 2021, equation 3); shift and scale are numbers for each channel, a dense layer of silu(embedded).
 */
export function residual(name: string, from: Shape, filters: number, { groups, dropout, embedding, conditioning, lastInitializer }: BlockDesign): Block {
  const to = [filters, ...from.slice(1)];
  const scales = conditioning === "scale-shift";
  const first = sequential(GroupNorm(groups), Activation(silu), window3(filters))(`${name}.first`, from);
  const dense = Dense((scales ? 2 : 1) * filters)(`${name}.time`, [embedding]);
  const norm = GroupNorm(groups)(`${name}.norm`, to);
  const last = sequential(Activation(silu), Dropout(dropout), window3(filters, { kernelInitializer: lastInitializer }))(`${name}.last`, to);
  const skip = from[0] === filters ? undefined : Conv2d(filters, { kernelSize: 1 })(`${name}.skip`, from);
  function told(h: Tensor, embedded: Tensor, mode: Mode): Tensor {
    const [shift, scale] = split(reshape(dense.apply(silu(embedded), mode), [h.shape[0], -1, 1, 1]), scales ? [filters, filters] : [filters], 1);
    return scales ? add(mul(norm.apply(h, mode), add(1, scale)), shift) : norm.apply(add(h, shift), mode);
  }
  return {
    parameters: parametersOf([first, dense, norm, last, ...(skip ? [skip] : [])]),
    outputShape: to,
    apply: (x, embedded, mode) => add(skip ? skip.apply(x, mode) : x, last.apply(told(first.apply(x, mode), embedded, mode), mode)),
  };
}

/** x + what its pixels see in each other. */
export function attention(name: string, shape: Shape, { groups, heads, lastInitializer }: BlockDesign): Block {
  const [channels] = shape;
  const project = sequential(GroupNorm(groups), Conv2d(3 * channels, { kernelSize: 1 }))(`${name}.project`, shape);
  const out = Conv2d(channels, { kernelSize: 1, kernelInitializer: lastInitializer })(`${name}.out`, shape);
  return {
    parameters: parametersOf([project, out]),
    outputShape: shape,
    apply: (x, _embedded, mode) => add(x, out.apply(selfAttention(project.apply(x, mode), heads), mode)),
  };
}

/** Twice the size, or a pixel less where the size on the way down was odd; then a convolution. */
export function twice(name: string, from: Shape, [height, width]: Shape): Block {
  const [channels] = from;
  const crop: Layer = () => ({ parameters: [], statistics: [], outputShape: [channels, height, width], apply: (x) => cropped(x, [channels, height, width]) });
  return timeless(name, from, sequential(UpSample(2), crop, window3(channels)));
}
