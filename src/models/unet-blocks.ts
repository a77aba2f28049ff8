/** What the U-Net of diffusion models is made of: blocks that see an image and the embedded time. */
import { Activation, Conv2d, Dense, Dropout, GroupNorm, sequential, UpSample, type Initializer, type Layer, type Mode } from "../nn/index.js";
import { add, reshape, silu, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { selfAttention } from "./attention.js";
import { cropped } from "./translation-networks.js";

export interface BlockDesign {
  readonly heads: number;
  readonly dropout: number;
  readonly groups: number;
  /** Width of the embedded time. */
  readonly embedding: number;
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

/** x + conv(dropout(silu(norm(conv(silu(norm(x))) + dense(silu(embedded)))))), x by a 1 x 1 convolution where the channels change. */
export function residual(name: string, from: Shape, filters: number, { groups, dropout, embedding, lastInitializer }: BlockDesign): Block {
  const to = [filters, ...from.slice(1)];
  const first = sequential(GroupNorm(groups), Activation(silu), window3(filters))(`${name}.first`, from);
  const shift = Dense(filters)(`${name}.time`, [embedding]);
  const last = sequential(GroupNorm(groups), Activation(silu), Dropout(dropout), window3(filters, { kernelInitializer: lastInitializer }))(`${name}.last`, to);
  const skip = from[0] === filters ? undefined : Conv2d(filters, { kernelSize: 1 })(`${name}.skip`, from);
  return {
    parameters: parametersOf([first, shift, last, ...(skip ? [skip] : [])]),
    outputShape: to,
    apply(x, embedded, mode) {
      const shifts = reshape(shift.apply(silu(embedded), mode), [x.shape[0], filters, 1, 1]);
      const h = add(first.apply(x, mode), shifts);
      return add(skip ? skip.apply(x, mode) : x, last.apply(h, mode));
    },
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
