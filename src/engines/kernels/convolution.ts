import type { Geometry, Shape } from "../../tensor/index.js";
import { allocate, type Value } from "./values.js";

/** Every product that a convolution sums: calls `visit` with the offsets of the input, kernel and output elements that meet. */
function eachProduct(x: Shape, kernel: Shape, y: Shape, geometry: Geometry, visit: (x: number, kernel: number, y: number) => void): void {
  const { strides, padding, dilations, groups } = geometry;
  const [batch, channels, height, width] = x;
  const [filters, channelsPerGroup, kernelHeight, kernelWidth] = kernel;
  const [, , outHeight, outWidth] = y;
  for (let n = 0; n < batch; n++)
    for (let filter = 0; filter < filters; filter++)
      for (let c = 0; c < channelsPerGroup; c++) {
        const channel = Math.floor(filter / (filters / groups)) * channelsPerGroup + c;
        for (let i = 0; i < kernelHeight; i++)
          for (let j = 0; j < kernelWidth; j++)
            for (let row = 0; row < outHeight; row++) {
              const h = row * strides[0] - padding[0][0] + i * dilations[0];
              if (h < 0 || h >= height) continue;
              for (let column = 0; column < outWidth; column++) {
                const w = column * strides[1] - padding[1][0] + j * dilations[1];
                if (w < 0 || w >= width) continue;
                visit(
                  ((n * channels + channel) * height + h) * width + w,
                  ((filter * channelsPerGroup + c) * kernelHeight + i) * kernelWidth + j,
                  ((n * filters + filter) * outHeight + row) * outWidth + column,
                );
              }
            }
      }
}

export function conv2d(x: Value, kernel: Value, shape: Shape, geometry: Geometry): Value {
  const y = allocate(shape);
  eachProduct(x.shape, kernel.shape, shape, geometry, (i, k, o) => (y.data[o] += x.data[i] * kernel.data[k]));
  return y;
}

export function conv2dInputGradient(dy: Value, kernel: Value, shape: Shape, geometry: Geometry): Value {
  const dx = allocate(shape);
  eachProduct(shape, kernel.shape, dy.shape, geometry, (i, k, o) => (dx.data[i] += dy.data[o] * kernel.data[k]));
  return dx;
}

export function conv2dKernelGradient(x: Value, dy: Value, shape: Shape, geometry: Geometry): Value {
  const dKernel = allocate(shape);
  eachProduct(x.shape, shape, dy.shape, geometry, (i, k, o) => (dKernel.data[k] += x.data[i] * dy.data[o]));
  return dKernel;
}
