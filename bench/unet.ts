/**
 * The U-Net of Ho et al., "Denoising Diffusion Probabilistic Models" (2020), at the size of Fashion-MNIST: residual blocks
 * that see the time, attention where the images are smallest, and every level's results handed across to the way up.
 */
import { Activation, Conv2d, Dense, GroupNorm, meanSquaredError, sequential, trainingMode, UpSample, type Layer } from "../src/nn/index.js";
import { adamW } from "../src/optimizers/index.js";
import {
  add, concat, constant, cos, input, matmul, mul, reshape, silu, sin, sizeOf, softmax, split, transpose,
  type Shape, type Tensor, type Variable,
} from "../src/tensor/index.js";

const WIDTHS = [32, 64, 128];
const [FREQUENCIES, TIME, GROUPS, HEADS] = [16, 128, 8, 4];

const window3 = (filters: number, stride = 1) => Conv2d(filters, { kernelSize: 3, stride, padding: 1 });
const pixelwise = (filters: number) => Conv2d(filters, { kernelSize: 1 });

/** Part of the network: x [batch, channels, height, width] and the embedded time [batch, TIME] -> an image of `outputShape`. */
interface Block {
  readonly parameters: readonly Variable[];
  readonly outputShape: Shape;
  readonly apply: (x: Tensor, time: Tensor) => Tensor;
}

// Nothing here differs between training and inference.
const mode = trainingMode();
const parametersOf = (parts: readonly { readonly parameters: readonly Variable[] }[]) => parts.flatMap(({ parameters }) => parameters);

/** A layer, which does not look at the time, as a block. */
function timeless(name: string, shape: Shape, layer: Layer): Block {
  const module = layer(name, shape);
  return { parameters: module.parameters, outputShape: module.outputShape, apply: (x) => module.apply(x, mode) };
}

/** One block after the other. */
const chain = (...blocks: readonly Block[]): Block => ({
  parameters: parametersOf(blocks),
  outputShape: blocks[blocks.length - 1].outputShape,
  apply: (x, time) => blocks.reduce((h, block) => block.apply(h, time), x),
});

/** x + conv(silu(norm(conv(silu(norm(x))) + dense(silu(time))))), x by a 1 x 1 convolution where the channels change. */
function residual(name: string, [channels, height, width]: Shape, filters: number): Block {
  const [from, to] = [[channels, height, width], [filters, height, width]];
  const [norm1, conv1] = [GroupNorm(GROUPS)(`${name}.norm1`, from), window3(filters)(`${name}.conv1`, from)];
  const [norm2, conv2] = [GroupNorm(GROUPS)(`${name}.norm2`, to), window3(filters)(`${name}.conv2`, to)];
  const shift = Dense(filters)(`${name}.time`, [TIME]);
  const skip = channels === filters ? undefined : pixelwise(filters)(`${name}.skip`, from);
  return {
    parameters: parametersOf([norm1, conv1, shift, norm2, conv2, ...(skip ? [skip] : [])]),
    outputShape: to,
    apply(x, time) {
      const shifts = reshape(shift.apply(silu(time), mode), [x.shape[0], filters, 1, 1]);
      const h = add(conv1.apply(silu(norm1.apply(x, mode)), mode), shifts);
      return add(skip ? skip.apply(x, mode) : x, conv2.apply(silu(norm2.apply(h, mode)), mode));
    },
  };
}

/** x + what its pixels see in each other: softmax(q k / sqrt(size)) v in each head (Vaswani et al. 2017, equation 1). */
function attention(name: string, shape: Shape): Block {
  const [channels, ...sides] = shape;
  const [size, pixels] = [channels / HEADS, sizeOf(sides)];
  const [norm, project, out] = [GroupNorm(GROUPS)(`${name}.norm`, shape), pixelwise(3 * channels)(`${name}.qkv`, shape), pixelwise(channels)(`${name}.out`, shape)];
  return {
    parameters: parametersOf([norm, project, out]),
    outputShape: shape,
    apply(x) {
      const projected = project.apply(norm.apply(x, mode), mode);
      const [q, k, v] = split(projected, [channels, channels, channels], 1).map((part) => reshape(part, [x.shape[0], HEADS, size, pixels]));
      const weights = softmax(mul(matmul(transpose(q), k), 1 / Math.sqrt(size)));
      return add(x, out.apply(reshape(matmul(v, transpose(weights)), x.shape), mode));
    },
  };
}

