/** Large images in overlapping tiles, so that what works on images of any size needs memory for a tile only. */
import type { Picture } from "../figures/png.js";

/** Side of a tile in pixels. */
const TILE = 256;
/** Pixels at a tile's border that a neighbour knows better: what is beyond the border matters to them. */
const MARGIN = 32;

export interface Tiling {
  /** Height and width of every tile. */
  readonly size: readonly [height: number, width: number];
  /** Top and left of each. */
  readonly corners: readonly (readonly [top: number, left: number])[];
}

/** Where tiles lie along an axis; the last one ends where the image does. */
function startsOf(length: number): number[] {
  const step = TILE - 2 * MARGIN;
  return Array.from({ length: Math.ceil(Math.max(0, length - TILE) / step) + 1 }, (_, i) => Math.max(0, Math.min(i * step, length - TILE)));
}

/** Tiles of one size that cover an image; a single one when it is small. */
export function tilingOf([, height, width]: Picture["shape"]): Tiling {
  const [rows, columns] = [startsOf(height), startsOf(width)];
  return { size: [Math.min(TILE, height), Math.min(TILE, width)], corners: rows.flatMap((top) => columns.map((left) => [top, left] as const)) };
}

/** The tiles of an image, one after the other: [tiles, channels, ...size]. */
export function cutTiles({ shape: [channels, height, width], values }: Picture, { size: [tall, wide], corners }: Tiling): Float32Array {
  const tiles = new Float32Array(corners.length * channels * tall * wide);
  corners.forEach(([top, left], tile) => {
    for (let channel = 0; channel < channels; channel++)
      for (let y = 0; y < tall; y++) {
        const from = (channel * height + top + y) * width + left;
        tiles.set(values.subarray(from, from + wide), ((tile * channels + channel) * tall + y) * wide);
      }
  });
  return tiles;
}

/** The image of this shape that the tiles make up: each without its margins, but for those at the image's edge. */
export function joinTiles(tiles: Float32Array, shape: Picture["shape"], { size: [tall, wide], corners }: Tiling): Picture {
  const [channels, height, width] = shape;
  const values = new Float32Array(channels * height * width);
  corners.forEach(([top, left], tile) => {
    const [skipTop, skipLeft] = [top === 0 ? 0 : MARGIN, left === 0 ? 0 : MARGIN];
    for (let channel = 0; channel < channels; channel++)
      for (let y = skipTop; y < tall; y++) {
        const from = ((tile * channels + channel) * tall + y) * wide;
        values.set(tiles.subarray(from + skipLeft, from + wide), (channel * height + top + y) * width + left + skipLeft);
      }
  });
  return { shape, values };
}
