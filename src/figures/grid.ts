/** Images side by side, as one raster. */
import type { ImageSpec, PixelRange } from "../data/dataset.js";
import { ShapeError, UsageError } from "../errors.js";

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 1 (grey) or 3 (RGB), interleaved. */
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

export interface GridOptions {
  /** Of one image: 1 channel (grey) or 3 (RGB). */
  readonly shape: ImageSpec["shape"];
  /** What black and white are. Default [0, 1]. */
  readonly range?: PixelRange;
  readonly columns: number;
  /** Screen pixels for one pixel of an image. Default: enough for images to be about 64 wide. */
  readonly scale?: number;
  /** White between images, in screen pixels. Default 4. */
  readonly gap?: number;
  /** More white after every so many rows, to show which rows belong together. */
  readonly rowsTogether?: number;
}

/**
 * Images [n, channels, height, width], one after the other, row by row on white; enlarged without smoothing. What lies outside
 * the range is clipped. A ShapeError when the values are not whole images of 1 or 3 channels, a UsageError for columns, scale or gap.
 */
export function imageGrid(images: ArrayLike<number>, { shape, range: [low, high] = [0, 1], columns, scale, gap = 4, rowsTogether }: GridOptions): Raster {
  const [channels, imageHeight, imageWidth] = shape;
  if (channels !== 1 && channels !== 3) throw new ShapeError(`Images of [${shape.join(", ")}] have ${channels} channels`, "Only 1 (grey) or 3 (RGB) can be shown.");
  const size = channels * imageHeight * imageWidth;
  const count = images.length / size;
  if (!Number.isInteger(count) || count < 1) throw new ShapeError(`${images.length} values are not one or more whole images of [${shape.join(", ")}]`, `One image takes ${size} values.`);
  const zoom = scale ?? Math.max(1, Math.round(64 / imageWidth));
  requireWhole({ columns, scale: zoom }, 1);
  requireWhole({ gap }, 0);
  const rows = Math.ceil(count / columns);
  const topOf = (row: number) => gap + row * (imageHeight * zoom + gap) + (rowsTogether ? Math.floor(row / rowsTogether) * 3 * gap : 0);
  const width = gap + columns * (imageWidth * zoom + gap);
  const height = topOf(rows - 1) + imageHeight * zoom + gap;
  const pixels = new Uint8Array(width * height * channels).fill(255);
  for (let i = 0; i < count; i++) {
    const [top, left] = [topOf(Math.floor(i / columns)), gap + (i % columns) * (imageWidth * zoom + gap)];
    for (let y = 0; y < imageHeight * zoom; y++)
      for (let x = 0; x < imageWidth * zoom; x++)
        for (let channel = 0; channel < channels; channel++) {
          const from = i * size + (channel * imageHeight + Math.floor(y / zoom)) * imageWidth + Math.floor(x / zoom);
          const value = (images[from] - low) / (high - low);
          pixels[((top + y) * width + left + x) * channels + channel] = Math.round(255 * Math.min(1, Math.max(0, value)));
        }
  }
  return { width, height, channels, pixels };
}

function requireWhole(options: Readonly<Record<string, number>>, least: number): void {
  for (const [name, value] of Object.entries(options))
    if (!(Number.isInteger(value) && value >= least)) throw new UsageError(`${name} is ${value}`, `Use a whole number from ${least}.`);
}

/** Originals over their reconstructions, in pairs of rows. Both [n, ...shape]; a ShapeError when they are not as many. */
export function reconstructionGrid(originals: Float32Array, reconstructions: Float32Array, options: GridOptions): Raster {
  if (originals.length !== reconstructions.length)
    throw new ShapeError(`${originals.length} values of originals, but ${reconstructions.length} of reconstructions`, "Pass one reconstruction for each original.");
  return bandsGrid([originals, reconstructions], options);
}

/** Several versions of the same images, one above the other, in bands of so many rows. Each [n, ...shape], all of one length. */
export function bandsGrid(versions: readonly Float32Array[], options: GridOptions): Raster {
  const { columns, shape } = options;
  const rowSize = columns * shape[0] * shape[1] * shape[2];
  const rows = Math.ceil(versions[0].length / rowSize);
  // A last row that is not full is filled with white, so that the bands stay aligned.
  const all = new Float32Array(versions.length * rows * rowSize).fill(options.range?.[1] ?? 1);
  versions.forEach((values, i) => {
    for (let row = 0; row < rows; row++) all.set(values.subarray(row * rowSize, (row + 1) * rowSize), (versions.length * row + i) * rowSize);
  });
  return imageGrid(all, { ...options, rowsTogether: versions.length });
}