/** t [batch] -> [batch, TIME]: sines and cosines of t at FREQUENCIES wavelengths, then two dense layers. */
function timeEmbedding(name: string) {
  const network = sequential(Dense(TIME, { activation: silu }), Dense(TIME))(name, [2 * FREQUENCIES]);
  const frequencies = constant(Array.from({ length: FREQUENCIES }, (_, i) => 10_000 ** (-i / FREQUENCIES)), [1, FREQUENCIES]);
  const embed = (t: Tensor) => {
    const angles = mul(reshape(t, [t.shape[0], 1]), frequencies);
    return network.apply(concat([sin(angles), cos(angles)], 1), mode);
  };
  return { parameters: network.parameters, embed };
}

/** The network for images [1, side, side]; `apply` takes x [batch, 1, side, side] and t [batch]. */
export function unet(side: number): Block {
  const lowest = WIDTHS.length - 1;
  const level = (name: string, shape: Shape, i: number): Block => {
    const block = residual(name, shape, WIDTHS[i]);
    return i === lowest ? chain(block, attention(`${name}.attention`, block.outputShape)) : block;
  };

  // Down: two blocks a level, then half the size; all results are kept for the way up.
  const down = [timeless("stem", [1, side, side], window3(WIDTHS[0]))];
  const append = (make: (shape: Shape) => Block) => down.push(make(down[down.length - 1].outputShape));
  WIDTHS.forEach((width, i) => {
    for (const part of ["a", "b"]) append((shape) => level(`down.${i}.${part}`, shape, i));
    if (i < lowest) append((shape) => timeless(`down.${i}.half`, shape, window3(width, 2)));
  });

  const bottom = down[down.length - 1].outputShape;
  const middle = chain(residual("middle.a", bottom, WIDTHS[lowest]), attention("middle.attention", bottom), residual("middle.b", bottom, WIDTHS[lowest]));

  // Up: three blocks a level, each with a kept result beside its input, the last one first; then twice the size.
  const up: Block[] = [];
  let shape = bottom;
  [...down].reverse().forEach(({ outputShape: [skipped] }, n) => {
    const i = lowest - Math.floor(n / 3);
    const block = level(`up.${i}.${"abc"[n % 3]}`, [shape[0] + skipped, ...shape.slice(1)], i);
    const ends = n % 3 === 2 && i > 0;
    up.push(ends ? chain(block, timeless(`up.${i}.twice`, block.outputShape, sequential(UpSample(2), window3(WIDTHS[i])))) : block);
    shape = up[n].outputShape;
  });

  const time = timeEmbedding("time");
  const head = timeless("head", shape, sequential(GroupNorm(GROUPS), Activation(silu), window3(1)));
  return {
    parameters: parametersOf([time, ...down, middle, ...up, head]),
    outputShape: head.outputShape,
    apply(x, t) {
      const embedded = time.embed(t);
      const kept: Tensor[] = [];
      for (const block of down) kept.unshift(block.apply(kept[0] ?? x, embedded));
      const lifted = up.reduce((h, block, n) => block.apply(concat([h, kept[n]], 1), embedded), middle.apply(kept[0], embedded));
      return head.apply(lifted, embedded);
    },
  };
}

/** One training step on images [batch, 1, 28, 28] and times [batch]; the network, as in the peers' scripts, is to give the image back. */
export function unetStep(batch: number) {
  const network = unet(28);
  const [x, t] = [input("x", [batch, 1, 28, 28]), input("t", [batch])];
  const loss = meanSquaredError(network.apply(x, t), x);
  return { network, step: { inputs: { x, t }, outputs: { loss }, updates: adamW().minimize(loss, network.parameters) } };
}
