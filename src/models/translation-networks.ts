/** Networks from images to images: the U-Net of pix2pix, the residual network of CycleGAN, and the discriminator of patches that both have. */
import { BatchNorm, Conv2d, ConvTranspose2d, Dropout, InstanceNorm, randomNormal, sequential, activations, type Layer, type Module } from "../nn/index.js";
import type { Mode } from "../nn/module.js";
import { concat, leakyRelu, slice, type Shape, type Tensor } from "../tensor/index.js";
import { Residual } from "./residual.js";

type ImageShape = readonly [channels: number, height: number, width: number];

export type Normalization = "batch" | "instance" | "none";

const norms: Readonly<Record<Normalization, () => readonly Layer[]>> = {
  batch: () => [BatchNorm({ momentum: 0.9, epsilon: 1e-5 })],
  instance: () => [InstanceNorm()],
  none: () => [],
};

/** Weights of both papers. */
const initial = { kernelInitializer: randomNormal(0, 0.02) };
const halving = { kernelSize: 4, stride: 2, padding: "same", ...initial } as const;
const activation = (apply: (x: Tensor) => Tensor): Layer => (_name, outputShape) => ({ parameters: [], statistics: [], outputShape, apply });
const leaky = activation((x) => leakyRelu(x, 0.2));
const rectified = activation(activations.relu);

/** Sizes that do not halve overshoot by a pixel on the way back. */
export const cropped = (x: Tensor, [, height, width]: Shape): Tensor => slice(x, [0, 0, 0, 0], [x.shape[0], x.shape[1], height, width]);

/** Most levels of a U-Net for such images: its smallest maps are 2 x 2, or 3 x 3. */
export const mostLevels = ([, height, width]: ImageShape): number => Math.max(1, Math.floor(Math.log2(Math.min(height, width))) - 1);

export interface UNetDesign {
  /** Of the first level; they double from level to level, up to eight times as many. */
  readonly channels: number;
  /** How often the image is halved. */
  readonly levels: number;
  readonly normalization: Normalization;
  /** Share of the values that the first three levels of the way back lose: the only noise of pix2pix. */
  readonly dropout: number;
}

/** Isola et al. 2017, section 6.1.1: halved again and again, and doubled back; each level of the way back also sees what its size looked like on the way there. No final activation. */
export function uNet(name: string, source: ImageShape, targetChannels: number, { channels, levels, normalization, dropout }: UNetDesign): Module {
  const filters = (level: number): number => channels * Math.min(8, 2 ** level);
  const down: Module[] = [];
  for (let level = 0; level < levels; level++) {
    const normalized = level === 0 ? [] : norms[normalization]();
    down.push(sequential(...(level === 0 ? [] : [leaky]), Conv2d(filters(level), halving), ...normalized)(`${name}.down${level}`, level === 0 ? source : down[level - 1].outputShape));
  }
  const up: Module[] = [];
  for (let level = levels - 1; level >= 0; level--) {
    const [, height, width] = down[level].outputShape;
    const isLast = level === levels - 1;
    const shape = [isLast ? filters(level) : 2 * filters(level), height, width];
    const rest = level === 0 ? [] : [...norms[normalization](), ...(levels - 1 - level < 3 && dropout > 0 ? [Dropout(dropout)] : [])];
    up.push(sequential(rectified, ConvTranspose2d(level === 0 ? targetChannels : filters(level - 1), halving), ...rest)(`${name}.up${level}`, shape));
  }
  const modules = [...down, ...up];
  return {
    parameters: modules.flatMap(({ parameters }) => parameters),
    statistics: modules.flatMap(({ statistics }) => statistics),
    outputShape: [targetChannels, source[1], source[2]],
    apply(x: Tensor, mode: Mode) {
      const maps: Tensor[] = [];
      for (const module of down) maps.push(module.apply(maps.at(-1) ?? x, mode));
      return up.reduce((below, module, i) => {
        const level = levels - 1 - i;
        const size = level === 0 ? source : down[level - 1].outputShape;
        return cropped(module.apply(i === 0 ? below : concat([below, maps[level]], 1), mode), size);
      }, maps[levels - 1]);
    },
  };
}

export interface ResidualDesign {
  readonly channels: number;
  readonly blocks: number;
}

/** Zhu et al. 2017, appendix: two halvings, residual blocks, two doublings, all with instance normalization. Borders are padded with zeros, not mirrored. No final activation. */
export function residualNetwork(name: string, source: ImageShape, targetChannels: number, { channels, blocks }: ResidualDesign): Module {
  const three = { kernelSize: 3, padding: "same", ...initial } as const;
  const normalized = (layer: Layer): readonly Layer[] => [layer, InstanceNorm(), rectified];
  const block = Residual(sequential(...normalized(Conv2d(4 * channels, three)), Conv2d(4 * channels, three), InstanceNorm()));
  const module = sequential(
    ...normalized(Conv2d(channels, { ...three, kernelSize: 7 })),
    ...[2, 4].flatMap((times) => normalized(Conv2d(times * channels, { ...three, stride: 2 }))),
    ...Array.from({ length: blocks }, () => block),
    ...[2, 1].flatMap((times) => normalized(ConvTranspose2d(times * channels, { ...three, stride: 2 }))),
    Conv2d(targetChannels, { ...three, kernelSize: 7 }),
  )(name, source);
  return { ...module, outputShape: [targetChannels, source[1], source[2]], apply: (x, mode) => cropped(module.apply(x, mode), source) };
}

/** As many halvings as make a patch about half as wide as the image, at most the papers' three (patches of 70 x 70). */
export const patchHalvings = ([, height, width]: ImageShape): number => Math.min(3, Math.max(1, Math.floor(Math.log2(Math.min(height, width))) - 4));

/** Isola et al. 2017, section 6.1.2: x [batch, channels, height, width] -> logits [batch, 1, rows, columns], one for each patch: the higher, the more real. */
export function patchDiscriminator(name: string, shape: ImageShape, channels: number, normalization: Normalization): Module {
  const halvings = patchHalvings(shape);
  const four = { kernelSize: 4, padding: 1, ...initial } as const;
  const layers = Array.from({ length: halvings + 1 }, (_, i) => [
    Conv2d(channels * Math.min(8, 2 ** i), { ...four, stride: i < halvings ? 2 : 1 }), ...(i === 0 ? [] : norms[normalization]()), leaky,
  ]);
  return sequential(...layers.flat(), Conv2d(1, four))(name, shape);
}
