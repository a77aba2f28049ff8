/** An autoregressive model of a grid of codes, by convolutions that see only what comes before: PixelCNN (van den Oord, Kalchbrenner & Kavukcuoglu 2016). */
import { sequential, type Layer, type Mode, type Module } from "../nn/index.js";
import { convolutionFans, glorotUniform, parameter, zeros as zeroValues } from "../nn/initializers.js";
import { add, constant, conv2d, mul, noise, pad, relu, reshape, slice, zeros, type Shape, type Tensor } from "../tensor/index.js";
import { drawCategorical } from "./categorical.js";
import { Residual } from "./residual.js";

/** A convolution that sees the rows above and what is to the left (section 3.4: mask A), and with mask B the place itself. Images may be cut off below. */
const MaskedConv2d = (filters: number, kernelSize: number, mask: "A" | "B"): Layer => (name, [channels, height, width]) => {
  const middle = (kernelSize * kernelSize - 1) / 2;
  const open = constant(Array.from({ length: kernelSize ** 2 }, (_, i) => (i < middle || (i === middle && mask === "B") ? 1 : 0)), [1, 1, kernelSize, kernelSize]);
  const shape = [filters, channels, kernelSize, kernelSize];
  const kernel = parameter(`${name}.kernel`, shape, glorotUniform, convolutionFans(shape));
  const bias = parameter(`${name}.bias`, [filters, 1, 1], zeroValues, convolutionFans(shape));
  const masked = mul(kernel, open);
  return { parameters: [kernel, bias], statistics: [], outputShape: [filters, height, width], apply: (x) => add(conv2d(x, masked, { padding: "same" }), bias) };
};

/** relu, then a convolution with mask B. */
const Next = (filters: number, kernelSize: number): Layer => (name, shape) => {
  const module = MaskedConv2d(filters, kernelSize, "B")(name, shape);
  return { ...module, apply: (x, mode) => module.apply(relu(x), mode) };
};

export interface PixelCnnOptions {
  /** Number of codes to choose from. */
  readonly codes: number;
  readonly channels: number;
  readonly blocks: number;
}

/**
 * Vectors of codes [size, height, width] -> logits of the code at each place [codes, height, width], which depend on the places before it in reading order alone;
 * of those in the row above, on grids wider than 4, not on the ones more than 3 to the right: PixelCNN's blind spot.
 */
export function pixelCnn(name: string, shape: Shape, { codes, channels, blocks }: PixelCnnOptions): Module {
  // Figure 5, left.
  const block = Residual(sequential(Next(channels >> 1, 1), Next(channels >> 1, 3), Next(channels, 1)));
  return sequential(MaskedConv2d(channels, 7, "A"), ...Array<Layer>(blocks).fill(block), Next(channels, 1), Next(codes, 1))(name, shape);
}

/** Draws a grid place by place, in reading order: [batch, size, height, width]. `vectorOf` gives the vectors [batch, size] of codes, int32 [batch]. */
export function drawGrid(prior: Module, [size, height, width]: Shape, batch: number, vectorOf: (codes: Tensor) => Tensor, mode: Mode): Tensor {
  const codes = prior.outputShape[0];
  const uniform = noise.uniform([batch, height * width, codes]);
  let grid = zeros([batch, size, height, width]);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      // Nothing below the row counts.
      const logits = prior.apply(slice(grid, [0, 0, 0, 0], [batch, size, row + 1, width]), mode);
      const here = reshape(slice(logits, [0, 0, row, column], [batch, codes, row + 1, column + 1]), [batch, codes]);
      const place = row * width + column;
      const drawn = drawCategorical(here, reshape(slice(uniform, [0, place], [batch, place + 1]), [batch, codes]));
      const vector = reshape(vectorOf(drawn), [batch, size, 1, 1]);
      grid = add(grid, pad(vector, [[0, 0], [0, 0], [row, height - 1 - row], [column, width - 1 - column]]));
    }
  return grid;
}
