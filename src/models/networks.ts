/** Encoders and decoders that several autoencoders share, dense or convolutional. */
import { Conv2d, ConvTranspose2d, Dense, Flatten, Reshape, sequential } from "../nn/index.js";
import type { Layer, Mode, Module } from "../nn/module.js";
import { sizeOf, slice, split, type Shape, type Tensor } from "../tensor/index.js";

export interface Design {
  readonly network: "dense" | "convolutional";
  /** Units of the dense encoder's layers; a decoder mirrors them. */
  readonly hidden: readonly number[];
  /** Channels of the convolutional encoder's layers, each 3 x 3 of stride 2; a decoder mirrors them. */
  readonly channels: readonly number[];
  readonly activation: (x: Tensor) => Tensor;
}

const mirrored = <T>(list: readonly T[]): T[] => [...list].reverse();

/** Image [channels, height, width] -> `size` numbers. */
export const imageEncoder = (size: number, { network, hidden, channels, activation }: Design): Layer =>
  network === "dense"
    ? sequential(Flatten(), ...hidden.map((units) => Dense(units, { activation })), Dense(size))
    : sequential(...channels.map((filters) => Conv2d(filters, { kernelSize: 3, stride: 2, padding: "same", activation })), Flatten(), Dense(size));

/** The parameters of a diagonal normal q(z|x): mean and logVar, each [batch, size]. */
export function gaussianEncoder(name: string, shape: Shape, size: number, design: Design) {
  const module = imageEncoder(2 * size, design)(name, shape);
  return {
    parameters: module.parameters,
    statistics: module.statistics,
    apply(x: Tensor, mode: Mode) {
      const [mean, logVar] = split(module.apply(x, mode), [size, size], 1);
      return { mean, logVar };
    },
  };
}

/** `size` numbers -> image [channels, height, width], without a final activation. */
export function imageDecoder(name: string, size: number, shape: Shape, { network, hidden, channels, activation }: Design): Module {
  if (network === "dense") {
    const layers = mirrored(hidden).map((units) => Dense(units, { activation }));
    return sequential(...layers, Dense(sizeOf(shape)), Reshape(shape))(name, [size]);
  }
  // Each stride of 2 halves the image, rounding up; coming back may overshoot by a few pixels, which are cropped.
  const small = shape.slice(1).map((n) => channels.reduce((side) => Math.ceil(side / 2), n));
  const start = [channels[channels.length - 1], ...small];
  const module = sequential(
    Dense(sizeOf(start), { activation }),
    Reshape(start),
    ...mirrored(channels).map((filters) => ConvTranspose2d(filters, { kernelSize: 3, stride: 2, padding: "same", activation })),
    Conv2d(shape[0], { kernelSize: 3, padding: "same" }),
  )(name, [size]);
  return { ...module, outputShape: shape, apply: (codings, mode) => slice(module.apply(codings, mode), [0, 0, 0, 0], [codings.shape[0], ...shape]) };
}
